"""Errors, against scikit-image, and laws that any measure of its kind must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from irodori.measure.errors import (
    PSNR_CEILING,
    ciede2000,
    color_difference,
    colorfulness,
    mean_error,
    psnr,
    ssim,
    to_lab,
)


@st.composite
def pictures(draw: st.DrawFn) -> np.ndarray:
    """Noise over the whole range or a narrow one, 17 x 23; drawn from a seed, which is quick."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    low, high = sorted((draw(st.integers(0, 255)), draw(st.integers(0, 255))))
    return rng.integers(low, high + 1, (17, 23, 3), np.uint8)


# From the public test data of Sharma, Wu and Dalal 2005: greys, blues, hues on both sides of 0.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def random_colors(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 3), np.uint8)


def test_lab_is_that_of_scikit_image() -> None:
    colors = random_colors(20000, 1)
    assert np.abs(to_lab(colors) - rgb2lab(colors)).max() < 1e-3


@pytest.mark.parametrize(("first", "second", "expected"), SHARMA)
def test_ciede2000_on_published_pairs(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    pair = (np.array(lab, np.float32) for lab in (first, second))
    assert float(ciede2000(*pair)) == pytest.approx(expected, abs=2e-4)


def test_ciede2000_is_that_of_scikit_image() -> None:
    first, second = random_colors(20000, 2), random_colors(20000, 3)
    gap = np.abs(
        color_difference(first, second) - deltaE_ciede2000(rgb2lab(first), rgb2lab(second))
    )
    # Two opposite hues have two means; rounding may pick the other one.
    assert np.quantile(gap, 0.999) < 0.01
    assert gap.max() < 0.5


def test_ciede2000_of_close_colors_loses_no_digits() -> None:
    first = random_colors(20000, 4)
    step = np.random.default_rng(5).integers(-4, 5, first.shape)
    second = np.clip(first + step, 0, 255).astype(np.uint8)
    expected = deltaE_ciede2000(rgb2lab(first), rgb2lab(second))
    assert np.abs(color_difference(first, second) - expected).max() < 2e-3


@given(pictures(), pictures())
def test_ciede2000_is_symmetric_and_zero_only_for_equals(a: np.ndarray, b: np.ndarray) -> None:
    forth, back = color_difference(a, b), color_difference(b, a)
    assert np.allclose(forth, back, atol=1e-3)
    assert np.all(color_difference(a, a) == 0)
    assert np.all((forth > 0) == (a != b).any(2))


@given(pictures(), pictures())
def test_psnr_is_that_of_scikit_image(a: np.ndarray, b: np.ndarray) -> None:
    if (a == b).all():
        assert psnr(a, b) == PSNR_CEILING
    else:
        assert psnr(a, b) == pytest.approx(peak_signal_noise_ratio(a, b), rel=1e-5)


@pytest.mark.parametrize("noise", [0, 5, 60])
def test_ssim_is_that_of_scikit_image(noise: int) -> None:
    rng = np.random.default_rng(noise)
    smooth = np.linspace(0, 255, 31 * 47).reshape(31, 47, 1) * np.ones(3)
    a = smooth.astype(np.uint8)
    b = np.clip(smooth + rng.normal(0, noise, smooth.shape), 0, 255).astype(np.uint8)
    expected = structural_similarity(
        a, b, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ssim(a, b) == pytest.approx(expected, abs=1e-4)


def test_ssim_of_a_picture_under_its_window_is_unknown() -> None:
    tiny = np.zeros((10, 40, 3), np.uint8)
    assert np.isnan(ssim(tiny, tiny))


@given(pictures())
def test_a_picture_is_like_itself(picture: np.ndarray) -> None:
    everywhere = np.ones(picture.shape[:2], np.bool_)
    assert psnr(picture, picture) == PSNR_CEILING
    assert ssim(picture, picture) == pytest.approx(1, abs=1e-5)
    assert mean_error(picture, picture, everywhere) == 0


def test_error_counts_only_where_asked() -> None:
    truth = np.full((4, 6, 3), 255, np.uint8)
    result = truth.copy()
    result[:, 3:] = 0
    where = np.zeros((4, 6), np.bool_)
    where[:, :3] = True
    assert mean_error(result, truth, where) == 0
    assert mean_error(result, truth, ~where) == pytest.approx(100, abs=0.01)
    assert np.isnan(mean_error(result, truth, np.zeros((4, 6), np.bool_)))


@given(pictures())
def test_greys_have_no_colorfulness(picture: np.ndarray) -> None:
    assert colorfulness(np.repeat(picture[..., :1], 3, 2)) == pytest.approx(0, abs=1e-4)


def test_colorfulness_by_hand() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0] = (255, 0, 0)  # rg = 255, yb = 127.5 in the upper half, 0 below
    expected = np.hypot(127.5, 63.75) + 0.3 * np.hypot(127.5, 63.75)
    assert colorfulness(picture) == pytest.approx(expected)
    assert np.isnan(colorfulness(picture, np.zeros((2, 2), np.bool_)))


@given(st.floats(0.1, 0.9))
def test_less_saturation_is_less_colorful(share: float) -> None:
    picture = random_colors(300, 6).reshape(15, 20, 3)
    grey = picture.mean(2, keepdims=True)
    dull = np.rint(grey + share * (picture - grey)).astype(np.uint8)
    assert colorfulness(dull) < colorfulness(picture)
