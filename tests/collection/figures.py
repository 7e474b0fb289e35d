"""Figures put together from few parts, legitimately alike, and faults to plant among them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Random = np.random.Generator
Color = tuple[int, ...]
Shape = Callable[[object, Color], None]
Oval = Callable[[float, float, float, float, Color], None]

INK = (25, 20, 25)


def figure(random: Random, width: int = 300, height: int = 400) -> Picture:
    """A character in colors on white, uint8 (H, W, 3): parts from a small set, lines around all."""
    picture = np.full((height, width, 3), 255, np.uint8)
    skin, hair, cloth, other = (
        tuple(int(level) for level in random.integers(60, 245, 3)) for _ in range(4)
    )

    def shape(points: object, color: tuple[int, ...]) -> None:
        corners = (np.array(points, np.float64) * (width, height)).astype(np.int32)
        cv2.fillPoly(picture, [corners], color, cv2.LINE_AA)
        cv2.polylines(picture, [corners], True, INK, 3, cv2.LINE_AA)

    def oval(x: float, y: float, w: float, h: float, color: tuple[int, ...]) -> None:
        center, axes = (int(x * width), int(y * height)), (int(w * width), int(h * height))
        cv2.ellipse(picture, center, axes, 0, 0, 360, color, -1, cv2.LINE_AA)
        cv2.ellipse(picture, center, axes, 0, 0, 360, INK, 3, cv2.LINE_AA)

    _body(int(random.integers(5)), shape, cloth, other)
    oval(0.5, 0.32, 0.19, 0.17, skin)
    _hair(int(random.integers(6)), shape, oval, hair)
    _face(int(random.integers(4)), int(random.integers(4)), oval, shape)
    for _ in range(int(random.integers(4, 8))):  # things around, each figure's own
        x, y = random.uniform(0.05, 0.95), random.uniform(0.05, 0.95)
        size = random.uniform(0.03, 0.09)
        if random.random() < 0.5:
            oval(x, y, size, size * random.uniform(0.4, 1), other)
        else:
            turn = random.uniform(0, 6.3, 3)
            shape(np.stack([x + size * np.cos(turn), y + size * np.sin(turn)], 1), cloth)
    return picture


def _body(kind: int, shape: Shape, cloth: Color, other: Color) -> None:
    wide = (0.2, 0.28, 0.34, 0.24, 0.3)[kind]
    shape([(0.5 - wide, 0.97), (0.42, 0.5), (0.58, 0.5), (0.5 + wide, 0.97)], cloth)
    if kind in (1, 3):
        shape([(0.45, 0.52), (0.55, 0.52), (0.53, 0.9), (0.47, 0.9)], other)
    if kind in (2, 3, 4):
        shape([(0.3, 0.62), (0.7, 0.62), (0.72, 0.7), (0.28, 0.7)], other)


def _hair(kind: int, shape: Shape, oval: Oval, hair: Color) -> None:
    if kind < 2:
        shape([(0.3, 0.3), (0.33, 0.12), (0.5, 0.07), (0.67, 0.12), (0.7, 0.3), (0.5, 0.2)], hair)
    if kind == 1 or kind == 2:
        shape([(0.28, 0.55), (0.3, 0.15), (0.42, 0.14), (0.36, 0.55)], hair)
        shape([(0.72, 0.55), (0.7, 0.15), (0.58, 0.14), (0.64, 0.55)], hair)
    if kind == 3:
        oval(0.5, 0.13, 0.2, 0.07, hair)
    if kind == 4:
        shape([(0.3, 0.2), (0.4, 0.02), (0.45, 0.14), (0.55, 0.01), (0.6, 0.15), (0.7, 0.2)], hair)
    if kind == 5:
        shape(
            [(0.22, 0.19), (0.35, 0.17), (0.38, 0.04), (0.62, 0.04), (0.65, 0.17), (0.8, 0.2)], hair
        )


def _face(eyes: int, mouth: int, oval: Oval, shape: Shape) -> None:
    for x in (0.43, 0.57):
        oval(x, 0.31, *((0.02, 0.03), (0.035, 0.012), (0.035, 0.035), (0.015, 0.015))[eyes], INK)
    if mouth < 2:
        oval(0.5, 0.41, (0.06, 0.03)[mouth], (0.01, 0.03)[mouth], (190, 60, 60))
    else:
        tip = 0.44 if mouth == 2 else 0.38
        shape([(0.44, 0.41), (0.56, 0.41), (0.5, tip)], (190, 60, 60))


def stored_again(picture: Picture, random: Random) -> Picture:
    """As JPEG or WebP of some quality, at another size."""
    scale = random.uniform(0.5, 1.3)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return _stored(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=way), random)


def cropped(picture: Picture, random: Random) -> Picture:
    """Without a tenth of its width, its height, or both, anywhere; stored again."""
    height, width = picture.shape[:2]
    cut_x, cut_y = ((0.1, 0), (0, 0.1), (0.1, 0.1))[int(random.integers(3))]
    left, top = random.uniform(0, cut_x), random.uniform(0, cut_y)
    part = picture[
        round(top * height) : round((top + 1 - cut_y) * height),
        round(left * width) : round((left + 1 - cut_x) * width),
    ]
    return _stored(np.ascontiguousarray(part), random)


def recolored(picture: Picture, random: Random) -> Picture:
    """All hues shifted, or the channels exchanged; the lines stay."""
    if random.random() < 0.3:
        return np.ascontiguousarray(picture[..., [(1, 2, 0), (2, 0, 1)][int(random.integers(2))]])
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + int(random.integers(25, 155))) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def _stored(picture: Picture, random: Random) -> Picture:
    kind, flag = ((".jpg", cv2.IMWRITE_JPEG_QUALITY), (".webp", cv2.IMWRITE_WEBP_QUALITY))[
        int(random.integers(2))
    ]
    coded = cv2.imencode(kind, picture[..., ::-1], [flag, int(random.integers(45, 95))])[1]
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


def blank(random: Random) -> Picture:
    """One color, sometimes with a scanner's noise."""
    height, width = random.integers(150, 500, 2)
    color = random.integers(0, 256, 3) if random.random() < 0.5 else np.full(3, 255)
    noise = random.normal(0, 3, (height, width, 3)) * (random.random() < 0.4)
    return np.clip(color + noise, 0, 255).astype(np.uint8)


def save(path: Path, picture: Picture) -> Path:
    """Writes an RGB picture by the suffix of its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, picture[..., ::-1])[1].tobytes())
    return path


def cut_off(path: Path, share: float) -> None:
    """Keeps only this share of a file's bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
