"""How time and memory grow with the page, up to 6000 x 8000 pixels.

    python benchmarks/size.py [--tiled] [--megapixels 1,4,12,48]

Each size is the whole command `irodori colorize` in a process of its own: start, load, color,
write a PNG. Prints seconds, the seconds that each further megapixel costs, and peak memory; a
last column of equal numbers means that time is linear in pixels.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from pages import page
from table import Table, parser


def measure(drawing: Path, output: Path) -> tuple[float, float]:
    """(seconds, peak memory in MB) of one run of the command."""
    command = [sys.executable, "-m", "irodori", "colorize", str(drawing), "-o", str(output)]
    started = time.perf_counter()
    child = subprocess.Popen([*command, "--force"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    if status != 0:
        sys.exit(f"coloring {drawing} failed")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, kB elsewhere
    return seconds, usage.ru_maxrss * unit / 1e6


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--megapixels", default="1,4,12,48")
    arguments.add_argument("--tiled", action="store_true", help="more panels, not larger ones")
    options = arguments.parse_args()
    slopes = []
    Image.MAX_IMAGE_PIXELS = None
    print(f"{'page':>13} {'MP':>6} {'seconds':>8} {'peak MB':>8} {'s per further MP':>17}")
    before: tuple[float, float] | None = None
    with tempfile.TemporaryDirectory() as folder:
        for megapixels in map(float, options.megapixels.split(",")):
            width = round((megapixels * 1e6 * 3 / 4) ** 0.5)
            height = round(width * 4 / 3)
            drawing, output = Path(folder, "page.png"), Path(folder, "page.colored.png")
            page(width, height, tiled=options.tiled).save(drawing, compress_level=1)
            seconds, memory = measure(drawing, output)
            with Image.open(output) as picture:
                if picture.size != (width, height):
                    sys.exit(f"{width} x {height} came back as {picture.size}")
            true = width * height / 1e6
            further = (seconds - before[1]) / (true - before[0]) if before else float("nan")
            row = f"{width:>6} x {height:<5}{true:>6.1f} {seconds:>8.2f} {memory:>8.0f}"
            print(f"{row} {further:>17.3f}", flush=True)
            before = (true, seconds)
            slopes.append(further)
    table = Table()
    name = "a further megapixel of the largest pages"
    table.add(name, slopes[-1] / slopes[-2], against="one of the pages before them")
    table.write(options.json)


if __name__ == "__main__":
    main()
