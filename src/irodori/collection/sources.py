"""What pictures can be imported from: a folder, tar shards, Parquet with pictures in it.

A vector drawing is a picture with true line art: see `vector`.
"""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from irodori.collection import vector
from irodori.collection.errors import CollectionError
from irodori.storage.places import remote

PICTURES = frozenset({".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_FACTS_NAME = "manifest.csv"


@dataclass(frozen=True)
class Found:
    """A picture that can be imported.

    name: where it comes from, with slashes, without a suffix. read, read_line: give the files'
    bytes; read_line is None, or gives none, where there is no true line art. facts: what is known
    of it, by the manifest's column names or the source's own.
    """

    name: str
    suffix: str
    read: Callable[[], bytes]
    line_suffix: str = ""
    read_line: Callable[[], bytes] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def find_pictures(source: Path) -> Iterator[Found]:
    """All pictures of a folder, of tar shards or of Parquet files, in a fixed order.

    Files named ID.color.* and ID.line.* are one picture and its line art. Raises CollectionError.
    """
    files = [source] if source.is_file() else sorted(source.rglob("*"))
    tars = [path for path in files if path.suffix.lower() == ".tar"]
    tables = [path for path in files if path.suffix.lower() == ".parquet"]
    if tars:
        known = _facts_beside(tars[0].parent)
        for path in tars:
            yield from _in_tar(path, known)
    elif tables:
        for path in tables:
            yield from _in_parquet(path)
    else:
        yield from _in_folder(source, files)


def _in_folder(source: Path, files: list[Path]) -> Iterator[Found]:
    root = source if source.is_dir() else source.parent
    known = _facts_beside(root)
    members: dict[str, dict[str, Path]] = {}
    for path in files:
        wanted = path.suffix.lower() in PICTURES | vector.SUFFIXES and not path.name.startswith(".")
        if wanted and (remote(path) or path.is_file()):
            name, kind = _kind(path.relative_to(root).as_posix())
            if not (kind == "line" and path.suffix.lower() in vector.SUFFIXES):
                members.setdefault(name, {})[kind] = path
    for name, kinds in members.items():
        picture = kinds.get("color") or kinds.get("line")
        if picture is None:
            continue
        line = kinds.get("line") if "color" in kinds else None
        tags = list(PurePosixPath(name).parent.parts)
        yield _found(
            name,
            (picture.suffix.lower(), picture.read_bytes),
            (line.suffix.lower(), line.read_bytes) if line else None,
            {"tags": tags, **known.get(PurePosixPath(name).name, {})},
        )


_File = tuple[str, Callable[[], bytes]]  # suffix, and what reads it


def _found(name: str, color: _File, line: _File | None, facts: Mapping[str, Any]) -> Found:
    """A picture from its files; a vector drawing brings its line art itself."""
    suffix, read = color
    if suffix in vector.SUFFIXES:
        draw = _drawing(read)
        return Found(name, ".webp", lambda: draw()[0], ".webp", lambda: draw()[1], facts)
    line_suffix, read_line = line or ("", None)
    return Found(name, suffix, read, line_suffix, read_line, facts)


def _drawing(read: Callable[[], bytes]) -> Callable[[], tuple[bytes, bytes]]:
    """Draws once, color and line; what is no drawing comes as it is, for cleaning to name it."""

    @cache
    def draw() -> tuple[bytes, bytes]:
        data = read()
        try:
            pair = vector.draw_vector(data)
        except CollectionError:
            return data, b""
        return _webp(pair.color), _webp(pair.line) if pair.line else b""

    return draw


def _webp(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=True)
    return file.getvalue()


def _kind(name: str) -> tuple[str, str]:
    """A file's name without its suffixes, and whether it is the color picture or the line art."""
    stem = name.rpartition(".")[0]
    for kind in ("color", "line"):
        if stem.endswith(f".{kind}"):
            return stem.removesuffix(f".{kind}"), kind
    return stem, "color"


def _in_tar(path: Path, known: Mapping[str, Mapping[str, Any]]) -> Iterator[Found]:
    """Samples in WebDataset layout: the members of one follow each other, named ID.KIND."""
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:*") as tar:
            name = ""
            members: dict[str, bytes] = {}
            for member in tar:
                if not member.isfile():
                    continue
                parent, slash, base = member.name.rpartition("/")
                stem, _, kind = base.partition(".")
                if parent + slash + stem != name:
                    yield from _sample(name, members, known)
                    name, members = parent + slash + stem, {}
                content = tar.extractfile(member)
                members[kind.lower()] = content.read() if content else b""
            yield from _sample(name, members, known)
    except (OSError, tarfile.TarError) as error:
        raise CollectionError(f"{path}: is no readable tar ({error}); fetch it again") from None


def _sample(
    name: str, members: Mapping[str, bytes], known: Mapping[str, Mapping[str, Any]]
) -> Iterator[Found]:
    pictures = {
        kind: data
        for kind, data in members.items()
        if _suffix_of(kind) in PICTURES | vector.SUFFIXES
    }
    lines = {kind: data for kind, data in pictures.items() if kind.startswith("line.")}
    colors = {kind: data for kind, data in pictures.items() if kind not in lines}
    lines = {kind: data for kind, data in lines.items() if _suffix_of(kind) in PICTURES}
    if not colors:
        return
    color_kind, color = next(iter(colors.items()))
    facts = dict(known.get(PurePosixPath(name).name, {}))
    if "json" in members:
        facts |= _json_facts(name, members["json"])
    line = next(((_suffix_of(kind), _giving(data)) for kind, data in lines.items()), None)
    yield _found(name, (_suffix_of(color_kind), _giving(color)), line, facts)


def _suffix_of(kind: str) -> str:
    return "." + kind.rpartition(".")[2]


def _json_facts(name: str, data: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(data)
    except ValueError as error:
        raise CollectionError(f"{name}.json: is no JSON ({error}); mend or remove it") from None
    return facts if isinstance(facts, dict) else {}


def _in_parquet(path: Path) -> Iterator[Found]:
    """Rows with a column of encoded pictures: bytes, or a struct with the field `bytes`."""
    try:
        file = pq.ParquetFile(path.open("rb") if remote(path) else path)
    except (OSError, pa.ArrowInvalid) as error:
        raise CollectionError(f"{path}: is no readable Parquet ({error}); fetch it again") from None
    column = _picture_column(path, file.schema_arrow)
    number = 0
    for batch in file.iter_batches(batch_size=64):
        for row in batch.to_pylist():
            value = row.pop(column)
            data = value["bytes"] if isinstance(value, dict) else value
            inner = value.get("path") if isinstance(value, dict) else None
            if data:
                name = PurePosixPath(inner).stem if inner else f"{number:08d}"
                yield Found(f"{path.stem}/{name}", _suffix(data), _giving(data), facts=row)
            number += 1


def _giving(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _picture_column(path: Path, schema: pa.Schema) -> str:
    for column in schema:
        kind = column.type
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            return str(column.name)
        if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
            return str(column.name)
    raise CollectionError(
        f"{path}: has no column of pictures (bytes); its columns are {', '.join(schema.names)}"
    )


def _suffix(data: bytes) -> str:
    """The suffix that a file's first bytes call for."""
    signatures = {b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"GIF8": ".gif", b"BM": ".bmp"}
    for start, suffix in signatures.items():
        if data.startswith(start):
            return suffix
    return ".webp" if data[8:12] == b"WEBP" else ".img"


def _facts_beside(folder: Path) -> dict[str, dict[str, Any]]:
    """What a `manifest.csv` beside the pictures says, by its column `id`."""
    path = folder / _FACTS_NAME
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CollectionError(f"{path}: cannot be read ({error}); mend or remove it") from None
    if rows and "id" not in rows[0]:
        raise CollectionError(f"{path}: has no column id, so its rows belong to no picture")
    return {row["id"]: row for row in rows}
