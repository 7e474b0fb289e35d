"""Many drawings in one command, against one after the other, and against a command for each.

    python benchmarks/batch.py [--drawings 200] [--side 900]

The real program on variants of the example drawings (turned, mirrored, of several sizes). The
three ways take turns on parts of the drawings, so that other work on the machine meets all; what
they write must be equal byte for byte.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageOps

EXAMPLES = Path(__file__).parent.parent / "examples"
TURNS = 2


def draw_variants(folder: Path, count: int, side: int) -> list[Path]:
    """That many PNG files, none like another; long sides from 0.6 to 1.4 times `side` pixels."""
    originals = [Image.open(path).convert("L") for path in sorted(EXAMPLES.glob("*.png"))]
    originals = [picture for picture in originals if picture.getextrema() != (0, 0)]
    made = []
    for number in range(count):
        picture = originals[number % len(originals)]
        picture = ImageOps.mirror(picture) if number % 2 else picture
        scale = side * (0.6 + 0.8 * (number * 7 % 11) / 10) / max(picture.size)
        size = [max(1, round(length * scale)) for length in picture.size]
        made.append(folder / f"{number:03}.png")
        picture.resize((size[0], size[1]), Image.Resampling.LANCZOS).save(made[-1])
    return made


def colorize(drawings: list[Path], out: Path, *options: str) -> float:
    """Seconds that the program takes for all of them."""
    command = [sys.executable, "-m", "irodori", "colorize", *map(str, drawings), *options]
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    subprocess.run([*command, "-o", f"{out}/"], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drawings", type=int, default=200)
    parser.add_argument("--side", type=int, default=900, help="pixels, about")
    asked = parser.parse_args()
    ratios, alone = [], []
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        drawings = draw_variants(folder, asked.drawings, asked.side)
        part = len(drawings) // TURNS
        for turn in range(TURNS):
            some = drawings[turn * part : (turn + 1) * part]
            together = colorize(some, folder / "together")
            in_turn = colorize(some, folder / "in-turn", "--jobs", "1")
            first = colorize(some[:1], folder / "alone")
            ratios.append(in_turn / together)
            alone.append(first * part / together)
            print(
                f"{part} drawings: {together:.1f} s together, {in_turn:.1f} s in turn", flush=True
            )
        same = all(
            path.read_bytes() == (folder / "in-turn" / path.name).read_bytes()
            for path in (folder / "together").iterdir()
        )
    print(f"together, over one after the other   {statistics.median(ratios):.2f} x  (at least 1.6)")
    print(f"together, over a command for each    {statistics.median(alone):.2f} x")
    print(f"same files                           {same}")


if __name__ == "__main__":
    main()
