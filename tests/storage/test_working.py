"""The mirror between an address and its working folder, and what may not lie elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irodori.storage.errors import StorageError
from irodori.storage.places import place, remote
from irodori.storage.remote import RemotePath
from irodori.storage.working import Mirror, working, working_file, working_folder

Content = Callable[[str], dict[str, bytes]]


@pytest.fixture
def there(bucket: str) -> RemotePath:
    found = remote(place(f"{bucket}/runs"))
    assert found is not None
    return found


def put(folder: Path, name: str, text: str, at: int) -> None:
    """A file that was written at second `at`."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (at, at))


def test_what_changed_travels_and_nothing_else(
    tmp_path: Path, there: RemotePath, content: Content, line: Any
) -> None:
    mirror = Mirror(there, tmp_path / "one")
    put(mirror.here, "a/run.json", "1", 10)
    put(mirror.here, "a/cache/big.npz", "worked out", 10)
    put(mirror.here, "a/.half.part", "half", 10)
    mirror.send()
    assert content(f"{there}/") == {"a/run.json": b"1"}
    line.arm(None)
    mirror.send()
    assert line.requests == 0
    mirror.fetch()
    assert line.requests == 1, "one listing"

    other = Mirror(there, tmp_path / "other")
    other.fetch()
    assert (other.here / "a" / "run.json").read_text() == "1"
    put(other.here, "a/run.json", "2", 20)
    put(other.here, "b/run.json", "3", 20)
    other.send("a")
    assert content(f"{there}/") == {"a/run.json": b"2"}, "only what lies below"
    mirror.fetch()
    assert (mirror.here / "a" / "run.json").read_text() == "2"
    assert not (mirror.here / "b").exists()


def test_what_is_taken_away_is_taken_away_on_the_other_side(
    tmp_path: Path, there: RemotePath, content: Content
) -> None:
    one, other = Mirror(there, tmp_path / "one"), Mirror(there, tmp_path / "other")
    put(one.here, "old/checkpoint.json", "1", 10)
    put(one.here, "new/checkpoint.json", "2", 20)
    one.send()
    other.fetch()
    (one.here / "old" / "checkpoint.json").unlink()
    one.send()
    assert set(content(f"{there}/")) == {"new/checkpoint.json"}
    put(other.here, "mine/checkpoint.json", "3", 30)
    other.fetch()
    left = {path.parent.name for path in other.here.rglob("checkpoint.json")}
    assert left == {"new", "mine"}, "what was never sent stays"


def test_files_go_in_the_order_in_which_they_were_written(
    tmp_path: Path, there: RemotePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    plain = RemotePath.put
    monkeypatch.setattr(
        RemotePath, "put", lambda path, file: (sent.append(path.name), plain(path, file))
    )
    mirror = Mirror(there, tmp_path)
    put(tmp_path, "a/checkpoint.json", "tells of the weights", 30)
    put(tmp_path, "a/weights", "weights", 20)
    put(tmp_path, "z", "first", 10)
    mirror.send()
    assert sent == ["z", "weights", "checkpoint.json"]


def test_sending_that_was_stopped_goes_on(
    tmp_path: Path, there: RemotePath, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(there, tmp_path)
    for number in range(4):
        put(tmp_path, f"f{number}", str(number), number)
    plain, left = RemotePath.put, [2]

    def put_two(path: RemotePath, file: Path) -> None:
        if not left[0]:
            raise StorageError("gone")
        left[0] -= 1
        plain(path, file)

    with monkeypatch.context() as patch:
        patch.setattr(RemotePath, "put", put_two)
        with pytest.raises(StorageError):
            mirror.send()
    assert set(content(f"{there}/")) == {"f0", "f1"}
    mirror.fetch()
    mirror.send()
    assert content(f"{there}/") == {f"f{n}": str(n).encode() for n in range(4)}


def test_working_is_the_folder_itself_or_is_sent_back_whatever_happens(
    tmp_path: Path, there: RemotePath, content: Content
) -> None:
    with working(tmp_path) as here:
        assert here == tmp_path

    def work() -> None:
        with working(place(str(there))) as here:
            (here / "done").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert content(f"{there}/") == {"done": b"half"}
    with (
        pytest.raises(StorageError, match="can only be read"),
        working(place("http://127.0.0.1:1/x")),
    ):
        pass


def test_a_journal_lies_here(tmp_path: Path, there: RemotePath) -> None:
    assert working_file(tmp_path, ".clean.jsonl") == tmp_path / ".clean.jsonl"
    path = working_file(place(str(there)), ".clean.jsonl")
    assert remote(path) is None
    assert path.parent.is_dir()
    assert path == working_file(place(str(there)), ".clean.jsonl")
    assert working_folder(there) != working_folder(there / "b")


def test_a_state_folder_that_cannot_be_made_is_said(
    tmp_path: Path, there: RemotePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="set XDG_STATE_HOME to a place with room"):
        working_folder(there)
