"""Palettes for further proposals: drawn from what the votes hold possible, likely and far apart.

Of many that are drawn, those are kept that promise little error and, as pictures, differ from what
was proposed before. What a palette would make of the drawing is foreseen from the votes alone:
every part takes the color of the palette, or the white of paper, that errs least there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irodori.color.choice import Ballot, vivid
from irodori.color.palette import Palette
from irodori.color.space import to_even

TURNS = 4
"""Proposals in a row that are chosen to differ."""

_DRAWN = 60  # palettes, of which those are chosen
_COLORS = 2  # of a palette: with more of them proposals look alike
_APART = 9.0  # even-color units, mean over the page, that proposals are to differ by
_PAPER = 0.96  # from this brightness on a color is paper, which needs no inspiration


def inspiration(ballot: Ballot, first: NDArray[np.uint8], seed: int) -> Palette:
    """The palette of proposal `seed`, from 1 on.

    first: uint8 (n + 1, 3), sRGB of each part in proposal 0, which the others are to differ from.
    """
    again, turn = divmod(seed - 1, TURNS)
    random = np.random.default_rng(again)
    common, votes = ballot.fixed[: ballot.bins], ballot.votes[1:, : ballot.bins]
    likely = (np.sqrt(ballot.area[1:, None]) * votes).sum(0)
    likely[common.min(1) > _PAPER] = 0
    count = min(_COLORS, int((likely > 0).sum()))
    chances = likely / max(likely.sum(), 1e-9)
    drawn = [random.choice(len(common), count, False, chances) for _ in range(_DRAWN)]
    pictures, errors = _foreseen(ballot, drawn)
    share = votes.sum(1) * ballot.area[1:]  # of the page that is guessed at all
    before = to_even(first[1:] / 255)[None]
    away = _between(pictures, before, share)
    for _ in range(turn):
        chosen = _best(errors, away)
        away = np.minimum(away, _between(pictures, pictures[chosen : chosen + 1], share))
    colors = np.rint(vivid(common[drawn[_best(errors, away)]]) * 255).astype(int)
    return Palette.of([(int(r), int(g), int(b)) for r, g, b in colors])


def _foreseen(
    ballot: Ballot, drawn: list[NDArray[np.intp]]
) -> tuple[NDArray[np.float32], NDArray[np.floating]]:
    """What palettes would make of n parts, (palettes, n, 3) in even color, and expected errors."""
    common, votes = to_even(ballot.fixed[: ballot.bins]), ballot.votes[1:, : ballot.bins]
    risk = votes @ np.linalg.norm(common[:, None] - common[None], axis=2)  # (n, bins)
    paper = int(ballot.fixed[: ballot.bins].min(1).argmax())
    pictures, errors = [], []
    for palette in drawn:
        offered = np.append(palette, paper)
        taken = offered[risk[:, offered].argmin(1)]
        pictures.append(common[taken])
        errors.append((risk[np.arange(len(taken)), taken] * ballot.area[1:]).sum())
    return np.array(pictures, np.float32), np.array(errors)


def _between(
    pictures: NDArray[np.float32], other: NDArray[np.float32], share: NDArray[np.floating]
) -> NDArray[np.floating]:
    """How far each picture is from another, mean over the page."""
    apart = np.linalg.norm(pictures - other, axis=2)
    return np.asarray(apart @ (share / max(share.sum(), 1e-9)))


def _best(errors: NDArray[np.floating], away: NDArray[np.floating]) -> int:
    """The least error of those far enough away, or else of the farther half of what is left."""
    far = away >= min(_APART, 0.9 * float(away.max()))
    return int(np.where(far, errors, np.inf).argmin())
