"""What the constants of the choice are worth, and where the error lies that hints leave.

    python benchmarks/choice.py FOLDER [--colorist quick] [--limit 50]

FOLDER holds pairs, as `irodori evaluate` takes them. A network votes once for each drawing and set
of hints; its votes are then chosen from with one constant changed at a time. Mean CIEDE2000 off the
lines, over 6,000 pixels of a drawing; for twenty hints also by parts with and without one.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irodori import Colorist, Palette
from irodori.color.choice import Ballot, Choice, choose, says_how_lively
from irodori.color.encoding import Encoding
from irodori.color.hints import Hints
from irodori.color.painting import paint
from irodori.measure.errors import ciede2000, colorfulness, to_lab
from irodori.measure.pairs import Pairs
from irodori.measure.protocols import place_hints
from irodori.measure.truth import Truth
from plainly import plainly

TOLD = ("0", "1", "2", "5", "r10", "20", "50")
PIXELS = 6000
Said = dict[str, bool]  # what `choose` is to know: told, lively
Way = Callable[[Ballot, Said], Choice]


@dataclass(frozen=True, eq=False)
class Case:
    """One drawing and set of hints: what was voted, and the truth at some pixels, (n, 3) sRGB."""

    told: str
    hints: Hints
    ask: Callable[[Hints], Ballot]
    encoding: Encoding
    ballot: Ballot
    shade: NDArray[np.float32]
    where: NDArray[np.intp]
    truth: NDArray[np.uint8]

    def painted(self, way: Way) -> NDArray[np.uint8]:
        lively = not says_how_lively(self.hints)
        choice = way(self.ballot, {"told": bool(self.hints), "lively": lively})
        made = paint(
            self.encoding,
            self.ballot,
            choice,
            self.shade,
            self.hints,
            Palette.of([]),
            ask=self.ask,
        )
        return made.color().reshape(-1, 3)[self.where]


WAYS: dict[str, Way] = {
    "as it is": lambda ballot, said: choose(ballot, **said),
    "hints spread freely": lambda ballot, said: choose(ballot, **said, spread=1),
    "hints spread half as far": lambda ballot, said: choose(ballot, **said, spread=0.25),
    "split for a gain of 1.5": lambda ballot, said: choose(ballot, **said, split_gain=1.5),
    "split for a gain of 10": lambda ballot, said: choose(ballot, **said, split_gain=10),
    "forgiving from 25 on": lambda ballot, said: choose(ballot, **said, forgiveness=25),
    "forgiving from 100 on": lambda ballot, said: choose(ballot, **said, forgiveness=100),
    "livelier with hints, too": lambda ballot, said: choose(ballot, **said, liveliness=0.18),
    "pale where only gray is said": lambda ballot, said: choose(
        ballot, told=said["told"], lively=not said["told"]
    ),
    "no more vivid than votes": lambda ballot, said: choose(ballot, **said, vividness=1),
    "vivid 1, livelier 0.18": lambda ballot, said: choose(
        ballot, **said, liveliness=0.18 if said["lively"] else 0, vividness=1
    ),
}


def cases(colorist: Colorist, pairs: Pairs, limit: int) -> list[Case]:
    found = []
    for name in pairs.ids(limit):
        pair = pairs.read(name)
        truth = Truth(pair.color, pair.drawing.ink)
        encoding = colorist.encode(pair.drawing)
        ask = asking(colorist, encoding)
        off = np.flatnonzero(truth.off_lines)
        where = off[np.random.default_rng(0).permutation(len(off))[:PIXELS]]
        for told in TOLD:
            hints = place_hints(told, truth, name)
            ballot, shade = colorist._vote(encoding, hints, Palette.of([]))
            apart, ballot, _ = colorist._figures_apart(encoding, ballot, hints, Palette.of([]))
            true = pair.color.reshape(-1, 3)[where]
            found.append(Case(told, hints, ask, apart, ballot, shade, where, true))
    return found


def asking(colorist: Colorist, encoding: Encoding) -> Callable[[Hints], Ballot]:
    return lambda hints: colorist._vote(encoding, hints, Palette.of([]))[0]


def show_constants(found: list[Case]) -> None:
    print(f"{'':<28}" + "".join(f"{told:>7}" for told in TOLD) + "  colorful")
    for name, way in WAYS.items():
        errors: dict[str, list[float]] = {told: [] for told in TOLD}
        lively, true = [], []
        for case in found:
            made = case.painted(way)
            errors[case.told].append(float(ciede2000(to_lab(made), to_lab(case.truth)).mean()))
            if case.told == "0":
                lively.append(colorfulness(made[None]))
                true.append(colorfulness(case.truth[None]))
        means = "".join(f"{np.mean(errors[told]):>7.2f}" for told in TOLD)
        print(f"{name:<28}{means}{sum(lively) / max(sum(true), 1e-9):>10.2f}", flush=True)


def show_places(found: list[Case], told: str = "20") -> None:
    """Shares of the error in parts with and without a hint, and what flat parts must leave."""
    rows = []
    for case in (each for each in found if each.told == told):
        parts = case.encoding.regions.parts
        true = to_lab(case.truth)
        error = ciede2000(to_lab(case.painted(WAYS["as it is"])), true)
        own = parts.ravel()[case.where]
        with_hint = np.isin(own, [parts[int(dab.y), int(dab.x)] for dab in case.hints.dabs])
        best = np.zeros_like(true)
        for part in np.unique(own):
            best[own == part] = np.median(true[own == part], 0)
        hinted, bare = (error * part for part in (with_hint, ~with_hint))
        flat = ciede2000(best, true).mean()
        rows.append((error.mean(), hinted.mean(), bare.mean(), 1 - with_hint.mean(), flat))
    error, hinted, bare, share, flat = np.mean(rows, 0)
    print(f"\n{told} hints: {error:.2f}, of it {hinted:.2f} in parts with a hint and {bare:.2f} in")
    print(f"the {share:.0%} of the page without; every part in its own best color: {flat:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--colorist", default="quick")
    parser.add_argument("--limit", type=int, default=50)
    asked = parser.parse_args()
    found = cases(Colorist.load(asked.colorist), Pairs(asked.folder), asked.limit)
    show_constants(found)
    show_places(found)


if __name__ == "__main__":
    plainly(main)
