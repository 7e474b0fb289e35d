"""Color the example drawings in three ways and put everything on one contact sheet.

    python scripts/demo.py [FOLDER]     demo-out/ unless another folder is given

Uses only what `pip install irodori` brings: this is how a program of your own would do it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from irodori import Coloring, Colorist, Drawing, Hints, Palette

EXAMPLES = Path(__file__).parents[1] / "examples"
WAYS = {"alone": "nothing said", "palette": "a palette", "hints": "some hints"}
CELL = (300, 320)  # (width, height) of a picture on the contact sheet, in pixels


def color_three_ways(path: Path, colorist: Colorist) -> dict[str, Coloring]:
    """One drawing: the heavy half of the work is done once, each coloring is the light half."""
    drawing = Drawing.load(path)
    encoding = colorist.encode(drawing)
    palettes = json.loads((EXAMPLES / "palettes.json").read_text(encoding="utf-8"))
    palette = Palette.parse(palettes[path.stem])
    (hints_file,) = path.parent.glob(f"{path.stem}.hints.*")
    hints = Hints.load(hints_file, size=drawing.size)
    return {
        "alone": colorist.colorize(encoding),
        "palette": colorist.colorize(encoding, palette=palette),
        "hints": colorist.colorize(encoding, hints=hints),
    }


def contact_sheet(rows: list[list[Image.Image]], titles: list[str]) -> Image.Image:
    """Pictures in rows, each fitted into a cell, a title over every column."""
    width, height = CELL
    sheet = Image.new("RGB", (width * len(titles), 24 + height * len(rows)), "white")
    pen = ImageDraw.Draw(sheet)
    for column, title in enumerate(titles):
        pen.text((column * width + 8, 6), title, fill="black")
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            fitted = ImageOps.pad(picture.convert("RGB"), (width - 12, height - 12), color="white")
            sheet.paste(fitted, (column * width + 6, 24 + row * height))
    return sheet


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo-out")
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    colorist = Colorist.load()
    rows = []
    # "sailor.png" is a drawing, "student.hints.png" is what somebody says about one.
    drawings = [path for path in sorted(EXAMPLES.glob("*.png")) if "." not in path.stem]
    for path in drawings:
        colorings = color_three_ways(path, colorist)
        for way, coloring in colorings.items():
            coloring.save(folder / f"{path.stem}.{way}.png", force=True)
        for layered in ("psd", "ora"):
            colorings["hints"].save(folder / f"{path.stem}.hints.{layered}", force=True)
        with Image.open(path) as picture:
            rows.append([picture.copy(), *(coloring.image() for coloring in colorings.values())])
        print(f"  {path.stem}: {', '.join(WAYS.values())}")
    sheet = folder / "contact-sheet.png"
    contact_sheet(rows, ["the drawing", *WAYS.values()]).save(sheet)
    print(f"{len(drawings)} drawings, three ways each, in {time.perf_counter() - started:.1f} s.")
    print(f"""
Look at {sheet} first; beside it are the pictures and, with layers, PSD and ORA files.

Try next:
  .venv/bin/irodori colorize YOUR-DRAWING.png
  .venv/bin/irodori colorize YOUR-DRAWING.png --proposals 4
  .venv/bin/irodori colorize examples/farmer.png --hint "240,45,#d9b23c" -o farmer.psd
  .venv/bin/irodori colorize --help""")


if __name__ == "__main__":
    main()
