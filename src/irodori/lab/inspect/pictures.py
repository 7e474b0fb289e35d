"""Tensors as pictures: scaled back to 0..255, put side by side, with a word below each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

Picture: TypeAlias = NDArray[np.uint8]
"""uint8 (H, W, 3), RGB."""

PAPER, TEXT, ALARM = (255, 255, 255), (70, 66, 62), (200, 40, 60)
_GAP, _LINE = 6, 13  # pixels


def to_picture(values: Tensor, *, span: tuple[float, float] | None = None) -> Picture:
    """A tensor (H, W), (1, H, W), (3, H, W) or (C, H, W) as an RGB picture.

    span: what is black and what is white; by default the finite extremes, or -1..1 or 0..1 where
    the values lie in there and nearly fill it. Of more than three channels the first is shown. NaN
    and infinite values are red. An empty tensor gives a small red picture.
    """
    array = values.detach().float().cpu()
    if array.numel() == 0:
        return np.full((8, 8, 3), ALARM, np.uint8)
    if array.dim() == 2:
        array = array[None]
    if array.shape[0] not in (1, 3):
        array = array[:1]
    low, high = span or natural_span(array)
    finite = torch.isfinite(array).all(0)
    scaled = (array.nan_to_num(low, high, low) - low) / max(high - low, 1e-12)
    pixels = (scaled.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    picture: Picture = np.array(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
    picture[~finite.numpy()] = ALARM
    return picture


def natural_span(values: Tensor) -> tuple[float, float]:
    """The values of black and white that fit: 0..1, -1..1, 0..255, or the finite extremes."""
    finite = values[torch.isfinite(values)]
    if finite.numel() == 0:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    for first, last in ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)):
        if first <= low and high <= last and high - low > 0.4 * (last - first):
            return first, last
    return low, high if high > low else low + 1


def symmetric_span(values: Tensor) -> tuple[float, float]:
    """-m..m with m the largest finite magnitude, so that 0 is gray."""
    finite = values[torch.isfinite(values)].abs()
    most = float(finite.max()) if finite.numel() else 1.0
    return -max(most, 1e-12), max(most, 1e-12)


def sheet(
    rows: Sequence[Sequence[tuple[Picture, str]]], *, cell: int = 96, title: str = ""
) -> Image.Image:
    """Rows of pictures, each with its caption, on white.

    cell: the long side of a picture in pixels. Pictures are enlarged without smoothing, so that a
    pixel stays a pixel, and reduced with it. A caption takes up to three lines.
    """
    font, large = ImageFont.load_default(10), ImageFont.load_default(13)
    fitted = [[_fitted(picture, cell) for picture, _ in row] for row in rows]
    wrapped = [[_wrap(text, font, cell) for _, text in row] for row in rows]
    tall = [max((image.height for image in row), default=0) for row in fitted]
    heights = [
        height + _LINE * max((text.count("\n") + 1 for text in row if text), default=0)
        for height, row in zip(tall, wrapped, strict=True)
    ]
    top = _GAP + (20 if title else 0)
    columns = max((len(row) for row in rows), default=0)
    width = max(columns * (cell + _GAP) + _GAP, round(large.getlength(title)) + 2 * _GAP)
    whole = Image.new("RGB", (width, top + sum(heights) + _GAP * (len(rows) + 1)), PAPER)
    pen = ImageDraw.Draw(whole)
    pen.text((_GAP, _GAP), title, TEXT, font=large)
    y = top
    for images, texts, high, height in zip(fitted, wrapped, tall, heights, strict=True):
        for column, (image, text) in enumerate(zip(images, texts, strict=True)):
            x = _GAP + column * (cell + _GAP)
            whole.paste(image, (x + (cell - image.width) // 2, y + (high - image.height) // 2))
            pen.multiline_text((x, y + high + 1), text, TEXT, font=font, spacing=1)
        y += height + _GAP
    return whole


def _fitted(picture: Picture, cell: int) -> Image.Image:
    image = Image.fromarray(picture)
    scale = cell / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    smooth = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BOX
    return image.resize(size, smooth)


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Up to three lines that fit, broken at spaces where there are any."""
    out: list[str] = []
    for given in text.split("\n"):
        line = ""
        for word in given.split(" "):
            longer = f"{line} {word}".strip()
            if font.getlength(longer) <= width or not line:
                line = longer
            else:
                out.append(line)
                line = word
        out.append(line)
    return "\n".join(_cut(line, font, width) for line in out[:3])


def _cut(line: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "…") > width:
        line = line[:-1]
    return line + "…"
