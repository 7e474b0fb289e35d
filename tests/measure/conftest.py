"""A small drawing of which everything is known."""

from __future__ import annotations

import numpy as np
import pytest

from irodori.measure.truth import Truth


@pytest.fixture(scope="module")
def halves() -> Truth:
    """48 x 80: red on the left, blue on the right, a line of 4 pixels between (columns 38..41)."""
    color = np.empty((48, 80, 3), np.uint8)
    color[:, :40], color[:, 40:] = (200, 40, 40), (40, 60, 190)
    ink = np.zeros((48, 80), np.float32)
    ink[:, 38:42] = 1
    color[ink == 1] = 0
    return Truth(color, ink)
