"""Flat color maps: one color a region, none of the lines."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from irodori.collection.flats import flat_colors


def test_regions_get_their_colors_and_lines_vanish() -> None:
    flats = np.full((90, 140, 3), 255, np.uint8)
    cv2.circle(flats, (45, 45), 30, (200, 60, 50), -1)
    cv2.rectangle(flats, (80, 20), (125, 70), (60, 120, 210), -1)
    color, line = flats.copy(), np.zeros((90, 140), np.uint8)
    for each, ink in ((color, (0, 0, 0)), (line, 255)):
        cv2.circle(each, (45, 45), 30, ink, 3)
        cv2.rectangle(each, (80, 20), (125, 70), ink, 3)
    found = flat_colors(color, line.astype(np.float32) / 255)
    assert {tuple(each) for each in found.reshape(-1, 3)} == {
        (255, 255, 255),
        (200, 60, 50),
        (60, 120, 210),
    }
    off_seams = cv2.dilate(line, np.ones((3, 3))) == 0
    np.testing.assert_array_equal(found[off_seams], flats[off_seams])


def test_noise_and_shade_within_a_region_become_its_even_color() -> None:
    random = np.random.default_rng(0)
    color = np.clip(random.normal((180, 140, 90), 2, (60, 100, 3)), 0, 255).astype(np.uint8)
    ink = np.zeros((60, 100), np.float32)
    ink[:, 50] = 1
    found = flat_colors(color, ink)
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= 2
    assert np.abs(found.astype(int) - (180, 140, 90)).max() <= 2


def test_colors_that_touch_without_a_line_stay_apart() -> None:
    color = np.zeros((50, 80, 3), np.uint8)
    color[:, :30], color[:, 30:] = (250, 220, 40), (40, 90, 200)
    found = flat_colors(color, np.zeros((50, 80), np.float32))
    assert (found[:, :28] == (250, 220, 40)).all()
    assert (found[:, 32:] == (40, 90, 200)).all()


@settings(max_examples=30)
@given(
    color=arrays.arrays(
        np.uint8, st.tuples(st.integers(8, 40), st.integers(8, 40), st.just(3)), fill=st.just(90)
    ),
    lines=st.floats(0, 1),
)
def test_any_picture_has_a_flat_map_of_its_size(color: np.ndarray, lines: float) -> None:
    ink = (np.random.default_rng(0).random(color.shape[:2]) < lines).astype(np.float32)
    found = flat_colors(color, ink)
    assert found.shape == color.shape
    assert found.dtype == np.uint8
    for channel in range(3):
        assert color[..., channel].min() <= found[..., channel].min()
        assert found[..., channel].max() <= color[..., channel].max()
