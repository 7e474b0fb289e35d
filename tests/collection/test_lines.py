"""Line art drawn from color pictures: where strokes are, how pens vary."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from irodori.collection.lines import WAYS, Pen, choose_pen, draw_lines, draw_with


def discs(height: int = 120, width: int = 170) -> tuple[np.ndarray, np.ndarray]:
    """A picture, uint8 (H, W, 3), and its true strokes, bool (H, W)."""
    color = np.full((height, width, 3), 245, np.uint8)
    strokes = np.zeros((height, width), np.uint8)
    for x, y, radius, paint in ((50, 60, 35, (220, 90, 80)), (115, 55, 30, (90, 160, 220))):
        cv2.circle(color, (x, y), radius, paint, -1)
        cv2.circle(color, (x, y), radius, (20, 20, 20), 2)
        cv2.circle(strokes, (x, y), radius, 1, 2)
    return color, strokes > 0


def agreement(ink: np.ndarray, strokes: np.ndarray) -> tuple[float, float]:
    """Precision and recall of strokes, 2 pixels allowed."""
    drawn = ink >= 0.5
    near_true, near_drawn = (
        cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= 2.5
        for mask in (strokes, drawn)
    )
    return float(near_true[drawn].mean()), float(near_drawn[strokes].mean())


@pytest.mark.parametrize("name", WAYS)
def test_each_way_finds_outlines_and_hardly_anything_else(name: str) -> None:
    color, strokes = discs()
    middle = {key: sum(span) / 2 for key, span in WAYS[name].ranges.items()}
    ink = draw_with(Pen({name: middle}), color)
    assert ink.dtype == np.float32
    assert ink.shape == strokes.shape
    assert 0 <= ink.min() <= ink.max() <= 1
    precision, recall = agreement(ink, strokes)
    assert precision > 0.9
    assert recall > 0.9


@pytest.mark.parametrize("name", WAYS)
def test_even_paper_has_no_lines(name: str) -> None:
    paper = np.full((70, 90, 3), (240, 225, 200), np.uint8)
    assert not draw_with(Pen({name: {}}), paper).any()


@pytest.mark.parametrize("name", WAYS)
def test_lines_of_a_larger_picture_are_the_same_lines(name: str) -> None:
    color, _ = discs(384, 512)
    large = cv2.resize(color, (1024, 768), interpolation=cv2.INTER_CUBIC)
    small, reduced = draw_with(Pen({name: {}}), color), draw_with(Pen({name: {}}), large)
    reduced = cv2.resize(reduced, (512, 384), interpolation=cv2.INTER_AREA)
    precision, recall = agreement(reduced, small >= 0.5)
    assert min(precision, recall) > 0.9


@settings(max_examples=25)
@given(
    picture=arrays.arrays(
        np.uint8, st.tuples(st.integers(8, 40), st.integers(8, 40), st.just(3)), fill=st.just(200)
    ),
    seed=st.integers(0, 2**32),
)
def test_any_picture_can_be_drawn_and_again_the_same(picture: np.ndarray, seed: int) -> None:
    ink = draw_lines(picture, np.random.default_rng(seed))
    assert ink.shape == picture.shape[:2]
    assert np.isfinite(ink).all()
    assert 0 <= ink.min() <= ink.max() <= 1
    np.testing.assert_array_equal(ink, draw_lines(picture, np.random.default_rng(seed)))


def test_pens_vary_in_all_that_they_can() -> None:
    random = np.random.default_rng(0)
    pens = [choose_pen(random) for _ in range(300)]
    assert {name for pen in pens for name in pen.settings} == set(WAYS)
    assert {len(pen.settings) for pen in pens} == {1, 2}
    assert min(pen.thickness for pen in pens) < -0.2 < 1 < max(pen.thickness for pen in pens)
    assert min(pen.strength for pen in pens) < 0.6 < 1 == max(pen.strength for pen in pens)
    assert any("network" in choose_pen(random, network=True).settings for _ in range(30))


def test_a_thicker_pen_covers_more_and_a_weaker_one_is_paler() -> None:
    color, _ = discs()
    covers = [
        draw_with(Pen({"dog": {}}, thickness=thickness), color).sum()
        for thickness in (-0.4, 0, 0.7, 1.5)
    ]
    assert covers == sorted(covers)
    assert covers[-1] > 1.4 * covers[1]
    assert draw_with(Pen({"dog": {}}, strength=0.5), color).max() == pytest.approx(0.5, abs=0.01)


def test_specks_are_left_out() -> None:
    color, _ = discs()
    color[10:13, 10:13] = 0
    assert not draw_with(Pen({"strokes": {}}), color)[5:18, 5:18].any()


def test_a_network_at_hand_draws_where_the_pen_says_so() -> None:
    color, _ = discs()
    ink = draw_with(Pen({"network": {}}), color, network=lambda picture: picture[..., 0] / 255.0)
    assert ink.mean() == pytest.approx((color[..., 0] / 255).mean(), abs=0.01)
