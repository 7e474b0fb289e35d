from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from irodori.cli import main
from irodori.collection.dataset import Dataset
from irodori.collection.errors import CollectionError
from irodori.collection.pair import Pairing, pair
from irodori.collection.split import split
from irodori.collection.store import Collection
from irodori.collection.synth.write import synthesize


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "steps.jsonl"]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_it_makes_a_collection_of_pairs(tmp_path: Path) -> None:
    done = synthesize(tmp_path / "c", 3, seed=5, size=96)
    assert (done.new, done.known) == (3, 0)
    for row in Collection.open(tmp_path / "c").records():
        assert row["source"] == "synth"
        assert row["license"] == "CC0-1.0"
        assert row["tags"]
        assert max(row["width"], row["height"]) == 96
    samples = list(Dataset(tmp_path / "c", None, shuffle=False))
    assert [sample.id for sample in samples] == [f"synth-5-96-00000{n}" for n in range(3)]
    assert all(sample.line.shape == sample.color.shape[:2] for sample in samples)


def test_the_other_steps_take_it_as_it_is(tmp_path: Path) -> None:
    synthesize(tmp_path / "c", 10, size=96)
    assert pair(tmp_path / "c", Pairing(), workers=1).done == 10
    split(tmp_path / "c", (50, 30, 20), workers=1)
    assert len(Dataset(tmp_path / "c", "train")) == 5
    pens = {pen for row in Collection.open(tmp_path / "c").records() for pen in row["pens"]}
    assert pens == {"true"}


def test_processes_and_count_make_no_difference(tmp_path: Path) -> None:
    synthesize(tmp_path / "one", 41, seed=2, size=64, workers=1)
    synthesize(tmp_path / "two", 41, seed=2, size=64, workers=2)
    synthesize(tmp_path / "grown", 7, seed=2, size=64, workers=1)
    grown = synthesize(tmp_path / "grown", 41, seed=2, size=64, workers=1)
    assert (grown.new, grown.known) == (34, 7)
    assert digests(tmp_path / "one") == digests(tmp_path / "two") == digests(tmp_path / "grown")


def test_stopped_it_goes_on(tmp_path: Path) -> None:
    def stop(done: int, total: int, name: str) -> None:
        assert total == 6
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "c", 6, size=64, progress=stop)
    assert len(Collection.open(tmp_path / "c")) == 0
    told: list[int] = []
    done = synthesize(
        tmp_path / "c", 6, size=64, progress=lambda done, total, name: told.append(done)
    )
    assert done.new == 6
    assert told == [4, 5, 6]
    synthesize(tmp_path / "whole", 6, size=64)
    assert digests(tmp_path / "c") == digests(tmp_path / "whole")


def test_seeds_differ_and_may_share_a_collection(tmp_path: Path) -> None:
    synthesize(tmp_path / "c", 2, seed=1, size=64)
    assert synthesize(tmp_path / "c", 2, seed=2, size=64).new == 2
    colors = [sample.color for sample in Dataset(tmp_path / "c", None, shuffle=False)]
    assert len({np.asarray(color).tobytes() for color in colors}) == 4


@pytest.mark.parametrize(("count", "seed", "size"), [(0, 0, 96), (1, -1, 96), (1, 0, 16)])
def test_what_cannot_be_drawn_is_said_before_a_folder_is_made(
    tmp_path: Path, count: int, seed: int, size: int
) -> None:
    with pytest.raises(CollectionError):
        synthesize(tmp_path / "c", count, seed=seed, size=size)
    assert not (tmp_path / "c").exists()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["data", "synth", str(tmp_path / "c"), "--count", "2", "--size", "64"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'c'}: 2 pictures are new, 0 were there\n"
    assert main([*arguments[:-1], "9"]) == 2
