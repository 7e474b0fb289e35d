from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.collection.synth import curves

numbers = st.floats(-100, 100)


@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=6, unique=True), st.booleans())
def test_a_spline_goes_through_its_points(points: list[tuple[float, float]], closed: bool) -> None:
    line = curves.spline(points, closed=closed)
    for point in points:
        assert np.hypot(*(line - point).T).min() < 1e-6


def test_an_ellipse_is_as_wide_as_it_says_and_an_arc_has_its_ends() -> None:
    ring = curves.ellipse((5, -3), (20, 10), steps=400)
    assert np.allclose(np.ptp(ring, axis=0), (40, 20), atol=0.01)
    arc = curves.ellipse((0, 0), (2, 2), 90, 180)
    assert np.allclose(arc[0], (0, 2))
    assert np.allclose(arc[-1], (-2, 0))


@given(st.floats(-360, 360), numbers, numbers)
def test_turning_keeps_distances_and_turns_back(angle: float, x: float, y: float) -> None:
    there = curves.turned(curves.path((x, y), (0, 7)), angle, (3, 1))
    assert np.allclose(curves.turned(there, -angle, (3, 1)), [(x, y), (0, 7)], atol=1e-6)


def test_turning_is_clockwise_as_seen() -> None:
    assert np.allclose(curves.turned(curves.path((1, 0)), 90), [(0, 1)], atol=1e-9)


@given(st.floats(0.5, 20))
def test_even_points_are_a_step_apart(step: float) -> None:
    line = curves.path((0, 0), (30, 0), (30, 40))
    found = curves.even(line, step)
    gaps = np.hypot(*np.diff(found, axis=0).T)
    assert gaps.max() <= step * 1.5 + 1e-6
    assert np.allclose(found[[0, -1]], line[[0, -1]])


def test_union_covers_both_shapes_and_hides_the_seam() -> None:
    first, second = curves.box(0, 0, 40, 20), curves.box(20, 10, 60, 50)
    outline = curves.union([first, second])
    area = cv2.contourArea(outline.astype(np.float32))
    assert abs(area - (40 * 20 + 40 * 40 - 20 * 10)) < 60  # the corners are rounded
    line = outline.astype(np.float32)
    assert [cv2.pointPolygonTest(line, at, False) for at in ((5, 5), (50, 45))] == [1, 1]


@settings(max_examples=20)
@given(st.floats(4, 12), st.floats(-60, 60))
def test_a_limb_holds_its_joints(radius: float, bend: float) -> None:
    joints = curves.path((0, 0), (bend, 60), (0, 110))
    outline = curves.limb(joints, [radius, radius, radius]).astype(np.float32)
    depth = [cv2.pointPolygonTest(outline, tuple(map(float, joint)), True) for joint in joints]
    assert min(depth) > radius * 0.8
