"""A collection of drawn pictures: files, and a row of the manifest for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from irodori.collection import pictures
from irodori.collection.errors import CollectionError
from irodori.collection.files import write_file
from irodori.collection.importing import measures
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.steps import WORTH, Journal, Progress
from irodori.collection.store import Collection, Record
from irodori.collection.synth.picture import draw
from irodori.storage.working import working_file

SOURCE = "synth"
LICENSE = "CC0-1.0"
LICENSE_URL = "https://creativecommons.org/publicdomain/zero/1.0/"
SMALLEST, LARGEST = 64, 4096


@dataclass(frozen=True)
class Synthesized:
    """How many pictures are new, and how many were there before."""

    new: int
    known: int


def synthesize(
    folder: str | Path,
    count: int,
    *,
    seed: int = 0,
    size: int = 512,
    workers: int | None = None,
    mapper: Mapper = map_processes,
    progress: Progress | None = None,
) -> Synthesized:
    """Draws pictures 0 .. count - 1 of a seed into the collection `folder`, made if need be.

    size: the longer side in pixels. A picture depends on seed, size and its number alone, so that
    more of them can be drawn later; stopped, it goes on where it was. Raises CollectionError,
    OutputError.
    """
    if not SMALLEST <= size <= LARGEST:
        raise CollectionError(f"size {size}: pictures have {SMALLEST} to {LARGEST} pixels a side")
    if count < 1 or seed < 0:
        raise CollectionError(f"{count} pictures of seed {seed}: count from 1, seeds from 0")
    collection = Collection.create(folder)
    known = set(collection.table["id"].to_pylist())
    wanted = {_id(seed, size, number): number for number in range(count)}
    missing = {name: number for name, number in wanted.items() if name not in known}
    journal = Journal(working_file(collection.folder, f".synth.{seed}-{size}.jsonl"))
    try:
        rows = {row["id"]: row for row in journal.rows if row["id"] in missing}
        todo = [number for name, number in missing.items() if name not in rows]
        work = partial(make, collection.folder, seed, size)
        for row in mapper(work, todo, workers, worth=WORTH):
            journal.write(row)
            rows[row["id"]] = row
            if progress:
                progress(len(rows), len(missing), row["id"])
    finally:
        journal.close()
    new = collection.add(rows.values())
    journal.remove()
    kept = len(wanted) - len(missing)
    collection.log("synth", {"count": count, "seed": seed, "size": size}, new=new, known=kept)
    return Synthesized(new, kept)


def make(folder: Path, seed: int, size: int, number: int) -> Record:
    """Draws one picture into a collection's folder; its row of the manifest."""
    name = _id(seed, size, number)
    drawn = draw(seed, number, size)
    color = pictures.encode(drawn.color)
    row: Record = {
        "id": name, "path": f"{SOURCE}/{name}.color.webp",
        "line_path": f"{SOURCE}/{name}.line.webp", "source": SOURCE, "author": "Irodori",
        "license": LICENSE, "license_url": LICENSE_URL, "rating": "general",
        "tags": list(drawn.tags), **measures(color),
    }  # fmt: skip
    write_file(folder / row["path"], color)
    write_file(folder / row["line_path"], pictures.encode(drawn.line))
    return row


def _id(seed: int, size: int, number: int) -> str:
    return f"{SOURCE}-{seed}-{size}-{number:06d}"
