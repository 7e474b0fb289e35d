"""Pairs of pictures that may be the same, and how alike a second look found them.

What was seen is kept in `pairs.parquet` beside the manifest, so that no pair is looked at twice and
a threshold can be changed without looking again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from irodori.collection.errors import CollectionError
from irodori.collection.hash_index import near_pairs
from irodori.collection.hashes import BITS, WINDOWS
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.reading import UnreadableError, read_picture
from irodori.collection.second_look import SIDES, Likeness, Look, compare, look_at
from irodori.collection.steps import Journal, Progress
from irodori.collection.store import Collection
from irodori.color.safe_file import replace_file
from irodori.storage.working import working_file

NAME = "pairs.parquet"

SCHEMA = pa.schema(
    [
        pa.field("whole", pa.string()),
        pa.field("part", pa.string()),
        pa.field("window", pa.int64()),
        pa.field("lines", pa.float64()),
        pa.field("same", pa.float64()),
        pa.field("other", pa.float64()),
    ]
)
"""`part` may be `whole` (window 0) or a crop of it (others, see `hashes.WINDOWS`).

The figures are those of `second_look.Likeness`.
"""

RADIUS = 26
"""Bits of a hash within which two pictures get a second look: 99 in 100 true duplicates do."""

_BLOCK = 1000  # pictures of one side that are in memory together
_CHUNK = 64  # pairs that one process takes at a time


class Candidate(NamedTuple):
    """Two pictures, by id and path, of which `part` matched a window of `whole`."""

    whole: str
    part: str
    whole_path: str
    part_path: str
    window: int


def pack(hashes: NDArray[np.uint8]) -> str:
    """A picture's hashes, uint8 (windows, 16), as a column holds them."""
    return hashes.tobytes().hex()


def unpack(texts: Sequence[str]) -> NDArray[np.uint8]:
    """uint8 (n, windows, 16) of a column's texts."""
    joined = np.frombuffer(bytes.fromhex("".join(texts)), np.uint8)
    return joined.reshape(len(texts), len(WINDOWS), BITS // 8)


def read_pairs(collection: Collection) -> pa.Table:
    """All pairs that were looked at, by SCHEMA. Raises CollectionError for a damaged file."""
    path = collection.folder / NAME
    if not path.exists():
        return SCHEMA.empty_table()
    try:
        return pq.read_table(pa.BufferReader(path.read_bytes()), schema=SCHEMA)
    except (OSError, pa.ArrowInvalid) as error:
        raise CollectionError(
            f"{path}: cannot be read ({error}); remove it and clean again"
        ) from None


def find_pairs(
    collection: Collection,
    *,
    workers: int | None = None,
    mapper: Mapper = map_processes,
    progress: Progress | None = None,
) -> pa.Table:
    """Looks at all pairs of near hashes that were not looked at before; returns all pairs.

    Needs the column `hashes`. Files with the same content count once. Stopped, it goes on where it
    was. Raises CollectionError, OutputError.
    """
    known = read_pairs(collection)
    journal = Journal(working_file(collection.folder, ".pairs.jsonl"))
    try:
        rows = [*known.to_pylist(), *journal.rows]
        seen = {(row["whole"], row["part"]) for row in rows}
        todo = [pair for pair in _candidates(collection) if (pair.whole, pair.part) not in seen]
        chunks = [todo[at : at + _CHUNK] for at in range(0, len(todo), _CHUNK)]
        done = 0
        look = partial(_look_at_chunk, collection.folder)
        for chunk in mapper(look, chunks, workers, worth=2):
            for row in chunk:
                journal.write(row)
            rows += chunk
            done += len(chunk)
            if progress:
                progress(done, len(todo), "pairs")
    finally:
        journal.close()
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    table = table.sort_by([("whole", "ascending"), ("part", "ascending")])
    if len(table) != len(known):
        target = str(collection.folder / NAME)
        replace_file(target, lambda file: pq.write_table(table, file), force=True)
    journal.remove()
    return table


def _candidates(collection: Collection) -> list[Candidate]:
    """Pairs of near hashes, ordered so that few pictures are needed at a time."""
    if "hashes" not in collection.table.column_names:  # there is no picture yet
        return []
    table = collection.table.select(["id", "path", "sha256", "hashes"])
    table = table.filter(pc.is_valid(table["hashes"]))
    first: dict[str, int] = {}
    for row, digest in enumerate(table["sha256"].to_pylist()):
        first.setdefault(digest or f"row {row}", row)
    table = table.take(pa.array(sorted(first.values()), pa.int64()))
    if len(table) < 2:
        return []
    near = near_pairs(unpack(table["hashes"].to_pylist()), RADIUS)
    order = np.lexsort((near.part, near.whole, near.part // _BLOCK, near.whole // _BLOCK))
    ids, paths = table["id"].to_pylist(), table["path"].to_pylist()
    return [
        Candidate(ids[whole], ids[part], paths[whole], paths[part], int(window))
        for whole, part, window in zip(
            near.whole[order], near.part[order], near.window[order], strict=True
        )
    ]


def _look_at_chunk(folder: Path, chunk: Sequence[Candidate]) -> list[dict[str, object]]:
    return list(_look_at_pairs(folder, chunk))


def _look_at_pairs(folder: Path, chunk: Sequence[Candidate]) -> Iterator[dict[str, object]]:
    for pair in chunk:
        try:
            whole, part = _look(folder / pair.whole_path), _look(folder / pair.part_path)
            likeness = compare(whole, part, pair.window)
        except UnreadableError:  # it has vanished since it was measured
            likeness = Likeness(0.0, 0.0, 0.0)
        figures = {name: round(value, 4) for name, value in vars(likeness).items()}
        yield {"whole": pair.whole, "part": pair.part, "window": pair.window, **figures}


@lru_cache(maxsize=2 * _BLOCK)
def _look(path: Path) -> Look:
    return look_at(read_picture(path, enough=2 * SIDES[-1]))
