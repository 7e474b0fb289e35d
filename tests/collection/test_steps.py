"""A step looks at each picture once, loses nothing to a crash, and always ends the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from irodori.collection import manifest
from irodori.collection.importing import Given, import_pictures
from irodori.collection.steps import Counts, Journal, Step, run_step
from irodori.collection.store import Collection, Record
from irodori.color.errors import OutputError

COLUMNS = pa.schema([pa.field("doubled", pa.int32())])


def double(factor: int, folder: Path, record: Record) -> Record:
    with (folder / "seen.txt").open("a") as file:
        file.write(record["id"] + "\n")
    if record["id"] == "b" and factor == 3:
        raise ValueError("three is not for b")
    return {"doubled": record["width"] * factor}


def step(factor: int = 2) -> Step:
    return Step("double", partial(double, factor), COLUMNS, {"factor": factor})


def seen(collection: Collection) -> list[str]:
    path = collection.folder / "seen.txt"
    return path.read_text().split() if path.exists() else []


def test_values_reach_the_manifest(collection: Collection) -> None:
    assert run_step(collection, step()) == Counts(done=3, skipped=0, failed=0)
    found = {row["id"]: row["doubled"] for row in Collection.open(collection.folder).records()}
    assert found == {"a": 22, "b": 24, "c": 20}
    assert [path.name for path in collection.folder.glob(".double*")] == []


def test_a_second_time_costs_nothing(collection: Collection) -> None:
    run_step(collection, step())
    assert run_step(collection, step()) == Counts(done=0, skipped=3, failed=0)
    assert sorted(seen(collection)) == ["a", "b", "c"]
    collection.add([{"id": "d", "path": "x", "width": 1}])
    assert run_step(collection, step()) == Counts(done=1, skipped=3, failed=0)


def test_other_settings_are_worked_on_again(collection: Collection) -> None:
    run_step(collection, step(2))
    run_step(collection, step(5))
    assert [row["doubled"] for row in collection.records()] == [55, 60, 50]


def test_a_failure_costs_one_picture(collection: Collection) -> None:
    assert run_step(collection, step(3)) == Counts(done=2, skipped=0, failed=1)
    rows = {row["id"]: row for row in collection.records()}
    assert rows["b"]["doubled"] is None
    assert "three is not for b" in rows["b"]["double_error"]
    assert rows["a"]["double_error"] is None


def test_only_those_that_are_wanted(collection: Collection) -> None:
    run_step(collection, step(), where="width > 10")
    assert [row["doubled"] for row in collection.records()] == [22, 24, None]


def test_a_journal_cut_off_in_the_middle_of_a_line(collection: Collection) -> None:
    path = collection.folder / f".double.{step().fingerprint}.jsonl"
    path.write_bytes(b'{"id": "a", "doubled": 22}\n{"id": "b", "doub')
    assert run_step(collection, step()).done == 3
    assert seen(collection) == ["b", "c"]
    assert [row["doubled"] for row in collection.records()] == [22, 24, 20]


def test_processes_give_the_same(pictures: Path, tmp_path: Path) -> None:
    bytes_of = []
    for name, workers in (("one", 1), ("two", 2)):
        import_pictures(tmp_path / name, pictures, Given())
        collection = Collection.open(tmp_path / name)
        for number in range(60):
            collection.add([{"id": f"more-{number}", "path": "x", "width": number}])
        run_step(collection, step(), workers=workers)
        bytes_of.append((collection.folder / manifest.NAME).read_bytes())
    assert bytes_of[0] == bytes_of[1]


def test_a_full_disk_is_one_line(full_disk: Path) -> None:
    journal = Journal(full_disk / "journal.jsonl")

    def fill() -> None:
        for number in range(1000):
            journal.write({"id": f"{number:01000d}"})

    with pytest.raises(OutputError, match="make room"):
        fill()
    journal.close()
    again = Journal(full_disk / "journal.jsonl")
    again.close()
    assert [int(row["id"]) for row in again.rows] == list(range(len(again.rows)))
    assert again.rows


PROGRAM = """
import sys, time
from pathlib import Path
import pyarrow as pa
from irodori.collection.steps import Step, run_step
from irodori.collection.store import Collection

def slowly(folder, record):
    time.sleep(0.02)
    return {"doubled": len(record["id"]) * 2}

columns = pa.schema([pa.field("doubled", pa.int32())])
run_step(Collection.open(sys.argv[1]), Step("double", slowly, columns, {}), workers=1)
"""


def many(folder: Path) -> Collection:
    collection = Collection.create(folder)
    collection.add({"id": "x" * n, "path": "x"} for n in range(1, 101))
    return collection


def killed(folder: Path, after: Callable[[], bool]) -> None:
    """Runs the step in a process of its own and kills it once `after` says so."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)])
    while process.poll() is None and not after():
        time.sleep(0.005)
    assert process.poll() is None, "it was done before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_three_times_it_ends_as_if_unbroken(tmp_path: Path) -> None:
    unbroken, broken = many(tmp_path / "unbroken"), many(tmp_path / "broken")
    subprocess.run([sys.executable, "-c", PROGRAM, str(unbroken.folder)], check=True)

    def journalled() -> int:
        return sum(path.read_bytes().count(b"\n") for path in broken.folder.glob(".double*"))

    for lines in (7, 30, 60):
        killed(broken.folder, lambda lines=lines: journalled() >= lines)  # type: ignore[misc]
        assert lines <= journalled() < 100
    subprocess.run([sys.executable, "-c", PROGRAM, str(broken.folder)], check=True)
    for collection in (unbroken, broken):
        assert [row["doubled"] for row in Collection.open(collection.folder).records()] == list(
            range(2, 201, 2)
        )
    assert (broken.folder / manifest.NAME).read_bytes() == (
        unbroken.folder / manifest.NAME
    ).read_bytes()
