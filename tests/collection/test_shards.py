"""Shards: the folder's samples in tar files that others read, too; whole, resumable, the same."""

from __future__ import annotations

import gc
import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import webdataset
from PIL import Image

from irodori.collection.balance import Balance, balance
from irodori.collection.dataset import Dataset
from irodori.collection.errors import CollectionError
from irodori.collection.importing import Given, import_pictures
from irodori.collection.pair import Pairing, pair
from irodori.collection.shards import key_of, write_shards
from irodori.collection.split import split
from irodori.collection.store import Collection
from irodori.color.errors import OutputError
from irodori.measure.pairs import Pairs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of 40 pictures in PNG, JPEG and WebP, paired, balanced and split."""
    base = tmp_path_factory.mktemp("shards")
    for number in range(40):
        place = base / "pictures" / ("cats" if number % 3 else "dogs")
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (4, 6, 3), np.uint8)
        image = Image.fromarray(pixels).resize((66, 44), Image.Resampling.NEAREST)
        if number % 5 == 0:
            image.putalpha(Image.new("L", image.size, 130))
        suffix = "png" if number % 5 == 0 else ("jpg", "webp", "v1.png")[number % 3]
        image.save(place / f"{number:02}.{suffix}")
    collection = base / "collection"
    import_pictures(collection, base / "pictures", Given("own", "CC-BY-4.0", author="Aoi"))
    pair(collection, Pairing(), workers=1)
    balance(collection, Balance("tags[1]"))
    split(collection, workers=1)
    return collection


@pytest.fixture
def out(folder: Path, tmp_path: Path) -> Path:
    done = write_shards(folder, tmp_path / "out", per_shard=10, workers=1)
    assert (done.written, done.skipped, done.samples, done.left) == (5, 0, 40, 0)
    return tmp_path / "out"


@pytest.mark.parametrize("part", ["train", "validation", None])
def test_the_data_set_is_the_same_from_both(folder: Path, out: Path, part: str | None) -> None:
    of_folder, of_shards = Dataset(folder, part, seed=5), Dataset(out, part, seed=5)
    assert len(of_folder) == len(of_shards)
    assert of_folder.normalization == of_shards.normalization
    assert of_folder.normalization.count > 0
    for position in range(2 * len(of_folder)):
        mine, theirs = of_folder[position], of_shards[position]
        assert (mine.id, mine.tags, mine.weight) == (theirs.id, theirs.tags, theirs.weight)
        assert mine.facts == theirs.facts
        for name in ("color", "line", "flats"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


def test_flat_maps_are_read_only_if_wanted(folder: Path) -> None:
    assert Dataset(folder)[0].flats is not None
    assert Dataset(folder, flats=False)[0].flats is None


def test_balanced_training_draws_classes_evenly(folder: Path) -> None:
    data = Dataset(folder, "train")
    for epoch in range(3):
        drawn = [data.entries[i].tags[0] for i in data.order(epoch)]
        assert abs(drawn.count("cats") - drawn.count("dogs")) <= 2
    once = Dataset(folder, "train", weighted=False)
    assert sorted(once.order(0)) == list(range(len(once.entries)))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_webdataset_reads_them(out: Path) -> None:
    found: dict[str, dict[str, object]] = {}
    for shard in sorted(out.glob("*.tar")):
        dataset = webdataset.WebDataset(str(shard), shardshuffle=False).decode("rgb8")
        for sample in dataset:
            found[sample["json"]["id"]] = sample
            assert shard.name.startswith(sample["json"]["part"])
        del dataset
        gc.collect()  # the library leaves its files to be closed so
    data = Dataset(out, None, shuffle=False)
    assert sorted(found) == [entry.id for entry in data.entries]
    for sample in data:
        other = found[sample.id]
        np.testing.assert_array_equal(other["color.webp"], sample.color)
        facts = other["json"]
        assert isinstance(facts, dict)
        assert facts["license"] == "CC-BY-4.0"
        assert facts["author"] == "Aoi"
        assert {"line.webp", "line1.webp", "flats.webp"} <= other.keys()


def test_the_yardstick_and_tar_read_them(out: Path) -> None:
    pairs = Pairs(out)
    assert len(pairs) == 40
    read = pairs.read(pairs.ids()[0])
    assert read.color.shape[:2] == read.drawing.ink.shape
    listed = subprocess.run(
        ["tar", "-tvf", out / "train-000000.tar"], capture_output=True, text=True, check=True
    )
    assert listed.stderr == ""
    assert len(listed.stdout.splitlines()) == 50
    assert listed.stdout.count("1970-01-01") == 50


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            yield member.name, content.read()


def test_the_same_bytes_and_only_what_is_missing_is_written(
    folder: Path, out: Path, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "train-000001.tar").unlink()
    (out / "test-000000.tar").write_bytes(before["test-000000.tar"][:700])
    done = write_shards(folder, out, per_shard=10, workers=1)
    assert (done.written, done.skipped) == (2, 3)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_what_a_kill_left_is_taken_up(folder: Path, out: Path) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "train-000001.tar").rename(out / ".train-000001.tar.part")
    (out / ".train-000001.tar.part").write_bytes(before["train-000001.tar"][:1000])
    assert len(Dataset(out, None).entries) == 30  # a shard that is not whole is no shard
    write_shards(folder, out, per_shard=10, workers=1)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_shards_no_longer_needed_go_and_other_files_stay(folder: Path, out: Path) -> None:
    (out / "train-000009.tar").write_bytes(b"somebody's own")
    (out / "notes.txt").write_text("mine")
    before = dict(
        sample for path in sorted(out.glob("train-00000[012].tar")) for sample in members(path)
    )
    write_shards(folder, out, per_shard=100, workers=1)
    assert sorted(path.name for path in out.iterdir()) == [
        "normalization.json",
        "notes.txt",
        "test-000000.tar",
        "train-000000.tar",
        "train-000009.tar",
        "validation-000000.tar",
    ]
    assert dict(members(out / "train-000000.tar")) == before


def test_what_is_missing_is_said(folder: Path, tmp_path: Path, pictures: Path) -> None:
    with pytest.raises(CollectionError, match="is no collection"):
        write_shards(tmp_path, tmp_path / "shards")
    import_pictures(tmp_path / "fresh", pictures, Given("own"))
    with pytest.raises(CollectionError, match="not split into parts yet"):
        write_shards(tmp_path / "fresh", tmp_path / "shards")
    assert not (tmp_path / "shards").exists()
    with pytest.raises(OutputError, match="cannot be"):
        write_shards(folder, folder / "manifest.parquet")


def test_a_picture_gone_since_stops_with_its_name(folder: Path, tmp_path: Path) -> None:
    gone = folder / Collection.open(folder).records("part = 'test'")[0]["path"]
    data = gone.read_bytes()
    gone.unlink()
    try:
        with pytest.raises(CollectionError, match=gone.name):
            write_shards(folder, tmp_path / "shards", workers=1)
        assert not (tmp_path / "shards" / "test-000000.tar").exists()
    finally:
        gone.write_bytes(data)


def test_keys_end_at_their_first_dot() -> None:
    assert key_of("plain-01") == "plain-01"
    assert "." not in key_of("a.b.c")
    assert key_of("a.b") != key_of("a_b")


def test_a_json_that_is_none_is_said(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        for name, content in (("a.color.webp", b"x"), ("a.json", json.dumps([1]).encode())):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    with pytest.raises(CollectionError, match="holds no object"):
        Dataset(tmp_path, None)
