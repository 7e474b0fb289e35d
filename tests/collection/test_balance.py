"""Classes made even by weights, of one class a picture or of several."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.collection.balance import FILE, NONE, Balance, balance, even_weights
from irodori.collection.errors import CollectionError
from irodori.collection.store import Collection

one_class = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=200)


def class_sums(classes: list[list[str]], weights: np.ndarray) -> dict[str, float]:
    sums: dict[str, float] = {}
    for own, weight in zip(classes, weights, strict=True):
        for name in own:
            sums[name] = sums.get(name, 0.0) + float(weight)
    return sums


@given(names=one_class, per_class=st.none() | st.floats(0.5, 1e6))
def test_class_weights_are_even_and_no_picture_vanishes(
    names: list[str], per_class: float | None
) -> None:
    classes = [[name] for name in names]
    weights = even_weights(classes, per_class)
    expected = len(names) / len(set(names)) if per_class is None else per_class
    assert (weights > 0).all()
    for weight in class_sums(classes, weights).values():
        assert weight == pytest.approx(expected, rel=0.02)


def test_a_class_of_few_is_even_too() -> None:
    weights = even_weights([["few"]] * 2 + [["many"]] * 5000)
    assert weights[:2].sum() == pytest.approx(weights[2:].sum())


@given(
    pictures=st.lists(
        st.sets(st.sampled_from("abcde"), min_size=1, max_size=3), min_size=1, max_size=80
    )
)
def test_several_classes_a_picture_are_even_where_each_has_pictures_of_its_own(
    pictures: list[set[str]],
) -> None:
    names = {name for own in pictures for name in own}
    classes = [sorted(own) for own in pictures] + [[name] for name in names for _ in range(40)]
    weights = even_weights(classes)
    sums = np.array(list(class_sums(classes, weights).values()))
    assert (weights > 0).all()
    assert weights.mean() == pytest.approx(1)
    assert np.abs(sums / sums.mean() - 1).max() < 0.02


def test_a_class_that_all_have_cannot_be_even_and_takes_nothing_away() -> None:
    classes = [["girl", "hat"]] * 10 + [["girl"]] * 30
    weights = even_weights(classes)
    assert (weights > 0.01).all()
    assert weights.mean() == pytest.approx(1)
    assert weights[0] > 1 > weights[-1]  # as near as it comes: the hats oftener


@given(
    pictures=st.lists(
        st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=5), min_size=1, max_size=60
    )
)
def test_classes_that_cannot_be_even_come_nearer_and_no_picture_vanishes(
    pictures: list[set[str]],
) -> None:
    classes = [sorted({"all", *own}) for own in pictures]
    weights = even_weights(classes)
    sums, before = (
        np.log(list(class_sums(classes, each).values()))
        for each in (weights, np.ones(len(classes)))
    )
    assert np.isfinite(weights).all()
    assert weights.min() > 0.01
    assert weights.mean() == pytest.approx(1)
    assert sums.std() <= before.std() + 0.01


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    collection = Collection.create(tmp_path / "c")
    collection.add(
        {
            "id": f"p{number:03}",
            "path": f"{number}.png",
            "source": "cats" if number < 90 else "dogs",
            "tags": ["pet", "cat"] if number < 90 else ["pet"],
            "width": number,
            "reasons": ["clean: blank"] if number >= 115 else [],
        }
        for number in range(120)
    )
    return collection.folder


def weights_of(folder: Path) -> dict[str, float | None]:
    table = Collection.open(folder).table
    return dict(zip(table["id"].to_pylist(), table["weight"].to_pylist(), strict=True))


@pytest.mark.parametrize("by", ["source", "width < 90", "CASE WHEN width < 90 THEN 'c' END"])
def test_by_a_column_or_an_expression(folder: Path, by: str) -> None:
    found = balance(folder, Balance(by))
    assert [each.pictures for each in found] in ([90, 25], [25, 90])
    assert [each.weight for each in found] == [pytest.approx(57.5), pytest.approx(57.5)]
    weights = weights_of(folder)
    assert weights["p000"] == pytest.approx(57.5 / 90)
    assert weights["p119"] is None  # left out
    assert json.loads((folder / FILE).read_text())["by"] == by


def test_so_many_of_each_class_an_epoch(folder: Path) -> None:
    found = balance(folder, Balance("source", per_class=200))
    assert [each.weight for each in found] == [pytest.approx(200)] * 2


def test_tags_that_few_have_are_no_classes(folder: Path) -> None:
    found = balance(folder, Balance("tags", least=100))
    assert [(each.name, each.pictures) for each in found] == [("pet", 115)]
    found = balance(folder, Balance("[tag for tag in tags if tag <> 'pet']", least=10))
    assert {each.name for each in found} == {"cat", NONE}
    assert [each.weight for each in found] == [pytest.approx(57.5)] * 2


def test_what_makes_no_classes_changes_nothing(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for wanted, message in (
        (Balance("colour"), "columns are id, path"),
        (Balance("source; DROP TABLE rows"), "columns are"),
        (Balance("width"), "too many for classes"),
        (Balance("source", per_class=0), "give a number above 0"),
        (Balance("(SELECT content FROM read_text('/etc/hostname'))"), "disabled"),
    ):
        with pytest.raises(CollectionError, match=message):
            balance(folder, wanted)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
