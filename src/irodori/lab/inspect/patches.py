"""What a feature map looks for: the nine patches that excite it most, and what in them it saw."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from irodori.lab.inspect.calling import (
    Call,
    call,
    device_of,
    layer_named,
    one_of,
    output_of,
    pictures_of,
    replaced,
    to_device,
)
from irodori.lab.inspect.deconvnet import DeconvnetRules
from irodori.lab.inspect.pictures import Picture, sheet, symmetric_span, to_picture
from irodori.lab.inspect.receptive import Box, FieldFinder
from irodori.lab.modes import evaluation


@dataclass(frozen=True)
class Patch:
    """A place of the data set that excites a channel.

    value: the unit's activation; sample: its number in the order of the loader; box: what the unit
    sees; patch: that part of the input (C, h, w); reconstruction: what in it made the unit speak,
    by deconvnet, of the same size.
    """

    value: float
    sample: int
    box: Box
    patch: Tensor
    reconstruction: Tensor


@dataclass(order=True)
class _Hit:
    value: float
    sample: int
    place: tuple[int, int] = field(compare=False)
    inputs: Any = field(compare=False)


def top_patches(
    model: nn.Module,
    layer: str,
    loader: Iterable[Any],
    *,
    channels: Sequence[int] | None = None,
    count: int = 9,
    call: Call = call,
) -> dict[int, list[Patch]]:
    """For each channel of a layer, the `count` places that excite it most, strongest first.

    channels: by default the first 16. At most one place per sample, so that nine samples are seen.
    The layer answers with maps (N, C, h, w). Raises LabError where it does not.
    """
    device = device_of(model)
    hits: dict[int, list[_Hit]] = {}
    with evaluation(model), torch.no_grad():
        sample = 0
        for batch in loader:
            batch = to_device(batch, device)
            with output_of(layer_named(model, layer)) as heard:
                call(model, batch)
            maps = heard[0]
            wanted = range(min(16, maps.shape[1])) if channels is None else channels
            _keep_best(hits, maps, batch, sample, wanted, count)
            sample += len(pictures_of(batch))
    found: dict[int, list[Patch]] = {}
    finders: dict[tuple[int, int], FieldFinder] = {}
    for channel, best in hits.items():
        patches = []
        for hit in sorted(best, reverse=True):
            pictures = pictures_of(hit.inputs)
            size = (pictures.shape[2], pictures.shape[3])
            if size not in finders:
                finders[size] = FieldFinder(model, [layer], hit.inputs, call=call)
            box = finders[size].box(layer, *hit.place)
            whole = reconstruct(model, layer, hit.inputs, channel, hit.place, call=call)
            cut = (slice(None), slice(box.top, box.bottom), slice(box.left, box.right))
            patches.append(Patch(hit.value, hit.sample, box, pictures[0][cut].cpu(), whole[cut]))
        found[channel] = patches
    return found


def _keep_best(
    hits: dict[int, list[_Hit]],
    maps: Tensor,
    batch: Any,
    first: int,
    wanted: Iterable[int],
    count: int,
) -> None:
    strongest, places = maps.flatten(2).nan_to_num(-torch.inf).max(2)  # both (N, C)
    width = maps.shape[3]
    for channel in wanted:
        best = hits.setdefault(channel, [])
        for number, value in enumerate(strongest[:, channel].tolist()):
            if len(best) == count and value <= best[0].value:
                continue
            place = divmod(int(places[number, channel]), width)
            hit = _Hit(value, first + number, place, one_of(batch, number))
            if len(best) < count:
                heapq.heappush(best, hit)
            else:
                heapq.heapreplace(best, hit)


def reconstruct(
    model: nn.Module,
    layer: str,
    batch: Any,
    channel: int,
    place: tuple[int, int],
    *,
    call: Call = call,
) -> Tensor:
    """What of the batch's first picture excites one unit, by deconvnet: (C, H, W), zero-centred.

    The model may hold in-place, reused or functional ReLU. Nothing of it is changed.
    """
    pictures = pictures_of(batch)
    leaf = pictures.detach().clone().requires_grad_()
    with (
        evaluation(model),
        torch.enable_grad(),
        output_of(layer_named(model, layer)) as heard,
        DeconvnetRules(),
    ):
        call(model, replaced(batch, pictures, leaf))
        unit = heard[0][0, channel, place[0], place[1]]
        (gradient,) = torch.autograd.grad(unit, leaf)
    return gradient[0].detach().cpu()


def gallery(
    model: nn.Module,
    layer: str,
    loader: Iterable[Any],
    *,
    channels: Sequence[int] | None = None,
    count: int = 9,
    call: Call = call,
) -> Image.Image:
    """`top_patches` as one picture: a row per channel, each patch above its reconstruction."""
    found = top_patches(model, layer, loader, channels=channels, count=count, call=call)
    rows: list[list[tuple[Picture, str]]] = []
    for channel, patches in found.items():
        head = f"channel {channel}"
        if all(patch.value <= 0 for patch in patches):
            head += ": never excited"
        notes = [f"#{patch.sample} {patch.value:.3g}" for patch in patches]
        notes[0] = f"{head}\n{notes[0]}"
        rows.append(
            [(to_picture(patch.patch), note) for patch, note in zip(patches, notes, strict=True)]
        )
        rows.append(
            [
                (to_picture(each, span=symmetric_span(each)), "")
                for each in (patch.reconstruction for patch in patches)
            ]
        )
    return sheet(
        rows, cell=72, title=f"{layer}: what excites each channel most, and what it saw there"
    )
