"""Many drawings in one command, against one after the other, and against a command for each.

    python benchmarks/batch.py [--drawings 200] [--side 900]

The real program on variants of the example drawings (turned, mirrored, of several sizes). One after
the other is `--jobs 1`, whose network still takes all cores, and `--jobs 1 --threads 1`, which
keeps to one. The ways take turns, so that other work on the machine meets all; what they write must
be equal byte for byte.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageOps

from table import Table, parser

EXAMPLES = Path(__file__).parent.parent / "examples"
TURNS = 2
WAYS = (
    ("in turn", "--jobs 1", 1.6),
    ("on one core", "--jobs 1 --threads 1", None),
    ("a command each", "a command for each", 1.6),
)
"""What is timed, what it is called, and the least that working together has to gain."""


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


def measure(drawings: list[Path], folder: Path) -> dict[str, float]:
    """Seconds of every way to color them. Of a command for each, one is timed."""
    taken = {
        "together": colorize(drawings, folder / "together"),
        "in turn": colorize(drawings, folder / "in-turn", "--jobs", "1"),
        "on one core": colorize(drawings, folder / "one-core", "--jobs", "1", "--threads", "1"),
        "a command each": len(drawings) * colorize(drawings[:1], folder / "alone"),
    }
    print(", ".join(f"{way} {seconds:.1f} s" for way, seconds in taken.items()), flush=True)
    return taken


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--drawings", type=int, default=200)
    arguments.add_argument("--side", type=int, default=900, help="pixels, about")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        drawings = draw_variants(folder, asked.drawings, asked.side)
        turns = [measure(drawings, folder / str(turn)) for turn in range(TURNS)]
        differ = sum(
            path.read_bytes() != (folder / "0" / other / path.name).read_bytes()
            for path in (folder / "0" / "together").iterdir()
            for other in ("in-turn", "one-core")
        )
    table = Table()
    for way, against, limit in WAYS:
        ratio = statistics.median(taken[way] / taken["together"] for taken in turns)
        name = f"{len(drawings)} drawings together, over {against}"
        table.add(name, ratio, against=against, limit=limit, at_least=True)
    table.add("files that differ between the ways", differ, against="none", limit=0)
    table.write(asked.json)


if __name__ == "__main__":
    main()
