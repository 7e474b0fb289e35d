"""Seams lie on lines where there are some, and what has no mark is no island."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.seams import drawn_into_the_ink, without_islands

NOTHING = -1


def halves_with_a_line(line: int, seam: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two colors that meet at column `seam`, and ink of a line of three pixels at `line`."""
    index = np.zeros((30, 80), np.int32)
    index[:, seam:] = 1
    ink = np.zeros(index.shape, np.float32)
    ink[:, line : line + 3] = (0.6, 1, 0.6)
    return index, np.ones(index.shape, np.bool_), ink


@given(st.integers(30, 47))
def test_a_seam_near_a_line_is_drawn_into_it(seam: int) -> None:
    index, inside, ink = halves_with_a_line(38, seam)
    moved = drawn_into_the_ink(index, inside, np.full_like(index, NOTHING), ink, reach=12)
    assert (moved[:, :38] == 0).all()
    assert (moved[:, 41:] == 1).all()


def test_a_seam_far_from_any_line_stays_about_where_it_was() -> None:
    index, inside, ink = halves_with_a_line(70, 30)
    moved = drawn_into_the_ink(index, inside, np.full_like(index, NOTHING), ink, reach=8)
    assert (moved[:, :28] == 0).all()
    assert (moved[:, 32:70] == 1).all()


def test_what_was_painted_stays_on_the_wrong_side_of_a_line_too() -> None:
    index, inside, ink = halves_with_a_line(38, 44)
    painted = np.full_like(index, NOTHING)
    painted[10:14, 42:44] = 0
    moved = drawn_into_the_ink(index, inside, painted, ink, reach=12)
    assert (moved[10:14, 42:44] == 0).all()
    assert (moved[:, 58:] == 1).all()


def test_nothing_moves_in_an_area_of_one_color() -> None:
    index, inside, ink = halves_with_a_line(38, 80)
    assert drawn_into_the_ink(index, inside, index, ink, reach=12) is index


@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_only_pixels_of_the_part_near_a_seam_change_and_to_a_color_that_is_there(
    seed: int, reach: int
) -> None:
    random = np.random.default_rng(seed)
    index = np.repeat(np.repeat(random.integers(0, 3, (3, 5)), 17, 0), 13, 1).astype(np.int32)
    inside = np.repeat(np.repeat(random.random((3, 5)) < 0.8, 17, 0), 13, 1)
    ink = random.random(index.shape).astype(np.float32)
    painted = np.where(random.random(index.shape) < 0.02, index, NOTHING).astype(np.int32)
    moved = drawn_into_the_ink(index, inside, painted, ink, reach)
    changed = moved != index
    assert not (changed & (~inside | (painted >= 0))).any()
    assert np.isin(moved[changed], index[inside]).all()
    rows, columns = np.nonzero(changed)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        near = slice(max(0, row - reach - 2), row + reach + 3)
        beside = slice(max(0, column - reach - 2), column + reach + 3)
        assert len(np.unique(index[near, beside][inside[near, beside]])) > 1


def archipelago() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Color 0 with a mark in its mainland, a small island and a large one, all in color 1."""
    index = np.ones((60, 100), np.int32)
    index[5:45, 5:35] = 0
    index[50:55, 10:20] = 0
    index[10:40, 60:90] = 0
    painted = np.full_like(index, NOTHING)
    painted[20, 20] = 0
    return index, np.ones(index.shape, np.bool_), painted


def test_a_small_area_without_a_mark_goes_to_what_is_around_it() -> None:
    index, inside, painted = archipelago()
    joined = without_islands(index, inside, painted, np.array([0]))
    assert (joined[50:55, 10:20] == 1).all()
    assert (joined[5:45, 5:35] == 0).all()
    assert (joined[10:40, 60:90] == 0).all(), "as large as that it is meant"


def test_a_small_area_with_a_mark_stays() -> None:
    index, inside, painted = archipelago()
    painted[52, 12] = 0
    assert (without_islands(index, inside, painted, np.array([0])) == index).all()


def test_islands_of_other_colors_and_of_colors_without_any_mark_stay() -> None:
    index, inside, painted = archipelago()
    assert (without_islands(index, inside, painted, np.array([], np.int32)) == index).all()
    assert (without_islands(index, inside, np.full_like(index, 5), np.array([0])) == index).all()


def test_an_island_goes_to_the_nearest_color_of_its_part() -> None:
    index, inside, painted = archipelago()
    index[:, 36:] = 2
    index[20:23, 40:42] = 0
    inside[:, 43:] = False
    joined = without_islands(index, inside, painted, np.array([0]))
    assert (joined[20:23, 40:42] == 2).all()
    assert (joined[50:55, 10:20] == 1).all()
    assert (joined[:, 43:] == index[:, 43:]).all()
