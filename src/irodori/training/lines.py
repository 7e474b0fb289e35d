"""Line art drawn from a colour picture, for sources that keep no lines of their own.

Several extractors, since each draws other lines: a network that saw only one would need that
one's pen.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

RGB8 = NDArray[np.uint8]
Ink = NDArray[np.float32]


def difference_of_gaussians(
    picture: RGB8, *, sigma: float = 0.8, threshold: float = 5.0, gain: float = 25.0
) -> Ink:
    """Darker than the surroundings at the scale of a pen, the soft threshold of XDoG.

    Source: Winnemoeller, Kyprianidis, Olsen, "XDoG", Computers & Graphics 36(6), 2012; without
    its absolute level, which would fill dark colours with ink. `threshold` and `gain` in 255 grey
    levels.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    deeper = cv2.GaussianBlur(grey, (0, 0), sigma * 4) - cv2.GaussianBlur(grey, (0, 0), sigma)
    return np.asarray(np.clip((deeper - threshold) / gain, 0, 1), np.float32)


def adaptive_threshold(picture: RGB8, *, window: int = 9, offset: float = 5.0) -> Ink:
    """Darker than the mean of its window by more than `offset` of 255 grey levels."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 0.7)
    mean = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), window / 3)
    return np.asarray(np.clip((mean - grey - offset) / 12, 0, 1), np.float32)


def dark_strokes(picture: RGB8, *, width: int = 9) -> Ink:
    """Strokes thinner than `width` pixels and darker than both sides (a black top-hat)."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 0.5)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    hat = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, disc).astype(np.float32)
    return np.asarray(np.clip((hat - 14) / 70, 0, 1), np.float32)


def colour_edges(picture: RGB8, *, threshold: float = 14.0, width: float = 0.8) -> Ink:
    """Borders between colours: Lab changes by more than `threshold` over a pen's `width`."""
    smooth = cv2.GaussianBlur(cv2.bilateralFilter(picture, 5, 30, 3), (0, 0), width)
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    across = cv2.Sobel(lab, cv2.CV_32F, 1, 0) / 4
    down = cv2.Sobel(lab, cv2.CV_32F, 0, 1) / 4
    strength = np.sqrt((across**2 + down**2).sum(2))
    return np.asarray(np.clip((strength - threshold * 0.7) / threshold, 0, 1), np.float32)


def draw_lines(picture: RGB8, random: np.random.Generator) -> Ink:
    """One of the extractors, or two over each other, at random settings."""

    def one(kind: int) -> Ink:
        if kind == 0:
            return difference_of_gaussians(
                picture, sigma=random.uniform(0.6, 1.1), threshold=random.uniform(4, 10)
            )
        if kind == 1:
            return adaptive_threshold(
                picture, window=int(random.integers(7, 15)), offset=random.uniform(4, 9)
            )
        if kind == 2:
            return dark_strokes(picture, width=int(random.choice([7, 9, 13])))
        return colour_edges(
            picture, threshold=random.uniform(8, 16), width=random.uniform(0.6, 1.1)
        )

    first, second = random.choice(4, 2, replace=False, p=[0.2, 0.15, 0.3, 0.35])
    ink = one(int(first))
    if {int(first), int(second)} == {2, 3} or random.random() < 0.35:
        ink = np.maximum(ink, one(int(second)))
    specks = cv2.medianBlur((ink * 255).astype(np.uint8), 3)
    faint = cv2.blur(specks, (5, 5)) < 12
    return np.asarray(np.where(faint, 0, ink), np.float32)
