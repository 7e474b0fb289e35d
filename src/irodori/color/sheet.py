"""Contact sheets: pictures in rows, each with some words below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from irodori.color.safe_file import replace_file

CELL = 208
"""Pixels, width and height of a picture's place."""

_GAP = 8
_LINE = 17  # pixels a line of a caption takes
_PAPER, _INK, _FRAME = (244, 244, 244), (40, 40, 40), (200, 200, 200)


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture, uint8 (H, W, 3), and the text below it, a line or several."""

    picture: NDArray[np.uint8]
    caption: str


def contact_sheet(headings: Sequence[str], rows: Sequence[Sequence[Cell | None]]) -> Image.Image:
    """Rows of cells below headings, as one RGB image. Pictures keep their shape.

    headings: one for each column, or none at all. Each row has as many cells, or fewer; None
    leaves a place free.
    """
    columns = len(headings) or max((len(row) for row in rows), default=1)
    cells = [cell for row in rows for cell in row if cell]
    lines = max((cell.caption.count("\n") + 1 for cell in cells), default=1)
    step_x, step_y = CELL + _GAP, CELL + _LINE * lines + 3 + _GAP
    top = 36 if headings else _GAP
    size = (_GAP + step_x * columns, top + step_y * len(rows))
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for column, heading in enumerate(headings):
        _text(draw, _GAP + column * step_x, 8, heading, 17)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is None:
                continue
            x, y = _GAP + column * step_x, top + number * step_y
            _place(sheet, cell.picture, x, y)
            draw.rectangle((x - 1, y - 1, x + CELL, y + CELL), outline=_FRAME)
            for line, text in enumerate(cell.caption.split("\n")):
                _text(draw, x, y + CELL + 3 + _LINE * line, text, 13)
    return sheet


def save_sheet(sheet: Image.Image, path: str | Path) -> None:
    """Write a sheet as PNG. Raises OutputError."""
    replace_file(str(path), lambda file: sheet.save(file, format="PNG"), force=True)


def _place(sheet: Image.Image, picture: NDArray[np.uint8], x: int, y: int) -> None:
    height, width = picture.shape[:2]
    scale = min(CELL / width, CELL / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    sheet.paste((255, 255, 255), (x, y, x + CELL, y + CELL))
    sheet.paste(small, (x + (CELL - size[0]) // 2, y + (CELL - size[1]) // 2))


def _text(draw: ImageDraw.ImageDraw, x: int, y: int, text: str, size: float) -> None:
    """Text no wider than a cell: what does not fit ends in dots."""
    font = ImageFont.load_default(size)
    shown = text
    while len(shown) > 4 and draw.textlength(shown, font) > CELL:
        text = text[:-1]
        shown = text.rstrip() + "..."
    draw.text((x, y), shown, _INK, font)
