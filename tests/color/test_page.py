"""Who sees most of the page's edge says what color the page has."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.page import Page, outlook


def ring(height: int = 60, width: int = 90, gap: int = 0) -> np.ndarray:
    """Ink of an outline around the middle, with a gap at its right side."""
    ink = np.zeros((height, width), np.float32)
    ink[10:50, 20:70] = 1
    ink[13:47, 23:67] = 0
    middle = height // 2
    ink[middle - gap : middle + gap, 60:75] = 0
    return ink


@given(st.integers(0, 59), st.integers(0, 89))
def test_all_of_an_empty_page_is_seen_from_everywhere(row: int, column: int) -> None:
    assert outlook(np.zeros((60, 90), np.float32), np.array([[row, column]])) == 1


def test_nothing_is_seen_from_inside_a_closed_figure_little_through_a_gap() -> None:
    inside = np.array([[30, 40]])
    assert outlook(ring(), inside) == 0
    assert 0 < outlook(ring(gap=6), inside) < 0.2
    assert outlook(ring(), np.array([[5, 5]])) > 0.5


@given(st.integers(0, 59), st.integers(0, 89))
def test_a_mirrored_drawing_is_seen_as_well(row: int, column: int) -> None:
    ink = ring(gap=5)
    mirrored = np.array([[row, 89 - column]])
    assert outlook(ink, np.array([[row, column]])) == outlook(ink[:, ::-1], mirrored)


def test_the_best_place_counts_and_no_place_sees_nothing() -> None:
    ink = ring(gap=5)
    inside, outside = [30, 40], [3, 3]
    assert outlook(ink, np.array([inside, outside])) == outlook(ink, np.array([outside]))
    assert outlook(ink, np.zeros((0, 2), np.intp)) == 0


def test_a_page_knows_who_sees_it() -> None:
    """Its pixels may be coarser than the drawing's."""
    ink = ring(gap=5)
    places = np.array([[30, 40], [3, 3], [5, 85]])
    colors, parts, white = np.array([0, 1, 0]), np.array([1, 1, 2]), np.zeros(2, np.bool_)
    page = Page(ink, places, colors, white, parts, scale=0.5)
    assert page.seen_by(1, np.array([0])) == outlook(ink, np.array([[30, 40]]))
    assert page.seen_by(1, np.array([0, 1])) == outlook(ink, np.array([[3, 3]]))
    assert page.seen_by(2, np.array([1])) == 0, "it was not painted there"
    area = np.zeros((10, 20), np.bool_)
    area[4, 6] = True
    seen = page.seen_from(area, (slice(2, 12), slice(4, 24)))
    assert seen == outlook(ink, np.array([[3, 5]]))


def painted(*marks: tuple[int, int, int], white: tuple[bool, ...]) -> Page:
    """Marks at (row, column) of a color, all on part 1 of a drawing of an open ring."""
    at = np.array(marks)
    ones = np.ones(len(marks), np.int32)
    return Page(ring(gap=5), at[:, :2], at[:, 2].astype(np.int32), np.array(white), ones, 1.0)


INSIDE, BESIDE, CORNER = (30, 40), (30, 85), (4, 4)


def test_white_that_sees_as_much_as_any_is_meant_for_the_page() -> None:
    page = painted((*INSIDE, 0), (*CORNER, 1), white=(False, True))
    assert page.painted_on(1, np.array([0, 1])).tolist() == [False, True]
    page = painted((*CORNER, 0), (*CORNER, 1), white=(False, True))
    assert page.painted_on(1, np.array([0, 1])).tolist() == [False, True]


def test_a_color_is_meant_for_the_page_if_the_others_see_far_less() -> None:
    page = painted((*INSIDE, 0), (*CORNER, 1), (*BESIDE, 2), white=(True, False, False))
    assert page.painted_on(1, np.array([0, 1])).tolist() == [False, True]
    assert page.painted_on(1, np.array([0, 1, 2])).tolist() == [False, True, True]


def test_who_sees_about_as_much_leaves_it_open() -> None:
    page = painted((*CORNER, 0), (*BESIDE, 1), white=(False, False))
    assert page.painted_on(1, np.array([0, 1])) is None
    page = painted((*CORNER, 0), (30, 10, 1), white=(False, False))
    assert page.painted_on(1, np.array([0, 1])) is None, "it sees less, but not by far"
    assert page.painted_on(1, np.array([0])) is None, "a color alone says nothing of a figure"
