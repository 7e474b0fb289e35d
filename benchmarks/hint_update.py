"""What one more hint costs on a drawing that is encoded already, against starting anew.

    python benchmarks/hint_update.py [--rounds 9]

Both end in a finished picture. Runs alternate, so that other work on the machine meets both.
"""

from __future__ import annotations

import io
import statistics
import time

from irodori import Colorist, Drawing, Hints
from pages import scaled
from table import Table, parser

PLACES = [("#c03040", 0.5, 0.2), ("#3060c0", 0.4, 0.6), ("#40a060", 0.6, 0.8)]


def hints_for(size: tuple[int, int], turn: int) -> Hints:
    """Three dabs, of which one is at another place every turn."""
    width, height = size
    hints = Hints()
    for number, (color, x, y) in enumerate(PLACES):
        moved = 0.01 * (turn % 9) if number == 0 else 0.0
        hints = hints.with_dab((x + moved) * width, y * height, color)
    return hints


def measure(longest: int, rounds: int) -> tuple[float, float]:
    """(seconds of a full run, seconds of a changed hint), medians."""
    colorist = Colorist.load()
    file = io.BytesIO()
    scaled("sailor", longest).save(file, "PNG")
    drawing = Drawing.load(file.getvalue())
    encoding = colorist.encode(drawing)
    colorist.colorize(encoding, hints_for(drawing.size, 0)).image()  # warm
    full, changed = [], []
    for turn in range(rounds):
        hints = hints_for(drawing.size, turn)
        started = time.perf_counter()
        colorist.colorize(Drawing.load(file.getvalue()), hints).image()
        full.append(time.perf_counter() - started)
        started = time.perf_counter()
        colorist.colorize(encoding, hints).image()
        changed.append(time.perf_counter() - started)
    return statistics.median(full), statistics.median(changed)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    asked = arguments.parse_args()
    table = Table()
    for longest in (512, 2048):
        full, changed = measure(longest, asked.rounds)
        print(f"{longest} px: a full run {full:.3f} s, one more hint {changed:.3f} s")
        name = f"one more hint, {longest} px"
        table.add(name, changed / full, against="starting anew", limit=0.33)
    table.write(asked.json)


if __name__ == "__main__":
    main()
