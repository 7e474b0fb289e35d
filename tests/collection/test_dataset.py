"""The data set that training reads: the same samples in the same order, by weight, from shards."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from irodori.collection.dataset import Dataset, draw_by_weight
from irodori.collection.errors import CollectionError


def webp(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "webp", lossless=True)
    return out.getvalue()


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    """A plain shard of seven pairs, 40 x 24 pixels, without a word about them."""
    random = np.random.default_rng(0)
    path = tmp_path / "plain.tar"
    with tarfile.open(path, "w") as tar:
        for number in range(7):
            color = random.integers(0, 256, (24, 40, 3), np.uint8)
            for kind, picture in (("color", color), ("line", color[..., 1])):
                content = webp(picture)
                member = tarfile.TarInfo(f"p{number}.{kind}.webp")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return path


def test_an_epoch_has_each_picture_once_and_the_next_is_ordered_otherwise(shard: Path) -> None:
    data = Dataset(shard, None, seed=3)
    assert len(data) == 7
    first, second = ([data.entry(i + epoch * 7).id for i in range(7)] for epoch in (0, 1))
    assert sorted(first) == sorted(second) == [f"p{number}" for number in range(7)]
    assert first != second
    assert [sample.id for sample in data] == first


def test_same_seed_same_samples_in_another_process(shard: Path) -> None:
    data = Dataset(shard, None, seed=3)
    other = pickle.loads(pickle.dumps(data))
    for position in (13, 0, 6, 20):
        assert data[position].id == other[position].id
        np.testing.assert_array_equal(data[position].color, other[position].color)
    assert [s.id for s in Dataset(shard, None, seed=4)] != [s.id for s in data]


def test_turning_back_over_an_epochs_end_changes_nothing(shard: Path) -> None:
    data = Dataset(shard, None)
    straight = [data.entry(i).id for i in range(35)]
    mixed = [6, 7, 6, 30, 8, 0, 20, 13, 14, 13, 34]
    assert [data.entry(i).id for i in mixed] == [straight[i] for i in mixed]


def test_workers_take_turns(shard: Path) -> None:
    data = Dataset(shard, None)
    whole = [sample.id for sample in data.stream(5, 18)]
    parts = [
        [sample.id for sample in data.stream(5, 18, worker=worker, workers=3)]
        for worker in range(3)
    ]
    assert [parts[i % 3][i // 3] for i in range(13)] == whole
    with pytest.raises(ValueError, match="worker 3 of 3"):
        next(data.stream(worker=3, workers=3))


def test_a_sample_is_scaled_down_and_its_ink_is_the_line_turned_round(shard: Path) -> None:
    sample = Dataset(shard, None, size=20, shuffle=False)[0]
    assert sample.color.shape == (12, 20, 3)
    assert sample.line.shape == (12, 20)
    assert sample.color.dtype == sample.line.dtype == np.uint8
    np.testing.assert_allclose(sample.ink, 1 - sample.line / 255.0, atol=1e-6)
    assert Dataset(shard, None, size=4000)[0].color.shape == (24, 40, 3)


def test_parts_and_pictures_that_are_not_there(shard: Path, tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="not split into parts yet"):
        Dataset(shard)
    with pytest.raises(CollectionError, match="no part of a data set"):
        Dataset(shard, "training")
    with pytest.raises(CollectionError, match="neither a collection nor"):
        Dataset(tmp_path / "nowhere")
    broken = tmp_path / "broken.tar"
    broken.write_bytes(b"no tar" * 1000)
    with pytest.raises(CollectionError, match="no readable tar"):
        Dataset(broken, None)


@given(
    weights=st.lists(st.sampled_from([0.0, 0.25, 1.0, 3.7]), min_size=1, max_size=60).filter(any),
    seed=st.integers(0, 2**32),
)
def test_each_picture_comes_as_often_as_its_weight_says(weights: list[float], seed: int) -> None:
    drawn = draw_by_weight(np.array(weights), np.random.default_rng(seed))
    total = max(1, round(sum(weights)))
    counts = np.bincount(drawn, minlength=len(weights))
    expected = np.array(weights) * total / sum(weights)
    assert len(drawn) == total
    assert (np.abs(counts - expected) < 1 + 1e-5).all()
    for weight in set(weights):  # as a class too
        of_class = np.array(weights) == weight
        assert abs(counts[of_class].sum() - expected[of_class].sum()) < 1 + 1e-5


@given(seed=st.integers(0, 2**32), size=st.integers(1, 5000))
def test_even_weights_give_each_picture_once(seed: int, size: int) -> None:
    drawn = draw_by_weight(np.ones(size), np.random.default_rng(seed))
    np.testing.assert_array_equal(drawn, np.arange(size))
