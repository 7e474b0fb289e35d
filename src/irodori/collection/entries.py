"""Where the pictures of a data set lie: in a collection's folder, or in tar shards.

Both come down to one thing, a list of entries whose files can be read at any time and in any
order: a member of a tar is a stretch of bytes in a file.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from irodori.collection.errors import CollectionError
from irodori.storage.places import read_range

PARTS = ("train", "validation", "test")

_KNOWN = ("source", "author", "license", "group", "pseudo_label")

_MEMBER = re.compile(
    r"(?P<id>[^.]+)\.(?P<kind>color|line|line\d+|flats)\.(?:webp|png)|(?P<json>[^.]+)\.json"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bytes of a file lie: all of `path`, or `size` of them from `start` on."""

    path: Path
    start: int = 0
    size: int = -1

    def read(self) -> bytes:
        """The bytes. Raises CollectionError."""
        try:
            return read_range(self.path, self.start, self.size)
        except OSError as error:
            raise CollectionError(f"{self.path}: cannot be read: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of a data set, its files not read yet."""

    id: str
    color: Place
    lines: tuple[Place, ...]
    """Line art of the same size, true or drawn; may be none, may be several."""
    flats: Place | None = None
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    part: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is known: source, author, license, group, and who painted a pseudo-label."""


def read_entries(source: Path, part: str | None) -> list[Entry]:
    """The entries of a part, or of all parts (None), sorted by id, without pictures left out.

    source: a collection, a folder of shards, or one shard.
    Raises CollectionError where there is nothing to read, or no such part.
    """
    if part is not None and part not in PARTS:
        raise CollectionError(f"{part}: no part of a data set; parts are {', '.join(PARTS)}")
    if (source / "manifest.parquet").exists():
        entries = list(_folder_entries(source))
    else:
        entries = [entry for shard in _shards(source) for entry in _shard_entries(shard)]
    if not entries:
        raise CollectionError(f"{source}: holds no pictures; import or crawl some first")
    if part is not None:
        if all(entry.part is None for entry in entries):
            raise CollectionError(
                f"{source}: is not split into parts yet; run irodori data split {source}"
            )
        entries = [entry for entry in entries if entry.part == part]
        if not entries:
            raise CollectionError(f"{source}: no picture is in the part {part}; split again")
    return sorted(entries, key=lambda entry: entry.id)


def _folder_entries(folder: Path) -> Iterator[Entry]:
    from irodori.collection.store import Collection

    for record in Collection.open(folder).records("not left_out"):
        lines = record.get("lines") or [record["line_path"]]
        flats = record.get("flat_path")
        yield Entry(
            id=record["id"],
            color=Place(folder / record["path"]),
            lines=tuple(Place(folder / line) for line in lines if line is not None),
            flats=None if flats is None else Place(folder / flats),
            tags=tuple(record["tags"] or ()),
            weight=_weight(record),
            part=record.get("part"),
            facts={key: record.get(key) for key in _KNOWN},
        )


def _weight(facts: Mapping[str, Any]) -> float:
    """That of balancing; a picture that a colorist painted itself counts as it was sure of it."""
    weight, confidence = facts.get("weight"), facts.get("pseudo_confidence")
    return (1.0 if weight is None else float(weight)) * (
        1.0 if confidence is None else float(confidence)
    )


def _shards(source: Path) -> list[Path]:
    shards = [source] if source.is_file() else sorted(source.rglob("*.tar"))
    if not shards:
        raise CollectionError(
            f"{source}: is neither a collection nor a folder of tar shards; make one with "
            "irodori data import"
        )
    return shards


def _shard_entries(shard: Path) -> Iterator[Entry]:
    found: dict[str, dict[str, Place]] = {}
    try:
        with shard.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                match = _MEMBER.fullmatch(Path(member.name).name)
                if match and member.isfile():
                    place = Place(shard, member.offset_data, member.size)
                    found.setdefault(match["id"] or match["json"], {})[match["kind"] or "json"] = (
                        place
                    )
    except (OSError, tarfile.TarError) as error:
        raise CollectionError(f"{shard}: is no readable tar: {error}") from None
    with shard.open("rb") as file:
        for name, places in found.items():
            if "color" in places:
                yield _shard_entry(name, places, _facts(file, places.get("json"), shard))


def _facts(file: Any, place: Place | None, shard: Path) -> dict[str, Any]:
    if place is None:
        return {}
    file.seek(place.start)
    try:
        facts = json.loads(file.read(place.size))
        if isinstance(facts, dict):
            return facts
    except ValueError:
        pass
    raise CollectionError(f"{shard}: a .json in it holds no object; write the shards again")


def _shard_entry(name: str, places: Mapping[str, Place], facts: dict[str, Any]) -> Entry:
    lines = sorted(kind for kind in places if kind.startswith("line"))
    return Entry(
        id=str(facts.get("id") or name),
        color=places["color"],
        lines=tuple(places[kind] for kind in sorted(lines, key=lambda kind: (len(kind), kind))),
        flats=places.get("flats"),
        tags=tuple(facts.get("tags") or ()),
        weight=_weight(facts),
        part=facts.get("part"),
        facts={key: facts.get(key) for key in _KNOWN},
    )
