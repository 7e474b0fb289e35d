from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import cv2
import imagehash
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.fft import dctn

from irodori.collection.hashes import BITS, WINDOWS, structure, structure_hashes

figures = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("figures.py"))))

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def hashes(picture: np.ndarray) -> np.ndarray:
    return structure_hashes(structure(picture))


def distance(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.bitwise_count(one ^ other).sum())


def test_shape_and_bits() -> None:
    assert hashes(figures.figure(np.random.default_rng(0))).shape == (len(WINDOWS), BITS // 8)


def test_structure_has_lines_where_colors_change() -> None:
    picture = np.full((60, 192, 3), 255, np.uint8)
    picture[:, 100:] = (255, 0, 0)
    drawn = structure(picture)
    assert drawn[:, 99:101].min() == 1
    assert drawn[:, :98].max() == drawn[:, 102:].max() == 0


@given(seeds)
@settings(max_examples=20)
def test_the_bits_are_signs_of_the_lowest_frequencies(random: np.random.Generator) -> None:
    """The same as by SciPy's transform, wherever that isn't zero but for rounding."""
    drawn = structure(figures.figure(random, 240, 320))
    square = cv2.resize(drawn, (32, 32), interpolation=cv2.INTER_AREA)
    values = dctn(square.astype(np.float64), norm="ortho")
    low = [(r, c) for r in range(16) for c in range(16) if 0 < r + c < 16]
    low.sort(key=lambda cell: (sum(cell), abs(cell[0] - cell[1]), cell[0]))
    ours = np.unpackbits(structure_hashes(drawn)[0]).reshape(BITS // 8, 8)
    for place, cell in enumerate(low[:BITS]):
        if abs(values[cell]) > 1e-4:
            assert ours[place % (BITS // 8), place // (BITS // 8)] == (values[cell] > 0)


@given(seeds)
@settings(max_examples=25)
def test_storing_again_changes_few_bits(random: np.random.Generator) -> None:
    picture = figures.figure(random)
    again = figures.stored_again(picture, random)
    assert distance(hashes(picture)[0], hashes(again)[0]) <= 20
    # The field's hash of lightness agrees that these two are one.
    lightness = [imagehash.phash(Image.fromarray(each)) for each in (picture, again)]
    assert lightness[0] - lightness[1] <= 10


@given(seeds)
@settings(max_examples=25)
def test_recoloring_changes_few_bits(random: np.random.Generator) -> None:
    picture = figures.figure(random)
    assert distance(hashes(picture)[0], hashes(figures.recolored(picture, random))[0]) <= 24


@given(seeds)
@settings(max_examples=25)
def test_a_crop_meets_a_window(random: np.random.Generator) -> None:
    picture = figures.figure(random)
    windows, crop = hashes(picture), hashes(figures.cropped(picture, random))[0]
    assert min(distance(window, crop) for window in windows) <= 26


def test_other_pictures_are_far() -> None:
    pictures = [hashes(figures.figure(np.random.default_rng(seed)))[0] for seed in range(12)]
    far = [distance(one, other) for at, one in enumerate(pictures) for other in pictures[:at]]
    assert np.median(far) > 26
