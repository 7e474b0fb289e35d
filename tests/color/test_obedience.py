"""Hints settle the parts that their middles touch."""

from __future__ import annotations

import numpy as np

from irodori.color.hints import Hints, Stroke
from irodori.color.obedience import orders

RED, BLUE = (200, 30, 30), (30, 30, 200)


def halves() -> np.ndarray:
    parts = np.ones((40, 60), np.int32)
    parts[:, 30:] = 2
    return parts


def test_a_rim_that_laps_over_settles_nothing() -> None:
    given = orders(Hints().with_dab(27, 20, RED, 8), halves())
    assert given.part.tolist() == [1]
    assert given.color.tolist() == [0]


def test_a_stroke_settles_all_that_it_crosses() -> None:
    stroke = Stroke(((10.0, 20.0), (50.0, 20.0)), BLUE, 3)
    given = orders(Hints(strokes=(stroke,)), halves())
    assert given.part.tolist() == [1, 2]
    assert given.color.tolist() == [0, 0]


def test_two_colors_in_one_part_are_shared() -> None:
    hints = Hints().with_dab(5, 20, RED).with_dab(25, 20, BLUE).with_dab(50, 5, RED)
    given = orders(hints, halves())
    assert given.part.tolist() == [1, 2]
    assert given.color.tolist() == [-1, 0]
    assert given.colors == [RED, BLUE]
