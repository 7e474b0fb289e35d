"""Pairs as training reads them, at one size, kept ready so that only the first epoch waits.

Decoding a picture and finding its regions takes longer than a small network needs to learn from it.
What does not change from epoch to epoch is worked out once and kept, a file for each drawing.
"""

from __future__ import annotations

import hashlib
import io
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irodori.collection.entries import Entry, Place
from irodori.color.propagation import parts_on_grid
from irodori.color.regions import find_regions
from irodori.storage.places import read_range, remote
from irodori.training.errors import TrainingError

STRIDE = 4
"""Ink pixels per cell of the grid on which hints are given."""

Arrays = dict[str, NDArray[Any]]


class Drawings:
    """The drawings of `entries`, long side `size` pixels; `cache`: a folder, made when needed.

    Picklable, so that loader workers have it.
    """

    def __init__(self, entries: list[Entry], size: int, cache: Path) -> None:
        self.entries, self.size, self.cache = entries, size, cache / str(size)
        self._aspects: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def aspect(self, index: int) -> float:
        """Width over height, read from the file's header."""
        if index not in self._aspects:
            place = self.entries[index].color
            most = 65536 if place.size < 0 else min(place.size, 65536)
            head = read_range(place.path, place.start, most)
            try:
                width, height = Image.open(io.BytesIO(head)).size
            except OSError:
                width = height = 1  # a header that comes late in the file: any place will do
            self._aspects[index] = width / height
        return self._aspects[index]

    def read(self, index: int, variant: int = 0) -> Arrays:
        """One drawing of entry `index`; `variant` picks among its line arts, modulo their number.

        ink uint8 (H, W), 255 is ink, H and W multiples of 4; color uint8 (H, W, 3); parts uint16
        (h, w), numbers of the drawing's parts on the grid; region_of int32 (count + 1,).
        """
        entry = self.entries[index]
        line = entry.lines[variant % len(entry.lines)]
        path = self.cache / f"{_fingerprint(entry.color, line)}.npz"
        try:
            with np.load(path) as kept:
                return dict(kept)
        except FileNotFoundError:
            arrays = prepare(_decode(entry.color, "RGB", entry.id), _ink(line, entry.id), self.size)
            self.cache.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.{os.getpid()}")
            try:
                with beside.open("wb") as file:
                    np.savez(file, allow_pickle=False, **arrays)
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
            return arrays


def prepare(color: NDArray[np.uint8], ink: NDArray[np.float32], size: int) -> Arrays:
    """What `Drawings.read` returns, of a picture uint8 (H, W, 3) and its ink float32 (H, W)."""
    scale = size / max(ink.shape)
    height = max(8, round(ink.shape[0] * scale / STRIDE)) * STRIDE
    width = max(8, round(ink.shape[1] * scale / STRIDE)) * STRIDE
    ink = np.asarray(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    picture = cv2.resize(color, (width, height), interpolation=cv2.INTER_AREA)
    regions = find_regions(ink)
    return {
        "ink": np.round(ink * 255).astype(np.uint8),
        "color": np.asarray(picture, np.uint8),
        "parts": parts_on_grid(regions.parts, height // STRIDE, width // STRIDE).astype(np.uint16),
        "region_of": regions.region_of.astype(np.int32),
    }


def _decode(place: Place, mode: str, name: str) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(place.read())) as image:
            picture = np.asarray(image if image.mode == "F" else image.convert(mode))
    except (OSError, ValueError, SyntaxError) as error:
        raise TrainingError(
            f"{name}: cannot be read ({error}); run irodori data clean, or take it out"
        ) from None
    if not np.isfinite(picture).all():
        raise TrainingError(f"{name}: holds values that are no numbers; take it out")
    return np.asarray(picture, np.uint8)


def _ink(place: Place, name: str) -> NDArray[np.float32]:
    return np.asarray(1 - _decode(place, "L", name).astype(np.float32) / 255, np.float32)


def _fingerprint(*places: Place) -> str:
    """Of where the files lie and when they were changed."""
    facts = [f"{_version(place.path)}:{place.start}:{place.size}" for place in places]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:24]


def _version(path: Path) -> str:
    return _remote_version(path) if remote(path) else f"{path.resolve()}:{path.stat().st_mtime_ns}"


@lru_cache(maxsize=1 << 16)
def _remote_version(path: Path) -> str:
    """Asked for once: it costs a request, and shards hold a thousand drawings."""
    return f"{path}:{path.stat()}"
