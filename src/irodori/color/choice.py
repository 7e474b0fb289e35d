"""From votes to colours: what each part of a drawing is painted.

The painter votes at every cell of its grid for common colours, palette colours and the hint that
flows there. The votes of a part are pooled; the part takes the colour with the least expected
error under its votes. Parts of one region keep one colour unless telling them apart pays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irodori.color.hints import Hints
from irodori.color.space import to_even

FORGIVENESS = 50.0
"""Errors count up to about this (units of even colour): being far off is no worse than being off,
so that a lively guess beats the grey between two."""

FORGIVENESS_TOLD = 100.0
"""The same where somebody said how lively the picture is to be."""

LIVELINESS = 0.12
"""How much expected error a unit of chroma is worth where nobody said so: what errs least under
doubt is paler than what an artist would choose."""

VIVIDNESS = 1.15
"""Times as far from gray a common color is painted then: each stands for many, and their mean is
paler than they are."""

_HUE = 10.0  # even-color units from gray from which on a color has a hue
_GRAYS = 5  # hints without a hue that together say "gray"

SPLIT_GAIN = 6.0
"""What telling the parts of one region apart must gain, in mean expected error over the region."""

SPLIT_GAIN_UNTOLD = 1.5
"""The same where no hint was given, when telling figure from paper matters more than even flats."""


SPREAD = 0.5
"""How much a vote for a color that was painted elsewhere counts, against one for any other: left to
itself the network takes the first dab for the color of the whole figure."""

TRUST = 0.05
"""Share of the votes that the hint flowing into a part has besides: the network knows flat guesses
better than it knows how far an artist's color reaches."""

_NOBODY = 1e-6  # fewer votes than this are none

_NEAR = 10.0  # even-colour units within which votes stand for the same colour


