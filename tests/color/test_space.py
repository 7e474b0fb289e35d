"""Even colour: Lab as scikit-image has it, distances close to CIEDE2000."""

from __future__ import annotations

import numpy as np
from skimage import color

from irodori.color.space import to_even, to_lab


def some_colors(count: int = 4000) -> np.ndarray:
    return np.random.default_rng(0).random((count, 3)).astype(np.float32)


def test_lab_equals_the_reference() -> None:
    rgb = some_colors()
    assert np.abs(to_lab(rgb) - color.rgb2lab(rgb)).max() < 0.05


def test_greys_have_no_chroma() -> None:
    grey = np.linspace(0, 1, 20)[:, None].repeat(3, 1)
    assert np.abs(to_even(grey)[:, 1:]).max() < 0.05
    assert np.allclose(to_even(grey)[[0, -1], 0], [0, 100], atol=0.01)


def test_distance_follows_ciede2000() -> None:
    a, b = some_colors()[:2000], some_colors()[2000:]
    near = np.clip(a + (b - 0.5) * 0.15, 0, 1)
    distance = np.linalg.norm(to_even(a) - to_even(near), axis=1)
    reference = color.deltaE_ciede2000(color.rgb2lab(a), color.rgb2lab(near))
    assert np.corrcoef(distance, reference)[0, 1] > 0.85
    assert 0.7 < distance.mean() / reference.mean() < 1.5


def test_shape_is_kept_and_input_untouched() -> None:
    rgb = some_colors(12).reshape(2, 6, 3)
    before = rgb.copy()
    assert to_even(rgb).shape == (2, 6, 3)
    assert to_even(rgb).dtype == np.float32
    assert (rgb == before).all()
