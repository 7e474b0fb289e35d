"""A small collection, and pictures to put into one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irodori.collection.store import Collection


def picture(seed: int, width: int = 48, height: int = 36) -> Image.Image:
    """A colored rectangle and lines on white; another for every seed, never square."""
    random = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), 255, np.uint8)
    top, left = int(random.integers(2, height // 2)), int(random.integers(2, width // 2))
    pixels[top : top + height // 3, left : left + width // 3] = random.integers(0, 256, 3)
    pixels[top, left : left + width // 3] = 0
    return Image.fromarray(pixels)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of 12 pictures in two sub-folders; those under `cats` have true line art."""
    folder = tmp_path / "pictures"
    for number in range(12):
        place = folder / ("cats" if number % 2 else "dogs")
        place.mkdir(parents=True, exist_ok=True)
        image = picture(number)
        if number % 2:
            image.save(place / f"{number:02d}.color.png")
            image.convert("L").point(lambda level: 0 if level < 40 else 255).save(
                place / f"{number:02d}.line.png"
            )
        else:
            image.save(place / f"{number:02d}.webp", lossless=True)
    return folder


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """Three rows without files: a, b and c."""
    made = Collection.create(tmp_path / "collection")
    made.add({"id": name, "path": f"x/{name}.png", "width": 10 + i} for i, name in enumerate("cab"))
    return made
