"""What one more hint costs on a drawing that is encoded already, against starting anew.

    python benchmarks/hint_update.py [--rounds 9]

Both end in a finished picture. Runs alternate, so that other work on the machine meets both.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time

from irodori import Colorist, Drawing, Hints
from pages import scaled

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
    parser = argparse.ArgumentParser(description="The cost of one more hint.")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(
        f"{'longest side':>12} {'full run s':>11} {'one hint s':>11} {'ratio':>6}  (at most 0.33)"
    )
    for longest in (512, 2048):
        full, changed = measure(longest, rounds)
        print(f"{longest:>12} {full:>11.3f} {changed:>11.3f} {changed / full:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
