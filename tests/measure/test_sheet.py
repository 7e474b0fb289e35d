"""Hints drawn on the lines."""

from __future__ import annotations

import numpy as np

from irodori.color.hints import Dab, Hints
from irodori.measure.sheet import draw_hints


def test_hints_are_drawn_where_they_are() -> None:
    shown = draw_hints(np.zeros((40, 90), np.float32), Hints((Dab(60.5, 20.5, (0, 0, 255)),)))
    assert shown.shape == (40, 90, 3)
    assert shown[20, 60].tolist() == [0, 0, 255]
    assert shown[20, 5].tolist() == [255, 255, 255]
