"""What goes into the model, looked at: the exact tensors, back as pictures, and their values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import pictures_of, tensors_in
from irodori.lab.inspect.pictures import Picture, sheet, to_picture

Undo = Callable[[Tensor], Tensor]
"""(N, C, H, W) as the model gets it -> the same as it was before preprocessing."""


@dataclass(frozen=True)
class Side:
    """One side of the data, "training" or "validation", in batches as the loader gives them.

    captions: (batch, number in it) -> a text: file, label, augmentation.
    """

    name: str
    loader: Iterable[Any]
    captions: Callable[[Any, int], str] | None = None


def input_sheet(
    *sides: Side, batches: int = 2, per_batch: int = 8, undo: Undo | None = None
) -> Image.Image:
    """The pictures that enter the model, a row per batch, one side below the other.

    undo: takes the preprocessing back; without it a batch's own extremes are black and white. A
    batch that was there before is marked REPEATED. Raises LabError where a side is empty or holds
    no pictures.
    """
    rows: list[list[tuple[Picture, str]]] = []
    for side in sides:
        seen: dict[bytes, int] = {}
        for number, batch in enumerate(islice(side.loader, batches)):
            pictures = pictures_of(batch).detach().cpu()
            shown = undo(pictures) if undo else pictures
            mark = seen.setdefault(_digest(batch), number)
            head = f"{side.name} {number}" + (f"\nREPEATED: is {mark}" if mark < number else "")
            rows.append(_row(side, batch, shown[:per_batch], head))
        if not seen:
            raise LabError(f"the {side.name} side gives no batch; its loader is empty")
    return sheet(rows, cell=112, title="what enters the model, preprocessing undone")


def _row(side: Side, batch: Any, shown: Tensor, head: str) -> list[tuple[Picture, str]]:
    label = side.captions or _label
    cells = [(to_picture(each), label(batch, number)) for number, each in enumerate(shown)]
    cells[0] = (cells[0][0], f"{head}\n{cells[0][1]}" if cells[0][1] else head)
    return cells


def _label(batch: Any, number: int) -> str:
    """The entry of the first tensor of one value per sample that follows the pictures."""
    pictures = pictures_of(batch)
    for each in tensors_in(batch):
        if each is not pictures and each.dim() == 1 and len(each) == len(pictures):
            return f"label {each[number].item():g}"
    return ""


def repeated_batches(loader: Iterable[Any], *, batches: int = 50) -> list[tuple[int, int]]:
    """Pairs (later, earlier) of batches that are the same to the bit, among the first so many."""
    seen: dict[bytes, int] = {}
    found = []
    for number, batch in enumerate(islice(loader, batches)):
        earlier = seen.setdefault(_digest(batch), number)
        if earlier < number:
            found.append((number, earlier))
    return found


def _digest(batch: Any) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for each in tensors_in(batch):
        digest.update(
            each.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
        )
    return digest.digest()


def value_histogram(
    *sides: Side, batches: int = 8, channels: Sequence[str] = (), bins: int = 80
) -> Figure:
    """How often each value enters the model, per channel, one side beside the other.

    It should be centred on zero and keep to -1..1, which is drawn; mean, standard deviation and the
    share that is not finite stand above.
    """
    figure = Figure(figsize=(5 * len(sides), 3.2), layout="constrained")
    axes = figure.subplots(1, len(sides), squeeze=False, sharex=True)[0]
    for side, axis in zip(sides, axes, strict=True):
        values = _values(side, batches)  # (C, n)
        finite = values[:, torch.isfinite(values).all(0)]
        for channel, row in enumerate(finite):
            name = channels[channel] if channel < len(channels) else f"channel {channel}"
            note = f"{name}: {row.mean():.2f} ± {row.std():.2f}" if len(row) else f"{name}: empty"
            axis.hist(row.numpy(), bins=bins, histtype="step", density=True, label=note)
        axis.axvspan(-1, 1, color="#2a7d6b", alpha=0.08)
        axis.axvline(0, color="#2a7d6b", linewidth=0.8)
        lost = 1 - finite.shape[1] / max(1, values.shape[1])
        axis.set_title(side.name + (f", {lost:.1%} not finite" if lost else ""), fontsize=10)
        axis.set_xlabel("value as the model gets it")
        axis.set_yticks([])
        axis.legend(fontsize=7, frameon=False)
    return figure


def _values(side: Side, batches: int) -> Tensor:
    parts = [
        each.detach().float().cpu().transpose(0, 1).flatten(1)[:, ::17]
        for each in (pictures_of(batch) for batch in islice(side.loader, batches))
    ]
    if not parts:
        raise LabError(f"the {side.name} side gives no batch; its loader is empty")
    return torch.cat(parts, 1)
