"""Contact sheets: what a table of errors looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from irodori.color.errors import OutputError
from irodori.color.hints import Hints
from irodori.measure.errors import Picture

_CELL = 208  # pixels, width and height of a picture's place
_GAP = 8
_CAPTION = 20
_PAPER, _INK, _FRAME = (244, 244, 244), (40, 40, 40), (200, 200, 200)


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture, uint8 (H, W, 3), and the line of text below it."""

    picture: Picture
    caption: str


def contact_sheet(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Image.Image:
    """Rows of cells below headings, as one RGB image. Pictures keep their shape.

    headings: one for each column. Each row has as many cells, or fewer.
    """
    step_x, step_y = _CELL + _GAP, _CELL + _CAPTION + _GAP
    top = 36
    size = (_GAP + step_x * len(headings), top + step_y * len(rows))
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for column, heading in enumerate(headings):
        _text(draw, _GAP + column * step_x, 8, heading, 17)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            x, y = _GAP + column * step_x, top + number * step_y
            _place(sheet, cell.picture, x, y)
            draw.rectangle((x - 1, y - 1, x + _CELL, y + _CELL), outline=_FRAME)
            _text(draw, x, y + _CELL + 3, cell.caption, 13)
    return sheet


def save_sheet(sheet: Image.Image, path: str | Path) -> None:
    """Write a sheet as PNG. Raises OutputError."""
    try:
        sheet.save(path, format="PNG")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None


def draw_hints(ink: NDArray[np.float32], hints: Hints) -> Picture:
    """The lines with the hints on them, uint8 (H, W, 3), for ink float32 (H, W).

    Each dab is ringed, so that a white one can be told from paper.
    """
    grey = np.rint(255 * (1 - 0.75 * ink)).astype(np.uint8)
    image = Image.fromarray(grey).convert("RGB")
    draw = ImageDraw.Draw(image)
    scale = max(ink.shape) / _CELL  # so that rings are as thick on the sheet for any size
    for dab in hints.dabs:
        radius = max(dab.radius, 3 * scale)
        for extra, color in ((1.5 * scale, (90, 90, 90)), (0.0, dab.color)):
            reach = radius + extra
            draw.ellipse((dab.x - reach, dab.y - reach, dab.x + reach, dab.y + reach), fill=color)
    return np.asarray(image)


def _place(sheet: Image.Image, picture: Picture, x: int, y: int) -> None:
    height, width = picture.shape[:2]
    scale = min(_CELL / width, _CELL / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    sheet.paste((255, 255, 255), (x, y, x + _CELL, y + _CELL))
    sheet.paste(small, (x + (_CELL - size[0]) // 2, y + (_CELL - size[1]) // 2))


def _text(draw: ImageDraw.ImageDraw, x: int, y: int, text: str, size: float) -> None:
    """Text no wider than a cell: what does not fit ends in dots."""
    font = ImageFont.load_default(size)
    shown = text
    while len(shown) > 4 and draw.textlength(shown, font) > _CELL:
        text = text[:-1]
        shown = text.rstrip() + "..."
    draw.text((x, y), shown, _INK, font)
