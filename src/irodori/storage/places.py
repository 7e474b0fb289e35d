"""What a person types for a place, as a path: a folder here, or an address elsewhere."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias, cast

from irodori.storage.remote import RemotePath

Stamp: TypeAlias = tuple[Any, ...]
"""Compared only: equal as long as a file has not changed."""

_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+)://(?P<rest>.+)")


def place(typed: str | os.PathLike[str]) -> Path:
    """A local path, or a `RemotePath` for an address such as s3://bucket/art.

    It is given as a Path in both cases: a RemotePath answers the calls that our rooms make of one.
    """
    if isinstance(typed, RemotePath):
        return cast(Path, typed)
    found = _ADDRESS.fullmatch(str(typed))
    if found is None:
        return Path(typed)
    if found["scheme"] == "file":
        return Path(found["rest"])
    return cast(Path, RemotePath(found["scheme"], PurePosixPath(found["rest"])))


def remote(path: Path) -> RemotePath | None:
    """The same path if it lies elsewhere, None if it is local."""
    there: object = path
    return there if isinstance(there, RemotePath) else None


def stamp(path: Path) -> Stamp | None:
    """Tells whether a file is still the one that was looked at; None where there is none."""
    try:
        if there := remote(path):
            return tuple(there.stat())
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def read_range(path: Path, start: int, size: int) -> bytes:
    """`size` bytes from `start` on, or all from there on where size is -1. Raises OSError."""
    if there := remote(path):
        return there.read_bytes() if (start, size) == (0, -1) else there.read_range(start, size)
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)


def append(path: Path, text: str) -> None:
    """Adds text to a file; storage has no adding, so it is written anew there. Raises OSError."""
    if there := remote(path):
        before = there.read_bytes() if there.is_file() else b""
        there.write(before + text.encode())
        return
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
