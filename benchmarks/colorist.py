"""A colorist told nothing, a palette, or drawn for with another pen, on drawings it never saw.

    python benchmarks/colorist.py FOLDER [--colorist quick] [--limit 40]

FOLDER holds pairs, as `irodori evaluate` takes them; what that command measures (hints, rivals,
bleeding) is not measured again here. All figures are mean CIEDE2000 off the lines, the lines being
those of the clean drawing whatever pen is used.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from irodori import Colorist, Drawing, Palette
from irodori.color.hints import Hints
from irodori.measure.errors import Picture, colorfulness, mean_error
from irodori.measure.pairs import Pair, Pairs
from irodori.measure.protocols import place_hints
from irodori.measure.truth import Truth
from plainly import plainly

Ink = NDArray[np.float32]
PROPOSALS = 5
VISIBLE = 3.0  # CIEDE2000 on average that anybody sees side by side


def pencil(ink: Ink, random: np.random.Generator) -> Ink:
    grain = cv2.GaussianBlur(random.normal(0.62, 0.5, ink.shape).astype(np.float32), (0, 0), 0.8)
    return np.clip(cv2.GaussianBlur(ink, (0, 0), 0.7) * np.clip(grain, 0.25, 1), 0, 1)


def brush(ink: Ink, random: np.random.Generator) -> Ink:
    """Lines swell along their way, by up to 2.5 pixels to each side."""
    wander = cv2.GaussianBlur(random.normal(0, 1, ink.shape).astype(np.float32), (0, 0), 20)
    swell = 2.5 * (wander - wander.min()) / max(float(np.ptp(wander)), 1e-6)
    away = cv2.distanceTransform((ink < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    return np.maximum(ink, np.clip(swell + 0.5 - away, 0, 1))


def ballpoint(ink: Ink, random: np.random.Generator) -> Ink:
    """A pixel wide and not quite black."""
    line = skeletonize(ink > 0.4).astype(np.float32)
    return np.clip(cv2.GaussianBlur(line, (0, 0), 0.5) * 1.6, 0, 0.75)


def scan(ink: Ink, random: np.random.Generator) -> Ink:
    """Gray paper, darker to one side, with grain."""
    dark = np.linspace(0.04, 0.14, ink.shape[1], dtype=np.float32)[None]
    grain = random.normal(0, 0.02, ink.shape).astype(np.float32)
    return np.clip(dark + grain + cv2.GaussianBlur(ink, (0, 0), 0.8) * 0.75, 0, 1)


def broken(ink: Ink, random: np.random.Generator) -> Ink:
    """Gaps of 3 to 6 pixels, one for each 60 pixels of line."""
    out = ink.copy()
    places = np.argwhere(ink > 0.5)
    for y, x in places[random.permutation(len(places))[: len(places) // 180]]:
        cv2.circle(out, (int(x), int(y)), int(random.integers(2, 4)), 0.0, -1)
    return out


def open_outlines(ink: Ink, random: np.random.Generator) -> Ink:
    """Ten gaps of 2 to 10 % of the long side, wider than any that is bridged."""
    out = ink.copy()
    places = np.argwhere(ink > 0.5)
    for y, x in places[random.integers(0, len(places), 10)]:
        radius = random.uniform(0.01, 0.05) * max(ink.shape)
        cv2.circle(out, (int(x), int(y)), round(radius), 0.0, -1)
    return out


PENS: dict[str, Callable[[Ink, np.random.Generator], Ink]] = {
    "pencil": pencil,
    "brush": brush,
    "ballpoint": ballpoint,
    "gray scan": scan,
    "broken": broken,
    "open outlines": open_outlines,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--colorist", default="quick")
    parser.add_argument("--limit", type=int, default=40)
    asked = parser.parse_args()
    colorist, pairs = Colorist.load(asked.colorist), Pairs(asked.folder)
    found: dict[str, list[float]] = defaultdict(list)
    for number, name in enumerate(pairs.ids(asked.limit)):
        for key, value in measured(colorist, pairs.read(name), number):
            found[key].append(value)
    show({key: float(np.mean(values)) for key, values in found.items()}, len(found["paper"]))


def measured(colorist: Colorist, pair: Pair, seed: int) -> Iterator[tuple[str, float]]:
    truth = Truth(pair.color, pair.drawing.ink)
    where, told = truth.off_lines, place_hints("r10", truth, pair.id)
    two = place_hints("2", truth, pair.id)

    def error(picture: Picture) -> float:
        return mean_error(picture, truth.color, where)

    proposals = [each.color() for each in colorist.propose(pair.drawing, PROPOSALS)]
    apart = [mean_error(a, b, where) for a, b in combinations(proposals, 2)]
    yield "paper", error(np.full_like(truth.color, 255))
    yield "none", error(proposals[0])
    yield "best", min(map(error, proposals))
    yield "apart", min(apart)
    yield "colorful", colorfulness(proposals[0], where)
    yield "truly colorful", colorfulness(truth.color, where)
    yield "palette", error(colorist.colorize(pair.drawing, palette=palette_of(told)).color())
    yield "2", error(colorist.colorize(pair.drawing, two).color())
    yield "r10", error(colorist.colorize(pair.drawing, told).color())
    for name, pen in PENS.items():
        ink = pen(pair.drawing.ink, np.random.default_rng(seed))
        drawn = Drawing.load(np.rint(255 * (1 - ink)).astype(np.uint8), name=pair.id)
        yield name, error(colorist.colorize(drawn).color())
        yield f"{name} 2", error(colorist.colorize(drawn, two).color())
        yield f"{name} r10", error(colorist.colorize(drawn, told).color())


def palette_of(told: Hints) -> Palette:
    return Palette.of(list(dict.fromkeys(told.colors())))


def show(mean: dict[str, float], count: int) -> None:
    paper, none, told = mean["paper"], mean["none"], mean["r10"]
    print(f"{count} drawings\n")
    print(f"{'':<34}{'dE00':>7}{'ratio':>8}   asked")
    print(f"{'white paper':<34}{paper:>7.2f}")
    print(f"{'nothing said':<34}{none:>7.2f}{none / paper:>8.2f}   at most 0.6 of white paper's")
    print(f"{'best of five proposals':<34}{mean['best']:>7.2f}{mean['best'] / paper:>8.2f}   0.45")
    apart = f"{mean['apart']:>7.2f}{mean['apart'] / VISIBLE:>8.2f}"
    print(f"{'two most alike of the five, apart':<34}{apart}   at least 1 x {VISIBLE:g}")
    colorful = mean["colorful"] / mean["truly colorful"]
    print(f"{'colorfulness over the truth':<34}{'':>7}{colorful:>8.2f}   0.9 to 1.1")
    way = (none - mean["palette"]) / max(none - told, 1e-9)
    print(f"{'a palette, on the way to ten hints':<34}{mean['palette']:>7.2f}{way:>8.2f}   0.5")
    print(f"\n{'ten region hints':<34}{told:>7.2f}{told / paper:>8.2f}")
    print(f"{'two hints at random':<34}{mean['2']:>7.2f}{mean['2'] / paper:>8.2f}")
    heads = "".join(f"{head:>8}{'costs':>7}" for head in ("nothing", "2", "r10"))
    print(f"\n{'another pen':<16}{heads}   at most 0.1")
    for name in PENS:
        figures = ""
        for key, clean in (("", none), (" 2", mean["2"]), (" r10", told)):
            margin = paper - clean
            cost = f"{(mean[name + key] - clean) / margin:.2f}" if margin > 0.1 else "-"
            figures += f"{mean[name + key]:>8.2f}{cost:>7}"
        print(f"{name:<16}{figures}")


if __name__ == "__main__":
    plainly(main)
