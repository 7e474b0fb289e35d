"""Scaling to -1..1 by stored figures, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.collection.errors import CollectionError
from irodori.collection.normalization import FILE, Normalization, from_sums, read_normalization

share = st.floats(0, 1)


@given(mean=st.tuples(share, share, share))
def test_scaled_values_lie_within_one_of_zero_and_come_back(
    mean: tuple[float, float, float],
) -> None:
    levels = np.stack([np.arange(256)] * 3, 1).astype(np.uint8)
    normalization = Normalization(mean)
    scaled = normalization.scale(levels)
    assert scaled.dtype == np.float32
    assert np.abs(scaled).max() <= 1 + 1e-6
    np.testing.assert_array_equal(normalization.undo(scaled), levels)


def test_the_training_mean_lies_at_zero() -> None:
    picture = np.random.default_rng(0).integers(0, 200, (31, 17, 3), np.uint8)
    pixels = picture.reshape(-1, 3).astype(np.int64)
    figures = from_sums(len(pixels), pixels.sum(0), (pixels**2).sum(0), count=1)
    np.testing.assert_allclose(figures.scale(picture).mean((0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(figures.std, (picture / 255).std((0, 1)), atol=1e-5)


def test_figures_are_stored_and_damage_is_named(tmp_path: Path) -> None:
    assert read_normalization(tmp_path) == Normalization()
    figures = Normalization((0.7, 0.65, 0.6), (0.3, 0.31, 0.32), 12)
    (tmp_path / FILE).write_text(figures.to_json())
    assert read_normalization(tmp_path) == figures
    (tmp_path / FILE).write_text('{"mean": [2, 0, 0], "std": [0, 0, 0], "pictures": 1}')
    with pytest.raises(CollectionError, match="holds no normalisation"):
        read_normalization(tmp_path)
