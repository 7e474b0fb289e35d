"""Drawings of any size to measure on, made from the example drawings."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

EXAMPLES = Path(__file__).parents[1] / "examples"


def page(width: int, height: int, *, tiled: bool = False) -> Image.Image:
    """A page of comics: the example drawings in six panels, gray (height, width).

    Drawn at 1 megapixel and scaled up, as a finer scan of one page would be; tiled instead, the
    page has more panels the larger it is, as a larger sheet would.
    """
    if tiled:
        panels = page(750, 1000)
        sheet = Image.new("L", (width, height), 255)
        for top in range(0, height, panels.height):
            for left in range(0, width, panels.width):
                sheet.paste(panels, (left, top))
        return sheet
    cell = (width // 2, height // 3)
    sheet = Image.new("L", (width, height), 255)
    drawings = [path for path in sorted(EXAMPLES.glob("*.png")) if "." not in path.stem]
    for number, path in enumerate(drawings):
        with Image.open(path) as drawing:
            panel = ImageOps.pad(drawing.convert("L"), cell, Image.Resampling.BICUBIC, color=255)
        sheet.paste(panel, (number % 2 * cell[0], number // 2 % 3 * cell[1]))
    return sheet


def scaled(name: str, longest: int) -> Image.Image:
    """One example drawing with its longest side scaled to so many pixels."""
    with Image.open(EXAMPLES / f"{name}.png") as drawing:
        factor = longest / max(drawing.size)
        size = (round(drawing.width * factor), round(drawing.height * factor))
        return drawing.convert("L").resize(size, Image.Resampling.BICUBIC)
