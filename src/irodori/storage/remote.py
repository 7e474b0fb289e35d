"""A path that lies elsewhere: the part of `pathlib.Path` that our rooms use, over fsspec.

Objects are read and written whole or in ranges, in one request each, so that a request can simply
be made again. Writing one is atomic: it is whole, or the old one is still there.
"""

from __future__ import annotations

import errno
import fnmatch
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

from irodori.storage.errors import StorageError
from irodori.storage.patience import patiently, told

_READ_ONLY = ("http", "https")
_BLOCK = 1 << 22  # bytes that are read at a time where a file is read from its beginning
_OPTIONS: dict[str, dict[str, Any]] = {
    # Retrying is ours, so that it can be told; and what others write meanwhile must be seen.
    "s3": {"config_kwargs": {"retries": {"total_max_attempts": 1}}, "use_listings_cache": False}
}


class Stat(NamedTuple):
    """What is known of an object: bytes, and a text that changes with the content."""

    st_size: int
    version: str


class RemotePath:
    """An address such as s3://bucket/art/a.png; picklable, compared and sorted by its text."""

    __slots__ = ("_path", "scheme")

    def __init__(self, scheme: str, path: PurePosixPath) -> None:
        self.scheme, self._path = scheme, path

    def __reduce__(self) -> tuple[Any, ...]:
        return RemotePath, (self.scheme, self._path)

    def __str__(self) -> str:
        return f"{self.scheme}://{self._path}"

    def __repr__(self) -> str:
        return f"RemotePath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __lt__(self, other: RemotePath) -> bool:
        return str(self) < str(other)

    def __truediv__(self, other: str | PurePosixPath) -> RemotePath:
        return RemotePath(self.scheme, self._path / other)

    @property
    def name(self) -> str:
        """The last part."""
        return self._path.name

    @property
    def stem(self) -> str:
        """The last part without its suffix."""
        return self._path.stem

    @property
    def suffix(self) -> str:
        """The last part's end, from its last dot on."""
        return self._path.suffix

    @property
    def parent(self) -> RemotePath:
        """The folder."""
        return RemotePath(self.scheme, self._path.parent)

    def with_name(self, name: str) -> RemotePath:
        """Another object in the same folder."""
        return RemotePath(self.scheme, self._path.with_name(name))

    def relative_to(self, folder: RemotePath) -> PurePosixPath:
        """The way from a folder to here. Raises ValueError where there is none."""
        return self._path.relative_to(folder._path)

    def resolve(self) -> RemotePath:
        """The same: an address is whole, and there are no links."""
        return self

    def stat(self) -> Stat:
        """Raises FileNotFoundError where there is no object, StorageError."""
        found = self._info()
        if found is None or found["type"] == "directory":
            raise self._missing()
        return _stat(found)

    def exists(self) -> bool:
        """Whether there is an object, or a folder with something in it."""
        return self._info() is not None

    def is_file(self) -> bool:
        """Whether there is an object."""
        found = self._info()
        return found is not None and found["type"] == "file"

    def is_dir(self) -> bool:
        """Whether objects lie below it; over HTTP, whether a page is there that lists them."""
        found = self._info()
        return found is not None and found["type"] == "directory"

    def iterdir(self) -> Iterator[RemotePath]:
        """What lies in the folder, by name; nothing where there is no such folder."""
        try:
            names = self._ask("ls", self._folder, detail=False)
        except FileNotFoundError:
            return
        for name in sorted(str(each) for each in names):
            there = self._at(name)
            if there != self:
                yield there

    def glob(self, pattern: str) -> Iterator[RemotePath]:
        """What lies in the folder and is named so; the pattern is of one part."""
        return (path for path in self.iterdir() if fnmatch.fnmatchcase(path.name, pattern))

    def rglob(self, pattern: str) -> Iterator[RemotePath]:
        """The objects below, at any depth, that are named so; by address."""
        try:
            names = self._ask("find", self._folder, detail=False)
        except FileNotFoundError:
            return
        paths = (self._at(str(each)) for each in names)
        yield from sorted(path for path in paths if fnmatch.fnmatchcase(path.name, pattern))

    def versions(self) -> dict[str, str]:
        """All objects below, by the way to them, each with its version as `stat` tells it."""
        try:
            found = self._ask("find", self._folder, detail=True)
        except FileNotFoundError:
            return {}
        return {
            str(self._at(str(name)).relative_to(self)): _stat(each).version
            for name, each in found.items()
        }

    def read_bytes(self) -> bytes:
        """The whole object. Raises FileNotFoundError, StorageError."""
        content: bytes = self._ask("cat_file", self._key)
        return content

    def read_range(self, start: int, size: int) -> bytes:
        """`size` bytes from `start` on, fewer at the end; all from there on where size is -1."""
        if size < 0:
            return self.read_bytes()[start:]
        content: bytes = self._ask("cat_file", self._key, start=start, end=start + size)
        # A plain web server does not know ranges and sends it all.
        return content if len(content) <= size else content[start : start + size]

    def read_text(self, encoding: str = "utf-8") -> str:
        """The whole object as text."""
        return self.read_bytes().decode(encoding)

    def open(self, mode: str = "r", *, newline: str | None = None, encoding: str = "utf-8") -> Any:
        """The object for reading, "rb" in blocks as they are needed, or "r"."""
        if mode == "rb":
            return io.BufferedReader(_Ranges(self), _BLOCK)
        if mode == "r":
            return io.TextIOWrapper(io.BytesIO(self.read_bytes()), encoding, newline=newline)
        raise StorageError(f"{self}: can only be written whole; name a local file")

    def write(self, content: bytes | Callable[[BinaryIO], object]) -> None:
        """Puts the object there, whole or not at all. content: the bytes, or what writes them.

        What writes them is given a local file first. Raises StorageError.
        """
        if not callable(content):
            self._change("pipe_file", self._key, content)
            return
        import tempfile

        with tempfile.TemporaryDirectory(prefix="irodori-") as folder:
            path = Path(folder, "content")
            with path.open("w+b") as file:
                content(file)
            self.put(path)

    def put(self, path: Path) -> None:
        """Puts a local file there."""
        self._change("put_file", os.fspath(path), self._key)

    def get(self, path: Path) -> None:
        """Brings the object to a local file, which may be left half where this is ended."""
        self._ask("get_file", self._key, os.fspath(path))

    def unlink(self, missing_ok: bool = False) -> None:
        """Removes the object."""
        if missing_ok or self.is_file():
            self._change("rm_file", self._key)
        else:
            raise self._missing()

    def mkdir(self, *, parents: bool = True, exist_ok: bool = True) -> None:
        """Nothing: storage has no folders, only names with slashes. Over HTTP: StorageError."""
        self._check_writable()

    @property
    def _key(self) -> str:
        return str(self) if self.scheme in _READ_ONLY else str(self._path)

    @property
    def _folder(self) -> str:
        return f"{self._key}/" if self.scheme in _READ_ONLY else self._key

    def _at(self, name: str) -> RemotePath:
        return RemotePath(self.scheme, PurePosixPath(name.removeprefix(f"{self.scheme}://")))

    def _missing(self) -> FileNotFoundError:
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))

    def _info(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._ask("info", self._key)
        except FileNotFoundError:
            return None
        if self.scheme in _READ_ONLY and found.get("mimetype") == "text/html":
            found["type"] = "directory"  # a page that lists what is in it
        return found

    def _check_writable(self) -> None:
        if self.scheme in _READ_ONLY:
            raise StorageError(
                f"{self}: {self.scheme} can only be read; write to a folder, or to s3://"
            )

    def _change(self, what: str, *arguments: Any) -> None:
        self._check_writable()
        try:
            self._ask(what, *arguments)
        except FileNotFoundError:
            bucket = self._path.parts[0] if self._path.parts else ""
            raise StorageError(
                f"{self}: there is no bucket {bucket}; make it first, or name another"
            ) from None

    def _ask(self, what: str, *arguments: Any, **options: Any) -> Any:
        """One request, or what fsspec makes of it, made again while the connection is lost."""

        def ask() -> Any:
            return getattr(filesystem(self.scheme), what)(*arguments, **options)

        where = f"{self.scheme}://{self._path.parts[0] if self._path.parts else ''}"
        try:
            return patiently(ask, where, str(self))
        except StorageError:
            raise
        except FileNotFoundError:
            raise self._missing() from None
        except Exception as error:
            raise _refused(str(self), error) from error


def filesystem(scheme: str) -> Any:
    """The fsspec filesystem for a scheme. Raises StorageError for an unknown one."""
    import fsspec

    try:
        found = fsspec.filesystem(scheme, **_OPTIONS.get(scheme, {}))
    except ImportError as error:  # fsspec's own text names the library
        if scheme in _LIBRARY:
            raise ModuleNotFoundError(str(error), name=_LIBRARY[scheme]) from None
        raise StorageError(f"{scheme}://: {error}") from None
    except ValueError:
        raise StorageError(
            f"{scheme}://: is not known; give a folder, or an address with s3://, http:// or "
            "https://"
        ) from None
    found.retries = 1
    return found


_LIBRARY = {"s3": "s3fs", "http": "aiohttp", "https": "aiohttp"}


def _stat(found: dict[str, Any]) -> Stat:
    version = found.get("ETag") or found.get("LastModified") or found.get("Last-Modified") or ""
    return Stat(int(found["size"] or 0), f"{version} {found['size']}")


def _refused(address: str, error: Exception) -> Exception:
    """An error that waiting does not mend, as one line that says what to do."""
    name = type(error).__name__
    if isinstance(error, PermissionError) or getattr(error, "status", None) in (401, 403):
        return StorageError(
            f"{address}: no permission ({told(error)}); check the keys (AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY) and what they may do"
        )
    if name in ("NoCredentialsError", "PartialCredentialsError"):
        return StorageError(
            f"{address}: no keys to sign in with; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    known = isinstance(error, OSError | ValueError)  # ValueError: a bad endpoint, a bad name
    if known or type(error).__module__.startswith(("botocore", "aio")):
        return StorageError(f"{address}: cannot be used ({name}: {told(error)})")
    return error


class _Ranges(io.RawIOBase):
    """An object as a file that can be read and sought in."""

    def __init__(self, path: RemotePath) -> None:
        self._path, self._size, self._place = path, path.stat().st_size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._place)
        if wanted <= 0:
            return 0
        content = self._path.read_range(self._place, wanted)
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)
