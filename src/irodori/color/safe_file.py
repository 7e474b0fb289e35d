"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from irodori.color.errors import OutputError
from irodori.storage.places import place, remote


def replace_file(path: str, write_to: Callable[[BinaryIO], None], *, force: bool) -> None:
    """Make a file whose content ``write_to`` writes, or leave everything as it was.

    The content goes to a hidden file beside it first, which takes the name once it is complete. A
    file that exists is replaced only by ``force``; a link's target is replaced, not the link. An
    address such as s3://bucket/a.png is written to in one go, which is as safe.
    Raises OutputError.
    """
    if there := remote(place(path)):
        if not force and there.exists():
            raise OutputError(f"{path}: exists; give another name with -o, or use --force")
        there.write(write_to)
        return
    whole = False
    try:
        target = Path(os.path.realpath(path))
        _check_free(path, target, force)
        file, name = _beside(target)
        try:
            with file:
                write_to(file)
            if not force:
                _check_free(path, target, force)  # it may have come into being meanwhile
            Path(name).replace(target)
            whole = True
        finally:
            if not whole:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(
            f"{path}: cannot be written ({reason}); choose another place or make room"
        ) from error


def _check_free(path: str, target: Path, force: bool) -> None:
    if target.is_dir():
        raise OutputError(f"{path}: is a folder; name a file in it")
    if not target.exists():
        return
    if not target.is_file():
        raise OutputError(f"{path}: is not a regular file; name another")
    if not force:
        raise OutputError(f"{path}: exists; give another name with -o, or use --force")


def _beside(target: Path) -> tuple[BinaryIO, str]:
    """A new file in the same folder, with the permissions that a new file gets there."""
    stem = target.name[:40]  # the whole name may be as long as the system allows already
    handle, name = tempfile.mkstemp(prefix=f".{stem}.", suffix=".part", dir=target.parent)
    umask = os.umask(0)
    os.umask(umask)
    with contextlib.suppress(OSError):  # some file systems know no permissions
        Path(name).chmod(0o666 & ~umask)
    return os.fdopen(handle, "w+b"), name
