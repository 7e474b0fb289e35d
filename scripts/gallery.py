"""Draw the pictures of README and of docs/gallery.md, and write that page.

    python scripts/gallery.py [FOLDER]     docs/ unless another folder is given

The drawings are those of examples/ and of docs/gallery/, where drawings.json says whose they are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from irodori import Colorist, Drawing, Hints

ROOT = Path(__file__).parents[1]
EXAMPLES, KEPT = ROOT / "examples", ROOT / "docs" / "gallery"
PANEL, GAP = 260, 12  # pixels

THREE_DABS = Hints().with_dab(150, 140, "#2f7d84").with_dab(320, 430, "#f3c9a5")
THREE_DABS = THREE_DABS.with_dab(20, 30, "#f9dc8c")

NOTES = {
    "adventurer": "Two clear shapes, hair and face: right without a word.",
    "farmer": "Without hints the clothes are timid. Eleven dabs and strokes settle every part.",
    "pufferfish": "Nothing says that it should be blue, so it is brown until somebody says so.",
    "sailor": "A line divides the hair in two parts; a stroke over both joins them.",
    "student": "The blazer must be asked for. One lock is half red, half brown: it has no dab.",
    "witch": "Every sleeve, leg and hand has its dab. Pleats that the stroke misses take the"
    " orange of the belt or a brown, and an end of the brim is pink.",
}

INTRO = """# Gallery

Twenty drawings that the bundled colorist never learnt from, or that are its examples; failures stay
in. From left to right: the drawing, its coloring when nothing is said, some hints, and the coloring
that they give. The dabs lie in the largest parts of the colored original, in its colors, so nobody
chose them kindly; those of the examples are a person's.

```
python scripts/gallery.py
```

makes every picture on this page and the page itself. Click a row to see it larger.
"""


LICENSES = """## Sources and licenses

The drawings were rendered or scaled to at most 512 pixels, cropped, put on white, and their lines
taken out; the colored versions here stay under the license of the drawing. No author or project
named endorses Irodori.

| license | text |
|---|---|
| CC0-1.0 | <https://creativecommons.org/publicdomain/zero/1.0/> |
| CC-BY-4.0 | <https://creativecommons.org/licenses/by/4.0/> |
| CC-BY-SA-4.0 | <https://creativecommons.org/licenses/by-sa/4.0/> |
| Apache-2.0 | <https://www.apache.org/licenses/LICENSE-2.0> |

The Go gopher was designed by Renée French. OpenMoji is the open-source emoji and icon project of
HfG Schwäbisch Gmünd. Of the examples, farmer and pufferfish are OpenMoji's (CC-BY-SA-4.0), the
adventurer is composed from a style by Lisa Wischofsky, remixed by DiceBear (CC-BY-4.0); sailor,
student and witch are CC0-1.0.
"""


@dataclass(frozen=True)
class Piece:
    """A drawing of the gallery with its hints and what to say about it."""

    name: str
    title: str
    drawing: Path
    hints: Hints
    note: str
    source: str


def pieces() -> list[Piece]:
    """The examples, then the drawings in docs/gallery, in the order of drawings.json."""
    found = []
    for path in sorted(EXAMPLES.glob("*.png")):
        if "." in path.stem:  # "student.hints.png" is what somebody says about a drawing
            continue
        (said,) = EXAMPLES.glob(f"{path.stem}.hints.*")
        hints = Hints.load(said, size=Image.open(path).size)
        source = "An [example drawing](#sources-and-licenses)"
        found.append(
            Piece(path.stem, path.stem.capitalize(), path, hints, NOTES[path.stem], source)
        )
    for entry in json.loads((KEPT / "drawings.json").read_text(encoding="utf-8")):
        lines = "" if entry["lines"] == "true" else "; lines drawn from the colored picture"
        source = (
            f"By {entry['author']}, [{entry['license']}](#sources-and-licenses), "
            f"`{entry['file']}` of [{entry['source'].split('//')[1]}]({entry['source']}){lines}"
        )
        drawing = KEPT / f"{entry['name']}.line.webp"
        hints = Hints.from_json({"dabs": entry["dabs"]})
        found.append(Piece(entry["name"], entry["title"], drawing, hints, entry["note"], source))
    return found


def row(panels: Sequence[Image.Image], side: int) -> Image.Image:
    """Pictures side by side on white, each no larger than side x side pixels."""
    scale = min(side / max(panel.size) for panel in panels)
    small = [
        panel.convert("RGB").resize(
            (round(panel.width * scale), round(panel.height * scale)), Image.Resampling.LANCZOS
        )
        for panel in panels
    ]
    height = max(panel.height for panel in small) + 2 * GAP
    sheet = Image.new("RGB", (len(panels) * (side + GAP) + GAP, height), "white")
    for place, panel in enumerate(small):
        left = GAP + place * (side + GAP) + (side - panel.width) // 2
        sheet.paste(panel, (left, (height - panel.height) // 2))
    return sheet


def bare(drawing: Drawing) -> Image.Image:
    """The lines alone."""
    return Image.fromarray(np.rint(255 * (1 - drawing.ink)).astype(np.uint8))


def said(drawing: Drawing, hints: Hints, *, ring: float = 9) -> Image.Image:
    """The lines, paler, under the hints; dabs are ringed, so that a white one is seen.

    ring: the least radius of a dab, in pixels of the drawing.
    """
    gray: NDArray[np.uint8] = np.rint(255 * (1 - 0.6 * drawing.ink)).astype(np.uint8)
    picture = np.repeat(gray[..., None], 3, axis=2)
    labels = hints.labels(drawing.height, drawing.width)
    picture[labels > 0] = np.array([(0, 0, 0), *hints.colors()], np.uint8)[labels[labels > 0]]
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    for dab in hints.dabs:
        reach = max(dab.radius, ring)
        box = (dab.x - reach, dab.y - reach, dab.x + reach, dab.y + reach)
        pen.ellipse(box, fill=dab.color or "white", outline=(70, 70, 70), width=2)
    return image


def save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=82, method=6)


def main() -> None:
    docs = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"
    colorist = Colorist.load()
    page = [INTRO]
    for piece in pieces():
        drawing = Drawing.load(piece.drawing)
        encoding = colorist.encode(drawing)
        alone, hinted = colorist.colorize(encoding), colorist.colorize(encoding, piece.hints)
        panels = [bare(drawing), alone.image(), said(drawing, piece.hints), hinted.image()]
        save(row(panels, PANEL), docs / "gallery" / f"{piece.name}.webp")
        alt = f"{piece.title}: drawing, nothing said, {len(piece.hints)} hints, their coloring"
        picture = f"gallery/{piece.name}.webp"
        page.append(f"## {piece.title}\n\n[![{alt}]({picture})]({picture})\n")
        page.append(f"{piece.note}\n\n<small>{piece.source}.</small>\n")
        print(f"  {piece.name}")
    page.append(LICENSES)
    (docs / "gallery.md").write_text("\n".join(page), encoding="utf-8")

    face = Drawing.load(EXAMPLES / "adventurer.png")
    three = [bare(face), said(face, THREE_DABS, ring=14)]
    three.append(colorist.colorize(colorist.encode(face), THREE_DABS).image())
    save(row(three, 400), docs / "pictures" / "three-dabs.webp")
    print(docs / "gallery.md")


if __name__ == "__main__":
    main()
