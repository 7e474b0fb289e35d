"""Palettes drawn from the votes, for proposals that differ."""

from __future__ import annotations

import numpy as np

from irodori.color.choice import Ballot, vivid
from irodori.color.palette import Palette

_TURNS = 4  # proposals in a row that share no color
_INSPIRED = 5  # colors of each


def inspiration(ballot: Ballot, palette: Palette, seed: int) -> Palette:
    """A palette drawn from what the votes hold possible, for another proposal.

    The palettes of `_TURNS` seeds in a row, from 1 on, share no color, so that proposals differ.
    """
    if len(palette):
        order = np.random.default_rng(seed).permutation(len(palette.colors()))
        return Palette.of([palette.colors()[index] for index in order[: max(1, len(order) // 2)]])
    likely = (np.sqrt(ballot.area[1:, None]) * ballot.votes[1:, : len(ballot.fixed)]).sum(0)
    likely[ballot.fixed.min(1) > 0.96] = 0  # white needs no inspiration
    again, turn = divmod(seed - 1, _TURNS)
    count = min(int((likely > 0).sum()), _TURNS * _INSPIRED)
    random = np.random.default_rng(again)
    drawn = random.choice(len(likely), count, replace=False, p=likely / likely.sum())
    chosen = drawn[turn * _INSPIRED : (turn + 1) * _INSPIRED]
    colors = np.rint(vivid(ballot.fixed[chosen]) * 255).astype(int)
    return Palette.of([(int(r), int(g), int(b)) for r, g, b in colors])
