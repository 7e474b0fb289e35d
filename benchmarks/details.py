"""What a closer look buys: a colorist's error by area, and by part, however small.

    python benchmarks/details.py FOLDER [COLORIST ...] [--work-size 256,384,512] [--limit 50]

FOLDER holds pairs, as `irodori evaluate` takes them. Of each drawing three means of CIEDE2000: off
the lines, over the true regions of at least 30 pixels, each counting once, and over those of them
smaller than 1/500 of the picture. The last column is the time to encode a drawing and color it,
over that of the first row.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from irodori import Colorist, Hints
from irodori.measure.errors import Picture, ciede2000, to_lab
from irodori.measure.pairs import Pair, Pairs
from irodori.measure.protocols import place_hints
from irodori.measure.truth import Truth
from plainly import plainly

Look = tuple[str, Colorist, int]
"""How a row is called, the colorist, the long side of what it looks at in pixels."""

SMALLEST = 30  # pixels
SMALL = 1 / 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("colorists", nargs="*", default=["quick"])
    parser.add_argument("--work-size", type=sizes, default="256,384,512")
    parser.add_argument("--hints", default="0,5,r10,20,50")
    parser.add_argument("--limit", type=int, default=50)
    asked = parser.parse_args()
    looks = [
        (f"{name}, {size} px", Colorist.load(name), size)
        for name in asked.colorists
        for size in asked.work_size
    ]
    pairs = Pairs(asked.folder)
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for name in pairs.ids(asked.limit):
        for key, value in measured(looks, pairs.read(name), asked.hints.split(",")):
            found[key].append(value)
    show({key: float(np.nanmean(values)) for key, values in found.items()}, looks)


def sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def measured(
    looks: list[Look], pair: Pair, told: list[str]
) -> Iterator[tuple[tuple[str, str, str], float]]:
    truth = Truth(pair.color, pair.drawing.ink)
    for each in told:
        hints = Hints() if each == "0" else place_hints(each, truth, pair.id)
        for title, colorist, size in looks:
            began = time.perf_counter()
            encoding = colorist.encode(pair.drawing, work_size=size)
            picture = colorist.colorize(encoding, hints).color()
            yield (each, title, "seconds"), time.perf_counter() - began
            for kind, error in errors(picture, truth).items():
                yield (each, title, kind), error


def errors(picture: Picture, truth: Truth) -> dict[str, float]:
    """By area, by true region, by small true region; NaN where there is none."""
    apart = ciede2000(to_lab(picture), to_lab(truth.color))
    areas = truth.areas
    mean = np.bincount(truth.regions.ravel(), apart.ravel(), len(areas)) / np.maximum(areas, 1)
    counted = areas >= SMALLEST
    counted[0] = False
    small = counted & (areas < SMALL * truth.regions.size)
    return {
        "area": float(apart[truth.off_lines].mean()),
        "regions": float(mean[counted].mean()) if counted.any() else float("nan"),
        "small": float(mean[small].mean()) if small.any() else float("nan"),
    }


def show(mean: dict[tuple[str, str, str], float], looks: list[Look]) -> None:
    titles = f"{'by area':>9}{'by region':>11}{'small ones':>12}{'time':>7}"
    print(f"{'hints':<7}{'looks':<32}{titles}")
    for each in dict.fromkeys(told for told, _, _ in mean):
        for title, _, _ in looks:
            area, regions, small, seconds = (
                mean[each, title, kind] for kind in ("area", "regions", "small", "seconds")
            )
            slower = seconds / mean[each, looks[0][0], "seconds"]
            figures = f"{area:>9.2f}{regions:>11.2f}{small:>12.2f}{slower:>7.2f}"
            print(f"{each:<7}{title:<32}{figures}")


if __name__ == "__main__":
    plainly(main)
