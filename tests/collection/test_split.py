"""Parts that share no group and no near-duplicates, near the ratio, stable when more comes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from irodori.collection.balance import Balance, balance
from irodori.collection.entries import PARTS
from irodori.collection.errors import CollectionError
from irodori.collection.normalization import read_normalization
from irodori.collection.split import assign, components, parse_ratio, split
from irodori.collection.store import Collection

some = st.none() | st.integers(0, 25).map(str)
records_of = st.lists(st.fixed_dictionaries({"group": some, "cluster": some}), min_size=1)
shares_of = st.tuples(st.integers(1, 90), st.integers(0, 60), st.integers(0, 60)).map(
    lambda ratio: np.array(ratio) / sum(ratio)
)


def together(records: list[dict[str, str | None]], part: np.ndarray) -> bool:
    """Whether no group and no cluster has pictures in two parts."""
    for key in ("group", "cluster"):
        sides: dict[str, set[int]] = {}
        for record, side in zip(records, part, strict=True):
            if record[key] is not None:
                sides.setdefault(record[key], set()).add(int(side))
        if any(len(own) > 1 for own in sides.values()):
            return False
    return True


@given(records=records_of, shares=shares_of, seed=st.integers(0, 99))
def test_no_group_and_no_cluster_is_on_two_sides(
    records: list[dict[str, str | None]], shares: np.ndarray, seed: int
) -> None:
    component = components(records)
    part = assign(component, np.ones((len(records), 1)), shares, [None] * len(records), seed)
    assert together(records, part)
    assert set(part) <= set(np.flatnonzero(shares))
    largest = np.bincount(component).max()
    assert np.abs(np.bincount(part, minlength=3) - shares * len(records)).max() <= 2 * largest


@given(records=records_of)
def test_what_must_stay_together_is_found_and_nothing_else(
    records: list[dict[str, str | None]],
) -> None:
    component = components(records)
    sets = [{number} for number in range(len(records))]  # an oracle that merges until it is done
    for key in ("group", "cluster"):
        for value in {record[key] for record in records} - {None}:
            own = {n for n, record in enumerate(records) if record[key] == value}
            joined = set.union(*(each for each in sets if each & own))
            sets = [each for each in sets if not each & own] + [joined]
    assert sorted(sorted(np.flatnonzero(component == n)) for n in set(component)) == sorted(
        sorted(each) for each in sets
    )


@given(records=records_of, more=records_of, seed=st.integers(0, 99))
def test_more_pictures_move_none_to_the_test_side(
    records: list[dict[str, str | None]], more: list[dict[str, str | None]], seed: int
) -> None:
    shares = np.array([0.7, 0.2, 0.1])
    first = assign(
        components(records), np.ones((len(records), 1)), shares, [None] * len(records), seed
    )
    both = records + more
    before = [PARTS[side] for side in first] + [None] * len(more)
    part = assign(components(both), np.ones((len(both), 1)), shares, before, seed + 1)
    assert together(both, part)
    # Only what new pictures tie to another part moves, and only towards training.
    assert (part[: len(records)] <= first).all()
    alone = assign(
        components(records), np.ones((len(records), 1)), shares, before[: len(records)], 7
    )
    np.testing.assert_array_equal(alone, first)


def test_classes_are_spread_evenly() -> None:
    random = np.random.default_rng(0)
    strata = np.ones((1000, 4))
    strata[:, 1:] = np.eye(3)[random.choice(3, 1000, p=[0.9, 0.08, 0.02])]
    part = assign(np.arange(1000), strata, np.array([0.7, 0.2, 0.1]), [None] * 1000, 0)
    for column in strata.T:
        counts = np.bincount(part, column, 3)
        np.testing.assert_allclose(counts, column.sum() * np.array([0.7, 0.2, 0.1]), atol=1.01)


def test_sources_that_cannot_be_divided_leave_the_ratio_as_it_should_be() -> None:
    # Four sources of one group each beside two of single pictures.
    source = np.repeat(np.arange(6), [400, 200, 100, 60, 200, 40])
    component = np.concatenate([np.repeat(np.arange(4), [400, 200, 100, 60]), np.arange(4, 244)])
    strata = np.concatenate([np.ones((1000, 1)), np.eye(6)[source]], 1)
    part = assign(component, strata, np.array([0.7, 0.2, 0.1]), [None] * 1000, 0)
    np.testing.assert_allclose(np.bincount(part), [700, 200, 100], atol=2)
    of_both = [np.bincount(part[source == number], minlength=3) for number in (4, 5)]
    np.testing.assert_allclose(of_both[0] / 200, of_both[1] / 40, atol=0.05)


def test_seeds_shuffle() -> None:
    def parts(seed: int) -> list[int]:
        every = np.arange(200)
        return list(assign(every, np.ones((200, 1)), np.array([0.7, 0.2, 0.1]), [None] * 200, seed))

    assert parts(1) == parts(1) != parts(2)
    assert Counter(parts(1)) == Counter(parts(2)) == {0: 140, 1: 40, 2: 20}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """100 pictures, each darker than the one before; every four are a group, two are one twin."""
    collection = Collection.create(tmp_path / "c")
    for number in range(100):
        Image.new("RGB", (9, 7), (250 - 2 * number, 200, number)).save(
            collection.folder / f"{number}.png"
        )
    rows = [
        {
            "id": f"p{number:03}",
            "path": f"{number}.png",
            "source": "cats" if number % 20 < 16 else "dogs",
            "group": f"g{number // 4}",
            "width": 9,
            "height": 7,
            "reasons": ["clean: blank"] if number == 50 else [],
        }
        for number in range(100)
    ]
    collection.add(rows)
    twins = [{"id": f"p{number:03}", "cluster": "twin"} for number in (3, 99)]
    collection.set_columns(twins, pa.schema([pa.field("cluster", pa.string())]))
    return collection.folder


def test_a_collection_is_split_measured_and_balanced_again(folder: Path) -> None:
    balance(folder, Balance("source"))
    done = split(folder, seed=1, workers=1)
    assert sum(done.counts.values()) == 99
    assert done.counts["train"] == pytest.approx(70, abs=4)
    assert done.components == 24
    records = Collection.open(folder).records("NOT left_out")
    part = np.array([PARTS.index(record["part"]) for record in records])
    assert together(records, part)
    assert Collection.open(folder).records("id = 'p050'")[0]["part"] is None

    training = [record for record in records if record["part"] == "train"]
    colors = np.stack(
        [np.asarray(Image.open(folder / record["path"])) for record in training]
    ).reshape(-1, 3)
    figures = read_normalization(folder)
    np.testing.assert_allclose(figures.mean, colors.mean(0) / 255, atol=1e-5)
    np.testing.assert_allclose(figures.std, colors.std(0) / 255, atol=1e-5)
    assert figures.count == len(training)

    for name in PARTS:
        weights = [each.weight for each in done.classes if each.part == name]
        assert weights
        assert max(weights) <= 1.02 * min(weights)
        assert sum(weights) == pytest.approx(done.counts[name])


def test_again_it_changes_nothing_and_afresh_it_does(folder: Path) -> None:
    split(folder, seed=1, workers=1)
    before = (folder / "manifest.parquet").read_bytes()
    again = split(folder, seed=2, workers=1)
    assert again.kept == 99
    assert (folder / "manifest.parquet").read_bytes() == before
    assert split(folder, seed=2, afresh=True, workers=1).kept < 99


def test_a_ratio_that_is_none_changes_nothing(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for ratio in ((70, 30), (-1, 1, 1), (float("nan"), 1, 1), (0, 0, 0), (0, 50, 50)):
        with pytest.raises(CollectionError, match="ratio"):
            split(folder, ratio)
    with pytest.raises(CollectionError, match="three numbers, for training"):
        parse_ratio("70/20/10")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert parse_ratio("70,20,10") == (70, 20, 10)
