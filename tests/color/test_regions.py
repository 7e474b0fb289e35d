"""Regions: every pixel belongs to one, ink bounds them, gaps are bridged, thin parts stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.color.regions import Regions, find_regions


def drawing(height: int = 120, width: int = 200) -> np.ndarray:
    return np.zeros((height, width), np.float32)


def room(gap: int = 0) -> np.ndarray:
    """A box in the middle of a page, with a gap of so many pixels in its upper side."""
    ink = drawing()
    cv2.rectangle(ink, (60, 30), (140, 90), 1.0, 2)
    if gap:
        ink[25:36, 100 : 100 + gap] = 0
    return ink


def same_region(regions: Regions, a: tuple[int, int], b: tuple[int, int]) -> bool:
    labels = regions.labels()
    return bool(labels[a] == labels[b])


INSIDE, OUTSIDE = (60, 100), (10, 10)


def test_a_closed_line_parts_inside_from_outside() -> None:
    assert not same_region(find_regions(room()), INSIDE, OUTSIDE)


def test_a_small_gap_is_bridged() -> None:
    assert not same_region(find_regions(room(gap=2)), INSIDE, OUTSIDE)


def test_a_wide_gap_joins_the_region_but_not_its_parts() -> None:
    regions = find_regions(room(gap=7))
    assert same_region(regions, INSIDE, OUTSIDE)
    assert regions.parts[INSIDE] != regions.parts[OUTSIDE]


def test_no_pixel_inside_takes_the_label_of_the_outside() -> None:
    regions = find_regions(room())
    inside = regions.labels()[33:88, 63:138]
    assert (inside == regions.labels()[INSIDE]).all()


def test_a_line_is_shared_in_the_middle() -> None:
    ink = drawing()
    ink[:, 96:104] = 1
    labels = find_regions(ink).labels()
    border = np.flatnonzero(np.diff(labels[60]))
    assert len(border) == 1
    assert 97 <= border[0] <= 102


def test_a_corridor_of_two_pixels_is_a_region_of_its_own() -> None:
    ink = drawing()
    ink[:, 80:84] = 1
    ink[:, 86:90] = 1
    labels = find_regions(ink).labels()
    assert len({int(labels[60, x]) for x in (20, 84, 150)}) == 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 2), (40, 300)])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_page_of_one_tone_is_one_region(shape: tuple[int, int], level: float) -> None:
    regions = find_regions(np.full(shape, level, np.float32))
    assert regions.count == 1
    assert (regions.parts == 1).all()


@settings(deadline=None, max_examples=40)
@given(
    st.integers(20, 90),
    st.integers(20, 90),
    st.lists(st.tuples(*[st.integers(0, 89)] * 4), max_size=8),
    st.integers(1, 4),
)
def test_every_pixel_has_a_part_and_every_part_a_region(
    height: int, width: int, lines: list[tuple[int, int, int, int]], thickness: int
) -> None:
    ink = drawing(height, width)
    for x1, y1, x2, y2 in lines:
        cv2.line(ink, (x1, y1), (x2, y2), 1.0, thickness)
    regions = find_regions(ink)
    assert regions.parts.shape == ink.shape
    assert set(np.unique(regions.parts)) == set(range(1, regions.count + 1))
    assert regions.region_of[0] == 0
    assert (regions.region_of[1:] >= 1).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 3))
def test_turning_the_page_turns_the_regions(quarter_turns: int) -> None:
    ink = room(gap=3)
    ink[30:90, 98:100] = 1
    upright = find_regions(ink)
    turned = find_regions(np.ascontiguousarray(np.rot90(ink, quarter_turns)))
    assert turned.count == upright.count
    assert len(set(turned.region_of)) == len(set(upright.region_of))
