"""Files that are whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from irodori.collection.files import write_file
from irodori.color.errors import OutputError


def test_it_replaces_and_takes_up_what_a_kill_left(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.webp"
    write_file(path, b"one")
    (path.parent / ".a.webp.part").write_bytes(b"half of somethi")
    write_file(path, lambda file: file.write(b"two"))
    assert [(each.name, each.read_bytes()) for each in path.parent.iterdir()] == [
        ("a.webp", b"two")
    ]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    write_file(path, b"one")

    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_file(path, fail)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a.webp", b"one")]


def test_a_place_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file" / "a", tmp_path / f"{'n' * 300}", tmp_path):
        with pytest.raises(OutputError, match="cannot be written"):
            write_file(path, b"x")
