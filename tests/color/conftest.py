"""Drawings made on the spot, for every test of this room."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

Sketch = Callable[..., np.ndarray]


@pytest.fixture(scope="session")
def sketch() -> Sketch:
    """`sketch(height, width)`: ink uint8 (H, W), 0 paper .. 255 ink.

    Rings, a slanted line and a solid patch of black, softly edged; no symmetry, so that a turned
    or mirrored one is another picture.
    """

    def draw(height: int, width: int) -> np.ndarray:
        big = Image.new("L", (width * 4, height * 4), 0)
        pen = ImageDraw.Draw(big)
        thick = max(6, min(height, width) // 12)
        right, bottom = width * 4 - 1, height * 4 - 1
        pen.ellipse((right // 8, bottom // 6, right * 3 // 5, bottom * 4 // 5), 0, 255, thick)
        pen.ellipse((right // 4, bottom // 3, right // 2, bottom * 3 // 5), 0, 255, thick)
        pen.line((right // 10, bottom * 9 // 10, right * 9 // 10, bottom // 8), 255, thick)
        pen.rectangle((right * 7 // 10, bottom * 3 // 5, right * 17 // 20, bottom * 17 // 20), 255)
        return np.asarray(big.resize((width, height), Image.Resampling.BOX))

    return draw
