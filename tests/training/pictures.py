"""A small collection that anybody can draw: discs and boxes of color with black outlines."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

RGB8 = NDArray[np.uint8]

COLORS = [(214, 60, 50), (60, 120, 210), (70, 170, 80), (240, 200, 60), (150, 80, 170)]


def picture(seed: int, height: int = 72, width: int = 96) -> tuple[RGB8, RGB8]:
    """RGB uint8 (height, width, 3) and its true line art uint8 (height, width).

    What is large is a disc of one color, what is small a box of another, so that even without
    hints there is something to learn.
    """
    random = np.random.default_rng(seed)
    color = np.full((height, width, 3), 255, np.uint8)
    line = np.full((height, width), 255, np.uint8)
    for kind in (0, 1, 1):
        x, y = int(random.integers(20, width - 20)), int(random.integers(16, height - 16))
        fill = COLORS[
            int(
                random.choice(5, p=[0.6, 0.1, 0.1, 0.1, 0.1])
                if kind == 0
                else random.integers(1, 5)
            )
        ]
        reach = 18 if kind == 0 else 9
        for canvas, inside, pen in ((color, fill, (0, 0, 0)), (line, 255, 0)):
            if kind == 0:
                cv2.circle(canvas, (x, y), reach, inside, -1)
                cv2.circle(canvas, (x, y), reach, pen, 2)
            else:
                corners = (x - reach, y - reach), (x + reach, y + reach)
                cv2.rectangle(canvas, *corners, inside, -1)
                cv2.rectangle(canvas, *corners, pen, 2)
    return color, line


def draw_folder(folder: Path, count: int = 40, *, first: int = 0) -> Path:
    """A folder of `count` pairs ID.color.webp and ID.line.webp."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        height, width = ((72, 96), (96, 72), (80, 80))[seed % 3]
        color, line = picture(seed, height, width)
        Image.fromarray(color).save(folder / f"d{seed}.color.webp", lossless=True)
        Image.fromarray(line).save(folder / f"d{seed}.line.webp", lossless=True)
    return folder
