"""Which pictures train: from a folder, from shards, from a collection; no group on two sides."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irodori.color.errors import IrodoriError
from irodori.training.drawings import Drawings
from irodori.training.errors import TrainingError
from irodori.training.pairs import read_pairs


def shard(path: Path, pairs: Path, *, groups: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = sorted(each.name.split(".")[0] for each in pairs.glob("*.color.webp"))
    with tarfile.open(path, "w") as tar:
        for name in names:
            for kind in ("color", "line"):
                tar.add(pairs / f"{name}.{kind}.webp", f"{name}.{kind}.webp")
    if groups:
        rows = [f"{name},g{number % groups}" for number, name in enumerate(names)]
        path.with_name("manifest.csv").write_text("\n".join(["id,group", *rows]) + "\n")
    return path.parent


def test_a_folder_and_its_shards_give_the_same_pairs(pairs: Path, tmp_path: Path) -> None:
    loose, packed = read_pairs(pairs), read_pairs(shard(tmp_path / "s" / "a.tar", pairs))
    for one, other in ((loose.training, packed.training), (loose.validation, packed.validation)):
        assert [entry.id for entry in one] == [entry.id for entry in other]
    drawings = [Drawings(each.training, 48, tmp_path / "cache").read(1) for each in (loose, packed)]
    assert all(np.array_equal(drawings[0][key], drawings[1][key]) for key in drawings[0])


def test_no_group_is_on_two_sides(pairs: Path, tmp_path: Path) -> None:
    found = read_pairs(shard(tmp_path / "a.tar", pairs, groups=12))
    names = sorted(entry.id for entry in found.training + found.validation)
    group = {name: number % 12 for number, name in enumerate(names)}
    sides = [{group[entry.id] for entry in side} for side in (found.training, found.validation)]
    assert not sides[0] & sides[1]
    assert len(names) == 60


def test_a_collection_says_itself_which_part_is_which(pairs: Path, tmp_path: Path) -> None:
    from irodori.collection.importing import Given, import_pictures
    from irodori.collection.pair import Pairing, pair
    from irodori.collection.split import parse_ratio, split

    colors = tmp_path / "colors"
    colors.mkdir()
    for path in pairs.glob("*.color.webp"):
        shutil.copy(path, colors / path.name.replace(".color", ""))
    collection = tmp_path / "collection"
    import_pictures(str(collection), str(colors), Given("discs", "CC0-1.0", None, "me"))
    with pytest.raises(IrodoriError, match="irodori data pair"):
        read_pairs(collection)
    pair(str(collection), Pairing(2, redraw=False, flats=False), workers=1)
    split(str(collection), parse_ratio("70,20,10"), seed=0, workers=1)
    found = read_pairs(collection)
    total = len(found.training) + len(found.validation)
    assert total < 60, "the test part is nobody's to see"
    assert all(entry.part == "train" for entry in found.training)
    assert all(entry.part == "validation" for entry in found.validation)
    drawings = Drawings(found.training, 48, tmp_path / "cache")
    assert (drawings.read(0, 0)["ink"] != drawings.read(0, 1)["ink"]).any(), "drawn by two pens"


def test_what_is_no_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no such collection"):
        read_pairs(tmp_path / "nothing")
    with pytest.raises(IrodoriError, match="neither a collection nor a folder of tar shards"):
        read_pairs(tmp_path)


def test_pictures_without_lines_are_refused(pairs: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for path in pairs.glob("*.color.webp"):
            tar.add(path, path.name)
    with pytest.raises(IrodoriError, match="no line art"):
        read_pairs(tmp_path)


def test_one_picture_cannot_be_on_both_sides(pairs: Path, tmp_path: Path) -> None:
    for path in pairs.glob("d0.*"):
        shutil.copy(path, tmp_path / path.name)
    with pytest.raises(TrainingError, match="of 1 pairs none is for"):
        read_pairs(tmp_path)


def test_a_picture_that_cannot_be_read_is_named(pairs: Path, tmp_path: Path) -> None:
    for path in pairs.glob("d[0-9].*"):
        shutil.copy(path, tmp_path / path.name)
    (tmp_path / "d3.color.webp").write_bytes(b"RIFF nothing")
    found = read_pairs(tmp_path)
    entries = found.training + found.validation
    drawings = Drawings(entries, 48, tmp_path / "cache")
    with pytest.raises(TrainingError, match="d3: cannot be read"):
        drawings.read([entry.id for entry in entries].index("d3"))


def test_values_that_are_no_numbers_are_named(pairs: Path, tmp_path: Path) -> None:
    for path in pairs.glob("d[0-9].*"):
        shutil.copy(path, tmp_path / path.name)
    bad = np.full((72, 96), 0.5, np.float32)
    bad[3, 4] = np.nan
    buffer = io.BytesIO()
    Image.fromarray(bad).save(buffer, format="TIFF")
    (tmp_path / "d3.color.webp").write_bytes(buffer.getvalue())
    entries = read_pairs(tmp_path).training
    index = [entry.id for entry in entries].index("d3")
    with pytest.raises(TrainingError, match="d3: holds values that are no numbers"):
        Drawings(entries, 48, tmp_path / "cache").read(index)
