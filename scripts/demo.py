"""Color the example drawings in three ways and put everything on one contact sheet.

    python scripts/demo.py [FOLDER]     demo-out/ unless another folder is given

Uses only what `pip install irodori` brings: this is how a program of your own would do it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irodori import Coloring, Colorist, Drawing, Hints, Palette
from irodori.color.sheet import Cell, contact_sheet, save_sheet
from irodori.measure.sheet import draw_hints

EXAMPLES = Path(__file__).parents[1] / "examples"
WAYS = {"alone": "nothing said", "palette": "a palette", "hints": "some hints"}


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


def cell(picture: Image.Image, caption: str) -> Cell:
    """A picture for the contact sheet."""
    return Cell(np.asarray(picture.convert("RGB")), caption)


def with_hints(coloring: Coloring) -> NDArray[np.uint8]:
    """The lines, faded, under everything that was said: uint8 (H, W, 3)."""
    drawing, hints = coloring.drawing, coloring.hints
    picture = draw_hints(drawing.ink, hints).copy()  # has rings around dabs, but dabs alone
    labels = hints.labels(drawing.height, drawing.width)
    picture[labels > 0] = np.array([(0, 0, 0), *hints.colors()], np.uint8)[labels[labels > 0]]
    return picture


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
        hinted = colorings["hints"]
        rows.append(
            [
                cell(Image.open(path), path.stem),
                cell(colorings["alone"].image(), ""),
                cell(colorings["palette"].image(), str(colorings["palette"].palette)),
                Cell(with_hints(hinted), f"{len(hinted.hints)} hints"),
                cell(hinted.image(), ""),
            ]
        )
        print(f"  {path.stem}: {', '.join(WAYS.values())}")
    sheet = folder / "contact-sheet.png"
    titles = ["the drawing", WAYS["alone"], WAYS["palette"], WAYS["hints"], "and their coloring"]
    save_sheet(contact_sheet(titles, rows), sheet)
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
