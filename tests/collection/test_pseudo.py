"""Pseudo-labels are marked, weigh what they are sure of, are never held back, and go out again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irodori.collection.dataset import Dataset
from irodori.collection.importing import Given, import_pictures
from irodori.collection.pseudo import (
    Painted,
    add_pseudo_labels,
    pseudo_labels,
    restore_pseudo_labels,
    undo_pseudo_labels,
)
from irodori.collection.shards import write_shards
from irodori.collection.split import split
from irodori.collection.store import Collection
from irodori.training.pairs import read_pairs


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    source = tmp_path / "pictures"
    source.mkdir()
    random = np.random.default_rng(0)
    for number in range(12):
        color = np.full((40, 56, 3), random.integers(0, 255, 3), np.uint8)
        line = np.full((40, 56), 255, np.uint8)
        color[10:12] = line[10:12] = 0
        Image.fromarray(color).save(source / f"p{number}.color.webp", lossless=True)
        Image.fromarray(line).save(source / f"p{number}.line.webp", lossless=True)
    import_pictures(tmp_path / "art", source, Given(license="CC0-1.0"))
    return Collection.open(tmp_path / "art")


def painted(name: str, confidence: float) -> Painted:
    ink = np.zeros((40, 64), np.float32)
    ink[20:22] = 1
    color = np.full((40, 64, 3), (200, 60, 40), np.uint8)
    return Painted(name, color, ink, confidence)


def test_they_join_with_their_weight_and_mark(collection: Collection) -> None:
    before = len(Dataset(collection.folder, None, weighted=False).entries)
    assert add_pseudo_labels(collection, "00001-quick", [painted("a.png", 0.9)]) == 1
    (row,) = pseudo_labels(collection).values()
    assert (row["pseudo_label"], row["pseudo_confidence"]) == ("00001-quick", 0.9)
    assert row["source"] == "self-training"
    entries = Dataset(collection.folder, None, weighted=False).entries
    assert len(entries) == before + 1
    (entry,) = (each for each in entries if each.facts["pseudo_label"])
    assert entry.weight == pytest.approx(0.9)
    shown = np.asarray(Image.open(collection.path(row["path"])))
    assert tuple(shown[5, 5]) == (200, 60, 40)
    assert tuple(shown[20, 5]) == (0, 0, 0)  # with its ink, as pictures are


def test_they_are_never_held_back(collection: Collection) -> None:
    marked = {f"pseudo-{number}": 0.5 for number in range(30)}
    add_pseudo_labels(collection, "00001-quick", [painted(*each) for each in marked.items()])
    pairs = read_pairs(collection.folder)
    assert sum(bool(each.facts["pseudo_label"]) for each in pairs.training) == 30
    assert not any(each.facts["pseudo_label"] for each in pairs.validation)
    split(collection.folder, (50, 25, 25))
    parts = {row["part"] for row in pseudo_labels(Collection.open(collection.folder)).values()}
    assert parts == {"train"}


def test_after_a_split_they_train(collection: Collection) -> None:
    split(collection.folder, (50, 25, 25))
    opened = Collection.open(collection.folder)
    before = read_pairs(opened.folder)
    add_pseudo_labels(opened, "00001-quick", [painted("a.png", 0.9)])
    after = read_pairs(opened.folder)
    assert len(after.training) == len(before.training) + 1
    assert after.validation == before.validation


def test_taken_out_they_stay_with_a_reason(collection: Collection) -> None:
    before = collection.records("NOT left_out")
    add_pseudo_labels(collection, "00001-quick", [painted("a.png", 0.9), painted("b.png", 0.8)])
    assert undo_pseudo_labels(collection) == 2
    assert undo_pseudo_labels(collection) == 0
    left = collection.records("left_out")
    assert [row["reasons"] for row in left] == [["self-training: taken out again"]] * 2
    names = {row["id"] for row in before}
    assert {row["id"] for row in collection.records("NOT left_out")} == names
    assert all(collection.path(row["path"]).exists() for row in left)


def test_a_later_round_replaces_an_earlier_one(collection: Collection) -> None:
    add_pseudo_labels(collection, "00001-quick", [painted("a.png", 0.9), painted("b.png", 0.8)])
    earlier = pseudo_labels(collection)
    add_pseudo_labels(collection, "00002-quick", [painted("b.png", 0.95), painted("c.png", 0.85)])
    now = pseudo_labels(collection)
    assert {row["pseudo_label"] for row in now.values()} == {"00002-quick"}
    assert sorted(row["pseudo_confidence"] for row in now.values()) == [0.85, 0.95]
    restore_pseudo_labels(collection, earlier)
    assert pseudo_labels(collection) == earlier
    restore_pseudo_labels(collection, {})
    assert pseudo_labels(collection) == {}


def test_shards_carry_mark_and_weight(collection: Collection, tmp_path: Path) -> None:
    split(collection.folder, (50, 25, 25))
    opened = Collection.open(collection.folder)
    add_pseudo_labels(opened, "00001-quick", [painted("a.png", 0.7)])
    write_shards(opened.folder, tmp_path / "shards")
    entries = Dataset(tmp_path / "shards", "train", weighted=True).entries
    (entry,) = (each for each in entries if each.facts["pseudo_label"])
    assert entry.weight == pytest.approx(0.7)
