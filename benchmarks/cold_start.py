"""From a cold start to a written picture, against the least that any such program must do.

    python benchmarks/cold_start.py [--rounds 9]

The least: a Python that imports onnxruntime, Pillow and numpy, loads the colorist's two graphs and
runs each once on a drawing of the same size. Ours: `irodori colorize` on a 512 pixel drawing,
from the shell to the PNG. Each run is a process of its own; the two alternate.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import irodori
from pages import scaled
from table import Table, parser

LEAST = """
import sys
import numpy, onnxruntime, PIL.Image
folder, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
encode = onnxruntime.InferenceSession(folder + "/encode.onnx")
color = onnxruntime.InferenceSession(folder + "/color.onnx")
ink = numpy.zeros((1, 1, height, width), numpy.float32)
fine, coarse = encode.run(None, {"ink": ink})
hints = numpy.zeros((1, 8, height // 4, width // 4), numpy.float32)
palette = numpy.zeros((1, 16, 4), numpy.float32)
color.run(None, {"fine": fine, "coarse": coarse, "hints": hints, "palette": palette})
"""
BARE = "imports and one inference"
QUICK = Path(irodori.__file__).parent / "color" / "colorists" / "quick"


def seconds(command: list[str]) -> float:
    """How long one process takes, from start to end."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drawing.png")
        drawing = scaled("sailor", 512)
        drawing.save(path)
        width, height = (-(-side // 32) * 32 for side in drawing.size)
        least = [sys.executable, "-c", LEAST, str(QUICK), str(width), str(height)]
        ours = [sys.executable, "-m", "irodori", "colorize", str(path), "--force"]
        seconds(least), seconds(ours)  # the disk's cache is warm for both
        pairs = [(seconds(least), seconds(ours)) for _ in range(asked.rounds)]
    bare, full = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = [ours / least for least, ours in pairs]
    print(f"{BARE}  {bare:.3f} s")
    print(f"irodori colorize           {full:.3f} s")
    table = Table()
    table.add("cold start to a picture", statistics.median(ratios), against=BARE, limit=2.5)
    table.write(asked.json)


if __name__ == "__main__":
    main()
