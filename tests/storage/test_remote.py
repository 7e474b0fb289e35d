"""A path elsewhere answers as a local one does."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from irodori.storage.errors import StorageError
from irodori.storage.places import append, place, read_range, remote, stamp
from irodori.storage.remote import RemotePath

FILES = {"a.png": b"A" * 10, "cats/b.png": b"B", "cats/more/c.tar": b"C" * 5000, "notes.txt": b"x"}


@pytest.fixture(params=["local", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same files in a local folder and in a bucket."""
    made = tmp_path / "art"
    if request.param == "s3":
        made = place(f"{request.getfixturevalue('bucket')}/art")
    for name, content in FILES.items():
        path = made / name
        if there := remote(path):
            there.write(content)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return made


def names(paths: Iterator[Path], folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def test_looking_around(folder: Path) -> None:
    assert names(folder.iterdir(), folder) == ["a.png", "cats", "notes.txt"]
    assert names(folder.glob("*.png"), folder) == ["a.png"]
    assert names(folder.rglob("*.png"), folder) == ["a.png", "cats/b.png"]
    cats, png, none = folder / "cats", folder / "a.png", folder / "none"
    assert [path.exists() for path in (cats, png, none)] == [True, True, False]
    assert [path.is_dir() for path in (folder, cats, png, none)] == [True, True, False, False]
    assert [path.is_file() for path in (folder, cats, png, none)] == [False, False, True, False]
    assert list((folder / "none").rglob("*")) == []


def test_reading(folder: Path) -> None:
    path = folder / "cats" / "more" / "c.tar"
    assert path.read_bytes() == FILES["cats/more/c.tar"]
    assert path.stat().st_size == 5000
    assert read_range(folder / "a.png", 2, 3) == b"AAA"
    assert read_range(folder / "a.png", 8, 99) == b"AA"
    assert read_range(folder / "a.png", 4, -1) == b"A" * 6
    with path.open("rb") as file:
        file.seek(-2, 2)
        assert file.read() == b"CC"
        assert file.read() == b""
    with (folder / "notes.txt").open(encoding="utf-8") as text:
        assert text.read() == "x"
    for missing in (folder / "none", folder):
        with pytest.raises(OSError):
            missing.read_bytes()


def test_parts_of_a_path(folder: Path) -> None:
    path = folder / "cats" / "b.png"
    assert (path.name, path.stem, path.suffix) == ("b.png", "b", ".png")
    assert path.parent == folder / "cats"
    assert path.with_name("d.png") == folder / "cats" / "d.png"
    assert sorted([path, folder / "a.png"])[0].name == "a.png"
    assert pickle.loads(pickle.dumps(path)) == path
    assert len({path, folder / "cats/b.png"}) == 1
    assert place(str(path)) == path


def test_changing(folder: Path) -> None:
    path = folder / "notes.txt"
    before = stamp(path)
    append(path, "y\n")
    assert path.read_text() == "xy\n"
    assert stamp(path) != before
    assert stamp(path) == stamp(path)
    append(folder / "log", "first\n")
    assert (folder / "log").read_text() == "first\n"
    path.unlink()
    assert not path.exists()
    assert stamp(path) is None
    path.unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        path.unlink()
    (folder / "new").mkdir(parents=True, exist_ok=True)


def test_a_tar_is_read_by_its_members(tmp_path: Path, bucket: str) -> None:
    local = tmp_path / "t.tar"
    with tarfile.open(local, "w") as tar:
        for name in ("b.png", "c.txt"):
            source = tmp_path / name
            source.write_bytes(name.encode() * 3000)
            tar.add(source, name)
    there = RemotePath.write
    path = place(f"{bucket}/t.tar")
    there(path, lambda file: file.write(local.read_bytes()))  # type: ignore[arg-type]
    with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
        members = [(each.name, each.offset_data, each.size) for each in tar]
    assert [read_range(path, start, size) for _, start, size in members] == [
        b"b.png" * 3000,
        b"c.txt" * 3000,
    ]


@pytest.mark.parametrize("typed", ["art", "./art", "/tmp/art", "C:\\art", "s3", "a:b/c"])
def test_what_is_no_address_is_a_local_path(typed: str) -> None:
    assert remote(place(typed)) is None
    assert place(typed) == Path(typed)
    assert place("file:///tmp/art") == Path("/tmp/art")


def test_an_unknown_kind_of_address(line: Any) -> None:
    with pytest.raises(StorageError, match=r"gopher://: is not known; give a folder, or .*s3://"):
        place("gopher://bucket/art").exists()


@pytest.mark.parametrize(
    ("hidden", "address", "extra"),
    [("s3fs", "s3://art/col", "s3fs"), ("aiohttp", "http://127.0.0.1:1/col", "aiohttp")],
)
def test_what_is_not_installed_is_said(hidden: str, address: str, extra: str) -> None:
    code = (
        f"import sys; sys.modules[{hidden!r}] = None\nfrom irodori.cli import main\n"
        f"sys.exit(main(['data', 'clean', {address!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f'irodori: this needs {extra}, not installed; pip install "irodori[remote]"\n'
    )


def test_a_bucket_that_does_not_exist_is_said_and_not_made(line: Any, client: Any) -> None:
    path = place("s3://no-such-bucket/art/a.png")
    assert not path.exists()
    with pytest.raises(StorageError, match="there is no bucket no-such-bucket; make it first"):
        path.write(b"x")  # type: ignore[attr-defined]
    assert "no-such-bucket" not in [each["Name"] for each in client.list_buckets()["Buckets"]]


def test_wrong_keys_are_said(unsteady: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody is let in: the server asks for keys from the first request on, and knows none.
    with unsteady.object_store(INITIAL_NO_AUTH_ACTION_COUNT="1") as port:
        address = f"http://127.0.0.1:{port}"
        boto3.client("s3", endpoint_url=address, **_SOME_KEYS).create_bucket(Bucket="closed")
        monkeypatch.setattr(
            "irodori.storage.remote._OPTIONS",
            {"s3": {"endpoint_url": address, "key": "wrong", "secret": "wrong"}},
        )
        with pytest.raises(StorageError, match=r"no permission \(.*\); check the keys"):
            place("s3://closed/art/a.png").read_bytes()


_SOME_KEYS = {
    "aws_access_key_id": "x",
    "aws_secret_access_key": "y",
    "region_name": "us-east-1",
}