@dataclass(frozen=True, eq=False)
class Ballot:
    """The pooled votes of a drawing, over n parts; row 0 of each array belongs to no part.

    `votes`: float32 (n + 1, candidates), rows sum to 1: bins, palette slots, the flowing hint.
    `cells`: float32 (candidates, h, w), the same before pooling. `flow`: float32 (4, h, w), the
    flowing hints' RGB 0..1 premultiplied, and their nearness.
    `fixed`: float32 (candidates - 1, 3), RGB 0..1, `bins` common colors and then slots; from number
    `said` on candidates are colors that a hint alone said.
    `flowing`: float32 (n + 1, 3), RGB 0..1.
    `area`: float64 (n + 1,), pixels. `region_of`: int32 (n + 1,).
    """

    votes: NDArray[np.float32]
    cells: NDArray[np.float32]
    flow: NDArray[np.float32]
    fixed: NDArray[np.float32]
    bins: int
    said: int
    flowing: NDArray[np.float32]
    area: NDArray[np.float64]
    region_of: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen for n parts.

    `colors`: uint8 (n + 1, 3), sRGB; `certainty`: float32 (n + 1,), the share of votes near it.
    """

    colors: NDArray[np.uint8]
    certainty: NDArray[np.float32]

    def up_to(self, part: int, *, then: Choice) -> Choice:
        """This choice for parts 1 … `part`, another for those after."""
        return Choice(
            np.concatenate([self.colors[: part + 1], then.colors[part + 1 :]]),
            np.concatenate([self.certainty[: part + 1], then.certainty[part + 1 :]]),
        )


def choose(
    ballot: Ballot,
    *,
    forgiveness: float | None = None,
    told: bool = True,
    lively: bool = False,
    split_gain: float | None = None,
    liveliness: float | None = None,
    vividness: float | None = None,
    spread: float = SPREAD,
) -> Choice:
    """The colour of least expected error for every part.

    `told`: whether there were hints; `lively`: whether to guess how lively the picture is to be,
    since neither a palette nor a hint `says_how_lively`.
    """
    if forgiveness is None:
        forgiveness = FORGIVENESS if lively else FORGIVENESS_TOLD
    if split_gain is None:
        split_gain = SPLIT_GAIN if told else SPLIT_GAIN_UNTOLD
    if liveliness is None:
        liveliness = LIVELINESS if lively else 0.0
    if vividness is None:
        vividness = VIVIDNESS if lively else 1.0
    ballot = _trusting(_spreading(ballot, spread))
    between, to_flow = _distances(ballot)
    risk = _risk(ballot, between, to_flow, forgiveness)
    risk -= liveliness * _chroma(ballot)
    # An empty slot, and a flow that never started, must not be chosen by accident.
    risk += np.where(ballot.votes.max(0) > _NOBODY, 0, 1e3)
    chosen = _together_or_apart(risk, ballot, split_gain)
    flows = (chosen == len(ballot.fixed))[:, None]
    at = np.where(flows[:, 0], 0, chosen)
    painted = np.concatenate(
        [vivid(ballot.fixed[: ballot.bins], vividness), ballot.fixed[ballot.bins :]]
    )
    colors = np.where(flows, ballot.flowing, painted[at])
    apart = np.where(flows, to_flow, between[at])
    from_flow = np.where(flows, 0, np.take_along_axis(to_flow, at[:, None], 1))
    near = np.concatenate([apart, from_flow], 1) < _NEAR
    return Choice(
        np.clip(np.rint(colors * 255), 0, 255).astype(np.uint8),
        np.clip((ballot.votes * near).sum(1), 0, 1).astype(np.float32),
    )


def says_how_lively(hints: Hints) -> bool:
    """Whether one of the hints has a hue, or so many have none that a gray picture is meant.

    Else a dab of white beside a figure would wash out all that nobody told.
    """
    even = to_even(np.array(hints.colors(), np.float32).reshape(-1, 3) / 255)
    hue = np.linalg.norm(even[:, 1:], axis=1) > _HUE
    return len(hints) >= _GRAYS or bool(hue.any())


def _spreading(ballot: Ballot, spread: float) -> Ballot:
    """The same ballot, votes for what was painted elsewhere counted `spread` times."""
    votes = ballot.votes.copy()
    votes[:, ballot.said :] *= spread
    return replace(ballot, votes=votes / np.maximum(votes.sum(1, keepdims=True), _NOBODY))


def _trusting(ballot: Ballot) -> Ballot:
    """The same ballot with `TRUST` in what flows, where anything does."""
    if ballot.votes[:, -1].max() <= _NOBODY:
        return ballot
    votes = ballot.votes * (1 - TRUST)
    votes[:, -1] += TRUST * ballot.votes.sum(1)
    return replace(ballot, votes=votes)


def _risk(
    ballot: Ballot, between: NDArray[Any], to_flow: NDArray[Any], forgiveness: float
) -> NDArray[Any]:
    """Expected error of each candidate in each part, (n + 1, candidates)."""
    felt = forgiveness * (1 - np.exp(-between / forgiveness))
    felt_of_flow = forgiveness * (1 - np.exp(-to_flow / forgiveness))
    votes, flow_vote = ballot.votes[:, :-1], ballot.votes[:, -1:]
    fixed = votes @ felt + flow_vote * felt_of_flow
    return np.concatenate([fixed, (votes * felt_of_flow).sum(1, keepdims=True)], 1)


def _chroma(ballot: Ballot) -> NDArray[Any]:
    """Chroma of each candidate in each part, (n + 1, candidates), in even colour."""
    fixed = np.linalg.norm(to_even(ballot.fixed)[:, 1:], axis=1)
    flowing = np.linalg.norm(to_even(ballot.flowing)[:, 1:], axis=1)
    return np.concatenate([np.tile(fixed, (len(flowing), 1)), flowing[:, None]], 1)


def vivid(colors: NDArray[np.float32], times: float = VIVIDNESS) -> NDArray[np.float32]:
    """Colors (n, 3), RGB 0..1, so many times as far from the gray that is as light (Rec. 709)."""
    gray = colors @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return np.clip(colors + (colors - gray[:, None]) * (times - 1), 0, 1).astype(np.float32)


def leanings(ballot: Ballot, colors: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each cell votes for each of `colors` (k, 3), RGB 0..1, or near it: (k, h, w)."""
    wanted, fixed = to_even(colors), to_even(ballot.fixed)
    near = np.linalg.norm(wanted[:, None] - fixed[None], axis=2) < _NEAR
    # Few are near: adding those up is less work than a product with all.
    leaning = np.stack([ballot.cells[:-1][alike].sum(0) for alike in near])
    flowing = to_even((ballot.flow[:3] / np.maximum(ballot.flow[3:], 1e-6)).transpose(1, 2, 0))
    for each, color in zip(leaning, wanted, strict=True):
        follows = np.square(flowing - color).sum(-1) < _NEAR**2
        each += follows * ballot.cells[-1]
    return np.asarray(leaning, np.float32)


def _distances(ballot: Ballot) -> tuple[NDArray[Any], NDArray[Any]]:
    """Between fixed candidates (c, c), and from each part's flowing hint to them (n + 1, c)."""
    fixed, flowing = to_even(ballot.fixed), to_even(ballot.flowing)
    between = np.linalg.norm(fixed[:, None] - fixed[None], axis=2)
    return between, np.linalg.norm(flowing[:, None] - fixed[None], axis=2)


def _together_or_apart(
    risk: NDArray[np.floating], ballot: Ballot, split_gain: float
) -> NDArray[np.intp]:
    """The candidate each part takes: its region's, or its own where that gains enough."""
    own = risk.argmin(1)
    regions = int(ballot.region_of.max()) + 1
    weighted = risk * ballot.area[:, None]
    order = np.argsort(ballot.region_of, kind="stable")
    starts = np.searchsorted(ballot.region_of[order], np.arange(regions))
    shared = np.add.reduceat(weighted[order], starts, axis=0)  # (regions, candidates)
    area = np.maximum(np.bincount(ballot.region_of, ballot.area, regions), 1)
    alone = np.bincount(ballot.region_of, ballot.area * risk.min(1), regions)
    split = (shared.min(1) - alone) / area > split_gain
    common = shared.argmin(1)[ballot.region_of]
    return np.asarray(np.where(split[ballot.region_of], own, common), np.intp)
