from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.collection.hashes import WINDOWS, structure, structure_hashes
from irodori.collection.second_look import Likeness, compare, look_at
from irodori.collection.thresholds import Thresholds

LIMITS = Thresholds()

figures = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("figures.py"))))

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def seen(whole: np.ndarray, part: np.ndarray) -> Likeness:
    """Compared at the window that the hashes name."""
    windows, own = (structure_hashes(structure(each)) for each in (whole, part))
    window = int(np.bitwise_count(windows ^ own[0]).sum(1).argmin())
    return compare(look_at(whole), look_at(part), window)


@given(seeds)
@settings(max_examples=15)
def test_stored_again(random: np.random.Generator) -> None:
    picture = figures.figure(random)
    likeness = seen(picture, figures.stored_again(picture, random))
    assert likeness.lines > LIMITS.duplicate_lines
    assert likeness.other < LIMITS.recolored_share


@given(seeds)
@settings(max_examples=15)
def test_cropped(random: np.random.Generator) -> None:
    picture = figures.figure(random)
    likeness = seen(picture, figures.cropped(picture, random))
    assert likeness.lines > LIMITS.duplicate_lines
    assert likeness.other < LIMITS.recolored_share


@given(seeds)
@settings(max_examples=15)
def test_recolored(random: np.random.Generator) -> None:
    picture = figures.figure(random)
    likeness = seen(picture, figures.recolored(picture, random))
    assert likeness.lines > LIMITS.recolored_lines
    assert likeness.other > 0.5


def test_another_mouth_is_another_picture() -> None:
    picture = figures.figure(np.random.default_rng(5))
    other = picture.copy()
    height, width = picture.shape[:2]
    center = (width // 2, int(height * 0.4))
    cv2.circle(other, center, width // 20, (20, 20, 20), -1)
    assert seen(picture, other).lines < LIMITS.recolored_lines


def test_a_part_in_another_color_is_told() -> None:
    picture = np.full((300, 200, 3), 255, np.uint8)
    for top, color in ((40, (200, 60, 60)), (160, (60, 90, 200))):
        picture[top : top + 100, 40:160] = 0
        picture[top + 4 : top + 96, 44:156] = color
    variant = picture.copy()
    variant[44:136, 44:156] = (70, 190, 80)
    likeness = seen(picture, variant)
    assert likeness.lines > LIMITS.recolored_lines
    assert likeness.same == pytest.approx(0.5, abs=0.08)
    assert likeness.other == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("window", range(len(WINDOWS)))
def test_each_window_is_where_it_says(window: int) -> None:
    picture = figures.figure(np.random.default_rng(8), 400, 300)
    left, top, right, bottom = WINDOWS[window]
    part = picture[round(top * 300) : round(bottom * 300), round(left * 400) : round(right * 400)]
    assert compare(look_at(picture), look_at(np.ascontiguousarray(part)), window).lines > 0.97


def test_strangers_are_not_laid_over_each_other() -> None:
    one, other = (figures.figure(np.random.default_rng(seed)) for seed in (1, 2))
    assert compare(look_at(one), look_at(other), 0) == Likeness(0.0, 0.0, 0.0)
