"""One small Ray cluster for all tests that need one, and a collection to work on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from irodori.scale.cluster import cluster


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    """Connected to a cluster of two cores that ends with the module."""
    with cluster(cores=2):
        yield


def draw(number: int, width: int = 96, height: int = 64) -> Image.Image:
    """Two boxes of color with outlines on white; others for every number, never square."""
    random = np.random.default_rng(number)
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    for left in (4, width // 2):
        top = int(random.integers(3, height // 3))
        box = (left, top, left + int(random.integers(16, 40)), top + int(random.integers(16, 40)))
        pen.rectangle(box, fill=tuple(random.integers(60, 250, 3).tolist()), outline=0, width=2)
    return picture


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of 60 pictures, one of them damaged."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(60):
        draw(number).save(folder / f"{number:02d}.png")
    (folder / "17.png").write_bytes((folder / "17.png").read_bytes()[:90])
    return folder


@pytest.fixture
def contents() -> Callable[[Path], dict[str, str]]:
    """The digest of every file in a folder, by name."""

    def read(folder: Path) -> dict[str, str]:
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return read
