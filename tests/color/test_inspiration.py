"""Palettes for proposals: from what was voted for, likely, unlike the first and each other."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from irodori.color.choice import Ballot
from irodori.color.inspiration import TURNS, inspiration

WHITE, RED, BLUE, GREEN, NEVER = range(5)
COMMON = np.array([(1, 1, 1), (0.8, 0.1, 0.1), (0.1, 0.2, 0.8), (0.1, 0.6, 0.2), (0.5, 0, 0.5)])


def ballot(votes: list[list[float]]) -> Ballot:
    """Votes of parts of equal area for white, red, blue, green and what nobody wants."""
    count = len(votes)
    table = np.zeros((count + 1, len(COMMON) + 1), np.float32)
    table[1:, : len(COMMON)] = votes
    return Ballot(
        votes=table,
        cells=np.zeros((len(COMMON) + 1, 1, count), np.float32),
        flow=np.zeros((4, 1, count), np.float32),
        fixed=COMMON.astype(np.float32),
        bins=len(COMMON),
        flowing=np.zeros((count + 1, 3), np.float32),
        area=np.array([0.0] + [1.0] * count),
        region_of=np.arange(count + 1, dtype=np.int32),
    )


def first(color: int, count: int) -> NDArray[np.uint8]:
    return np.tile(np.rint(COMMON[color] * 255).astype(np.uint8), (count + 1, 1))


def hues(palette: tuple[tuple[int, int, int], ...]) -> set[int]:
    return {int(np.square(COMMON - np.array(color) / 255).sum(1).argmin()) for color in palette}


def test_what_nobody_voted_for_and_paper_inspire_nothing() -> None:
    doubtful = ballot([[0.4, 0.3, 0.2, 0.1, 0], [0.4, 0.1, 0.3, 0.2, 0]])
    for seed in range(1, 2 * TURNS + 1):
        palette = inspiration(doubtful, first(WHITE, 2), seed)
        assert hues(tuple(palette.colors())) <= {RED, BLUE, GREEN}


def test_the_next_differs_from_the_first() -> None:
    doubtful = ballot([[0, 0.5, 0.5, 0, 0]])
    for color in (RED, BLUE):
        seen = {tuple(inspiration(doubtful, first(color, 1), seed).colors()) for seed in (1, 5)}
        assert all(hues(palette) != {color} for palette in seen)


def test_the_same_seed_gives_the_same_palette() -> None:
    doubtful = ballot([[0.1, 0.3, 0.3, 0.3, 0], [0.1, 0.3, 0.3, 0.3, 0]])
    one, other = (inspiration(doubtful, first(RED, 2), 3) for _ in range(2))
    assert one.colors() == other.colors()


@settings(deadline=None, max_examples=20)
@given(sure=st.integers(RED, NEVER), count=st.integers(1, 5), seed=st.integers(1, 9))
def test_where_all_is_sure_there_is_still_a_palette(sure: int, count: int, seed: int) -> None:
    certain = ballot([[float(bin == sure) for bin in range(len(COMMON))]] * count)
    assert hues(tuple(inspiration(certain, first(sure, count), seed).colors())) == {sure}
