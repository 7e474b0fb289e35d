"""Files of a collection, each whole or not there, even where the program is killed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from irodori.color.errors import OutputError
from irodori.storage.places import remote


def write_file(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Puts a file in place, its folder too; replaces what is there. Raises OutputError.

    content: the bytes, or what writes them. They go to `.NAME.part` beside it first. A collection
    has one writer at a time, so the name is always the same, and what a kill leaves is taken up by
    the next try. Storage elsewhere puts a file in place whole by itself.
    """
    if there := remote(path):
        there.write(content)
        return
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                if callable(content):
                    content(file)
                else:
                    file.write(content)
            part.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}); make room or choose another place"
        ) from error
