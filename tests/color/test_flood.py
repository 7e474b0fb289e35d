"""Poured colors: where lines leave a gap two floods meet, and a closed line holds one back."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.segmentation import watershed

from irodori.color.conditions import Grid, flowing_colors, hint_channels
from irodori.color.flood import LONGEST, Relief
from irodori.color.hints import Hints
from irodori.measure.rivals import line_height

RED, BLUE = (200, 30, 30), (30, 30, 200)


def two_rooms(gap: int, height: int = 90, width: int = 140) -> np.ndarray:
    """A wall at column 60, with a door of `gap` pixels in its middle."""
    ink = np.zeros((height, width), np.float32)
    ink[:, 59:61] = 1
    ink[height // 2 - gap // 2 : height // 2 - gap // 2 + gap, 59:61] = 0
    return ink


def marked(shape: tuple[int, ...], *places: tuple[int, int]) -> np.ndarray:
    marks = np.zeros(shape, np.int32)
    for number, place in enumerate(places, start=1):
        marks[place] = number
    return marks


def test_two_floods_meet_in_the_door_however_near_it_one_begins() -> None:
    ink = two_rooms(gap=14)
    flooded = Relief(ink).flood(marked(ink.shape, (45, 55), (10, 130)))
    assert (flooded[:, :56] == 1).all()
    assert (flooded[:, 66:] == 2).all()


def test_one_flood_fills_everything_through_lines() -> None:
    ink = two_rooms(gap=0)
    assert (Relief(ink).flood(marked(ink.shape, (5, 5))) == 1).all()


def test_nothing_poured_floods_nothing() -> None:
    ink = two_rooms(gap=6)
    assert not Relief(ink).flood(marked(ink.shape)).any()


def test_a_page_without_lines_is_shared_by_distance() -> None:
    flooded = Relief(np.zeros((40, 61), np.float32)).flood(marked((40, 61), (20, 10), (20, 50)))
    assert (flooded[:, :27] == 1).all()
    assert (flooded[:, 34:] == 2).all()


def test_a_page_of_ink_is_flooded_too() -> None:
    flooded = Relief(np.ones((30, 20), np.float32)).flood(marked((30, 20), (4, 4), (25, 15)))
    assert set(np.unique(flooded)) == {1, 2}


def test_large_drawings_are_looked_at_small() -> None:
    assert Relief(np.zeros((900, 1300), np.float32)).ink.shape == (177, LONGEST)


def circles(seed: int) -> tuple[np.ndarray, np.random.Generator]:
    random = np.random.default_rng(seed)
    ink = np.zeros((120, 170), np.float32)
    for _ in range(4):
        center = int(random.integers(20, 150)), int(random.integers(20, 100))
        cv2.circle(ink, center, int(random.integers(12, 50)), 1.0, 2)
    return ink, random


def test_it_agrees_with_the_watershed_of_another_library() -> None:
    """Ours tells depth apart in steps, and so shares wide open paper otherwise."""
    alike = []
    for seed in range(24):
        ink, random = circles(seed)
        paper = np.argwhere(ink == 0)
        places = paper[random.permutation(len(paper))[:8]]
        marks = marked(ink.shape, *map(tuple, places))
        alike.append((Relief(ink).flood(marks) == watershed(line_height(ink), marks)).mean())
    assert np.mean(alike) > 0.7


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 16), st.integers(1, 6))
def test_what_lines_enclose_with_one_mark_is_its_own(seed: int, count: int) -> None:
    ink, random = circles(seed)
    _, closed = cv2.connectedComponents((ink == 0).astype(np.uint8), connectivity=4)
    paper = np.argwhere(ink == 0)
    marks = marked(ink.shape, *map(tuple, paper[random.permutation(len(paper))[:count]]))
    flooded = Relief(ink).flood(marks)
    assert (flooded > 0).all()
    assert (flooded[marks > 0] == marks[marks > 0]).all()
    for component in range(1, closed.max() + 1):
        inside = closed == component
        there = np.unique(marks[inside & (marks > 0)])
        if len(there) == 1 and inside.sum() > 400:  # narrows of a pixel or two count as closed
            assert (flooded[inside] == there[0]).mean() > 0.9


def grid_of(ink: np.ndarray) -> Grid:
    rows, columns = ink.shape[0] // 4, ink.shape[1] // 4
    parts = np.ones((rows, columns), np.int32)
    coarse = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA)
    return Grid(parts, np.array([0, 1], np.int32), coarse, ink.shape, Relief(ink))


def test_cells_have_the_color_that_floods_them() -> None:
    grid = grid_of(two_rooms(gap=8, height=88, width=140))
    hints = Hints().with_dab(20, 40, RED, 6).with_dab(120, 40, BLUE, 6)
    colors = np.rint(flowing_colors(hints, grid) * 255)
    assert (colors[:, :, :14] == np.array(RED)[:, None, None]).all()
    assert (colors[:, :, 16:] == np.array(BLUE)[:, None, None]).all()


def test_a_rim_over_a_line_pours_nothing_beyond_it() -> None:
    grid = grid_of(two_rooms(gap=0, height=88, width=140))
    hints = Hints().with_dab(55, 40, RED, 10).with_dab(120, 40, BLUE, 6)
    colors = np.rint(flowing_colors(hints, grid) * 255)
    assert (colors[:, :, 16:] == np.array(BLUE)[:, None, None]).all()


def test_channels_hold_the_colors_times_their_nearness() -> None:
    grid = grid_of(two_rooms(gap=8, height=88, width=140))
    channels = hint_channels(Hints().with_dab(20, 40, RED, 6), grid)
    assert channels.shape == (8, 22, 35)
    assert np.allclose(channels[7], 1)
    assert np.allclose(channels[4:7], np.array(RED)[:, None, None] / 255)
