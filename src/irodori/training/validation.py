"""How far a network is from the artist on drawings that it never learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from irodori.color.sheet import Cell, contact_sheet
from irodori.color.space import to_even
from irodori.training.design import Design
from irodori.training.drawings import STRIDE
from irodori.training.feed import Batch


@dataclass(frozen=True)
class Verdict:
    """What validation found.

    error: mean distance from the truth in even color, cell by cell off the lines. blank: the same
    of white paper. psnr: of the picture's pixels off the lines, in dB.
    """

    error: float
    blank: float
    psnr: float


@torch.no_grad()
def validate(network: nn.Module, design: Design, batches: Sequence[Batch]) -> Verdict:
    """The verdict on a network (put into evaluation mode) over batches on its device."""
    network.eval()
    total = np.zeros(5)
    for batch in batches:
        answer = network(batch["ink"], batch["hints"], batch["palette"])
        picture = design.picture(answer, batch).float().clamp(0, 1)
        off_line = batch["weight"]
        squares = ((picture - batch["color"]) ** 2 * off_line).sum()
        total += [
            *(part.sum() for part in distances(picture, batch)),
            float(squares),
            float(off_line.sum()) * 3,
        ]
    error, blank, share, squares_sum, pixels = total.tolist()
    mean_square = squares_sum / max(1.0, pixels)
    return Verdict(
        error / max(share, 1e-9),
        blank / max(share, 1e-9),
        float(-10 * np.log10(max(mean_square, 1e-12))),
    )


def distances(picture: torch.Tensor, batch: Batch) -> tuple[NDArray[np.floating], ...]:
    """Of each drawing (N,): the sum of its cells' distances from the truth, in even color.

    picture: (N, 3, H, W) in 0..1. Returns that of the picture, that of white paper, and the cells'
    weight, by which sums are divided for means.
    """
    off_line, weight = batch["weight"], batch["cell_weight"].cpu().numpy()[:, 0]
    cells = F.avg_pool2d(picture * off_line, STRIDE)
    cells = cells / F.avg_pool2d(off_line, STRIDE).clamp(min=1e-3)
    truth = batch["cell_even"].cpu().numpy().transpose(0, 2, 3, 1)
    found = to_even(cells.cpu().numpy().transpose(0, 2, 3, 1))
    white = to_even(np.ones(3))
    return (
        (np.linalg.norm(found - truth, axis=-1) * weight).sum((1, 2)),
        (np.linalg.norm(white - truth, axis=-1) * weight).sum((1, 2)),
        weight.sum((1, 2)),
    )


@torch.no_grad()
def sample_sheet(network: nn.Module, design: Design, batch: Batch) -> Image.Image:
    """The drawings of a batch as rows: what was told, what came of it, the artist's own."""
    network.eval()
    answer = network(batch["ink"], batch["hints"], batch["palette"])
    picture = design.picture(answer, batch).float().clamp(0, 1).cpu()
    ink, color = batch["ink"].cpu(), batch["color"].cpu()
    lines = 1 - ink
    rows = []
    for number in range(len(ink)):
        height, width = extent(batch, number)
        told = told_picture(batch, number)
        cells = [
            Cell(as_bytes(told, height, width), "told"),
            Cell(as_bytes(picture[number] * lines[number], height, width), "painted"),
            Cell(as_bytes(color[number], height, width), "the artist's"),
        ]
        rows.append(cells)
    return contact_sheet(["drawing, hints, palette", design.name, "truth"], rows)


def extent(batch: Batch, number: int) -> tuple[int, int]:
    """Height and width of a picture without the padding, in pixels."""
    used = batch["color"][number].sum(0).cpu() > 0
    rows, columns = np.flatnonzero(used.any(1).numpy()), np.flatnonzero(used.any(0).numpy())
    height = int(rows[-1]) + 1 if len(rows) else used.shape[0]
    width = int(columns[-1]) + 1 if len(columns) else used.shape[1]
    return max(height, 8), max(width, 8)


def told_picture(batch: Batch, number: int) -> torch.Tensor:
    """Ink with hints over it, and the palette's colors along the lower edge, (3, H, W)."""
    ink = batch["ink"][number].cpu()
    hints = batch["hints"][number].cpu()
    big = F.interpolate(hints[None, :4], scale_factor=STRIDE, mode="nearest")[0]
    big = big[:, : ink.shape[1], : ink.shape[2]]
    told = (1 - 0.75 * ink) * (1 - big[3:]) + big[:3]
    filled = [slot for slot in batch["palette"][number].cpu() if slot[3] > 0]
    height, width = extent(batch, number)
    if filled:
        side = max(4, min(width // len(filled), height // 8))
        for place, slot in enumerate(filled):
            top, left = height - side, place * side
            told[:, top:height, left : left + side] = slot[:3, None, None]
    return told


def as_bytes(picture: torch.Tensor, height: int, width: int) -> NDArray[np.uint8]:
    """The upper left part of a picture (1 or 3, H, W) in 0..1, as uint8 (height, width, 3)."""
    cut = picture[:, :height, :width].expand(3, -1, -1).permute(1, 2, 0)
    return np.ascontiguousarray((cut * 255).round().clamp(0, 255).to(torch.uint8).numpy())
