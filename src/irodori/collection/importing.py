"""Bringing pictures that one has into a collection: copied once, with what is known of them."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from irodori.collection.errors import CollectionError
from irodori.collection.files import write_file
from irodori.collection.sources import Found, find_pictures
from irodori.collection.steps import Journal, Progress
from irodori.collection.store import Collection, Record
from irodori.storage.places import place, remote
from irodori.storage.working import working_file

_OTHER_NAMES = {"licence": "license", "artist": "author", "url": "url", "page": "url"}
_TEXTS = ("source", "author", "license", "license_url", "url", "rating", "group")


@dataclass(frozen=True)
class Given:
    """What holds for all pictures of an import, unless a picture's own facts say otherwise."""

    source: str | None = None
    license: str | None = None
    license_url: str | None = None
    author: str | None = None


@dataclass(frozen=True)
class Imported:
    """How many pictures are new, and how many were there before."""

    new: int
    known: int


def import_pictures(
    folder: str | Path, source: str | Path, given: Given, *, progress: Progress | None = None
) -> Imported:
    """Copies the pictures of `source` into the collection `folder`, which is made if need be.

    source: a folder (its sub-folders become tags), tar shards in WebDataset layout, or Parquet;
    SVG drawings come as pictures of 512 px with their line art. A
    `manifest.csv` beside them, or a JSON file per sample, is heeded. Pictures that cannot be read
    come too: cleaning names the reason. Stopped, it goes on where it was. Raises CollectionError,
    OutputError.
    """
    source = place(source)
    if not source.exists():
        raise CollectionError(f"{source}: no such file or folder; name one that holds pictures")
    collection = Collection.create(folder)
    given = given if given.source else Given(**{**vars(given), "source": _slug(source.stem)})
    mark = hashlib.sha256(f"{source.resolve()} {given}".encode()).hexdigest()[:12]
    journal = Journal(working_file(collection.folder, f".import.{mark}.jsonl"))
    try:
        rows = {row["id"]: row for row in journal.rows}
        known = set(collection.table["id"].to_pylist())
        kept = 0
        for found in find_pictures(source):
            name = _id(found, given)
            if name in known:
                kept += 1
                continue
            if name not in rows:
                rows[name] = _bring(collection, name, found, given)
                journal.write(rows[name])
            if progress:
                progress(len(rows), len(rows), name)
    finally:
        journal.close()
    new = collection.add(rows.values())
    journal.remove()
    collection.log("import", {"from": source.name, **vars(given)}, new=new, known=kept)
    return Imported(new, kept)


def _id(found: Found, given: Given) -> str:
    """A name fit for files; a short one that its source gave is kept, so that it is found again."""
    own = str(found.facts.get("id") or "")
    if own and own == _slug(own):
        return own
    source = found.facts.get("source") or given.source or ""
    return _slug(f"{source}-{found.name}".replace("/", "-"))


def _slug(text: str) -> str:
    """Text as part of a file's name; what had to be changed is told apart by a digest."""
    plain = re.sub(r"[^\w.-]+", "_", text).strip("._-")[:80]
    if plain == text:
        return plain
    return f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _bring(collection: Collection, name: str, found: Found, given: Given) -> Record:
    facts = _facts(found.facts, given)
    into = PurePosixPath(_slug(facts["source"] or "pictures"))
    data = found.read()
    path = str(into / f"{name}.color{found.suffix}")
    _keep(collection.path(path), data)
    row: Record = {"id": name, "path": path, **facts, **measures(data)}
    line = found.read_line() if found.read_line else b""
    if line:
        row["line_path"] = str(into / f"{name}.line{found.line_suffix}")
        _keep(collection.path(row["line_path"]), line)
    return row


def _keep(path: Path, data: bytes) -> None:
    if remote(path) or not (path.is_file() and path.stat().st_size == len(data)):
        write_file(path, data)


def _facts(own: Mapping[str, Any], given: Given) -> Record:
    """The manifest's columns from what a source calls them."""
    named = {_OTHER_NAMES.get(key, key): value for key, value in own.items()}
    facts: Record = {key: _text(named.get(key)) or getattr(given, key, None) for key in _TEXTS}
    tags = named.get("tags")
    facts["tags"] = tags.split() if isinstance(tags, str) else [str(tag) for tag in tags or ()]
    return facts


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def measures(data: bytes) -> Record:
    """Size, digest, and what the picture's header says; no width where it says nothing."""
    row: Record = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    try:
        with Image.open(io.BytesIO(data)) as image:
            row["width"], row["height"] = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        pass
    return row
