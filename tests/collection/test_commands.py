"""`irodori data pair, balance, split, shards` as their users meet them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irodori.cli import main
from irodori.collection.importing import Given, import_pictures
from irodori.collection.store import Collection


@pytest.fixture
def folder(tmp_path: Path, pictures: Path) -> Path:
    import_pictures(tmp_path / "collection", pictures, Given("own", "CC0-1.0"))
    return tmp_path / "collection"


def test_the_whole_chain(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (
            ["pair", folder, "--variants", 1, "--workers", 1],
            "12 pictures paired, 0 were already, 0 left",
        ),
        (["balance", folder, "--by", "tags", "--least", 2], "all: 2 classes, weights within 0.00"),
        (
            ["split", folder, "--ratio", "50,25,25", "--seed", 3, "--workers", 1],
            "train             6",
        ),
        (["split", folder, "--workers", 1], "12 pictures kept their part"),
        (["shards", folder, tmp_path / "out", "--per-shard", 4], "12 pairs; 4 shards written"),
        (["shards", folder, tmp_path / "out", "--per-shard", 4], "0 shards written, 4 were there"),
    ):
        assert main(["data", *map(str, arguments)]) == 0
        output, errors = capfd.readouterr()
        assert said in output
        assert errors == ""
    weights = [record["weight"] for record in Collection.open(folder).records("part = 'train'")]
    assert sum(weights) == pytest.approx(6)


def test_refusals_are_one_line_and_change_nothing(
    folder: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.onnx").write_text("no network")
    for arguments, said in (
        (["pair", tmp_path / "empty"], "is no collection"),
        (["pair", folder, "--network", tmp_path / "text.onnx"], "is no network in ONNX"),
        (["pair", folder, "--network", tmp_path / "none.onnx"], "no such file"),
        (["balance", folder, "--by", "colour"], "columns are id"),
        (["balance", folder, "--by", "source = "], "columns are id"),
        (["balance", folder, "--by", "source", "--per-class", "-3"], "give a number above 0"),
        (["split", folder, "--ratio", "70,20"], "give three numbers"),
        (["split", folder, "--ratio", "a,b,c"], "give three numbers"),
        (["split", folder, "--ratio", "0,1,1"], "nothing to train with"),
        (["shards", folder, out], "is not split into parts yet; run irodori data split"),
    ):
        assert said in refused("data", *arguments, folder=tmp_path)
