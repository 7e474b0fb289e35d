"""A collection as tar files in WebDataset layout, which training streams and anyone can open.

Each part has shards of its own, `train-000000.tar` and so on. A sample is members that follow each
other: `KEY.color.webp`, `KEY.line.webp` (further line art: `KEY.line1.webp`, ...), `KEY.flats.webp`
and `KEY.json` with what is known of the picture, its license and author among it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from irodori.collection import pictures
from irodori.collection.entries import PARTS
from irodori.collection.errors import CollectionError
from irodori.collection.files import write_file
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.normalization import FILE as NORMALIZATION
from irodori.collection.steps import Progress
from irodori.collection.store import Collection, Record
from irodori.color.errors import OutputError
from irodori.storage.places import place

_FACTS = (
    "id",
    "source",
    "author",
    "license",
    "license_url",
    "url",
    "rating",
    "tags",
    "group",
    "cluster",
    "part",
    "classes",
    "weight",
    "pseudo_label",
    "pseudo_confidence",
    "pens",
    "width",
    "height",
)
_NAME = re.compile(rf"({'|'.join(PARTS)})-\d{{6}}\.tar")
_MARK = "irodori "


@dataclass(frozen=True)
class Written:
    """How many shards were written, were there already as they should be, and samples in all."""

    written: int
    skipped: int
    samples: int
    left: int
    """Kept pictures that are in no shard: without line art, or in no part yet."""


@dataclass(frozen=True)
class Shard:
    """One shard to be written: its name, and the rows of its samples in their order."""

    name: str
    records: tuple[Record, ...]

    @property
    def mark(self) -> str:
        """Tells whether a shard that is there holds what this one would."""
        content = [
            [record["sha256"], record.get("pair_settings"), record.get("lines"), facts_of(record)]
            for record in self.records
        ]
        return _MARK + hashlib.sha256(json.dumps(content).encode()).hexdigest()


def write_shards(
    folder: str | Path,
    out: str | Path,
    *,
    per_shard: int = 1000,
    workers: int | None = None,
    mapper: Mapper = map_processes,
    progress: Progress | None = None,
) -> Written:
    """Writes the kept pictures that have line art to shards in `out`; goes on where it stopped.

    Samples are shuffled over a part's shards by their ids, so that streaming needs a small buffer
    only. The same collection gives the same bytes. A shard that is there and holds what it should
    is left; shards of ours that are no longer needed go. `out` also gets the normalization.
    Raises CollectionError where the collection is not split or not paired, OutputError.
    """
    collection, out = Collection.open(folder), place(out)
    if "part" not in collection.table.column_names:
        raise CollectionError(
            f"{folder}: is not split into parts yet; run irodori data split {folder}"
        )
    records = collection.records("NOT left_out")
    paired = [record for record in records if record["part"] and _lines_of(record)]
    if not paired:
        raise CollectionError(f"{folder}: has no pairs yet; run irodori data pair {folder}")
    planned = list(plan(paired, per_shard))
    todo = [shard for shard in planned if _mark_of(out / shard.name) != shard.mark]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be made ({error.strerror}); name a folder") from None
    work = partial(_write_shard, collection.folder, out)
    for done, name in enumerate(mapper(work, todo, workers), 1):
        if progress:
            progress(done, len(todo), name)
    _remove_others(out, {shard.name for shard in planned})
    if (collection.folder / NORMALIZATION).exists():
        write_file(out / NORMALIZATION, (collection.folder / NORMALIZATION).read_bytes())
    collection.log("shards", {"per_shard": per_shard}, shards=len(planned), samples=len(paired))
    return Written(len(todo), len(planned) - len(todo), len(paired), len(records) - len(paired))


def plan(records: Sequence[Record], per_shard: int) -> Iterator[Shard]:
    """Which sample goes to which shard, and where in it: by part, then by a digest of the id."""
    for part in PARTS:
        own = sorted(
            (record for record in records if record["part"] == part),
            key=lambda record: hashlib.sha256(record["id"].encode()).digest(),
        )
        for number in count():
            chosen = own[number * per_shard : (number + 1) * per_shard]
            if not chosen:
                break
            yield Shard(f"{part}-{number:06}.tar", tuple(chosen))


def _lines_of(record: Record) -> list[str]:
    return record.get("lines") or [line for line in (record["line_path"],) if line]


def facts_of(record: Record) -> Record:
    """What a sample's JSON says."""
    return {name: record[name] for name in _FACTS if record.get(name) is not None}


def key_of(name: str) -> str:
    """An id as the key of a sample: up to its first dot, so there must be none in it."""
    if "." not in name:
        return name
    return f"{name.replace('.', '_')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _write_shard(folder: Path, out: Path, shard: Shard) -> str:
    def fill(file: BinaryIO) -> None:
        with tarfile.open(
            fileobj=file,
            mode="w",
            format=tarfile.PAX_FORMAT,
            pax_headers={"comment": shard.mark},
        ) as tar:
            for record in shard.records:
                for kind, content in _members(folder, record):
                    member = tarfile.TarInfo(f"{key_of(record['id'])}.{kind}")
                    member.size, member.mode = len(content), 0o644
                    tar.addfile(member, io.BytesIO(content))

    write_file(out / shard.name, fill)
    return shard.name


def _members(folder: Path, record: Record) -> Iterator[tuple[str, bytes]]:
    yield "color.webp", _webp(folder / record["path"], "RGB")
    for number, line in enumerate(_lines_of(record)):
        yield f"line{number or ''}.webp", _webp(folder / line, "L")
    if record.get("flat_path") is not None:
        yield "flats.webp", _webp(folder / record["flat_path"], "RGB")
    facts = json.dumps(facts_of(record), ensure_ascii=False, sort_keys=True)
    yield "json", facts.encode()


def _webp(path: Path, mode: str) -> bytes:
    """The file as it is where it is WebP without transparency, else its pixels without loss."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CollectionError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format == "WEBP" and image.mode == "RGB" and not image.getexif():
                return data
    except (OSError, ValueError, SyntaxError):
        pass  # decoding names the file and what is wrong with it
    return pictures.encode(pictures.decode(data, mode, str(path)))


def _mark_of(path: Path) -> str | None:
    """The mark of a shard that is there; None for anything else."""
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            return tar.pax_headers.get("comment")
    except (OSError, tarfile.TarError):
        return None


def _remove_others(out: Path, wanted: set[str]) -> None:
    for path in out.glob("*.tar"):
        stale = _NAME.fullmatch(path.name) and path.name not in wanted
        if stale and (_mark_of(path) or "").startswith(_MARK):
            path.unlink()
