"""The manifest: one Parquet file, a row per picture, a column per fact learnt about it.

The file is the same, byte for byte, whenever the rows are: they are sorted by id, and no time or
machine is written into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from irodori.collection.errors import CollectionError
from irodori.color.safe_file import replace_file
from irodori.storage.places import remote

VERSION = 1
NAME = "manifest.parquet"
_VERSION_KEY = b"irodori.manifest"

BASE = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("line_path", pa.string()),
        pa.field("source", pa.string()),
        pa.field("author", pa.string()),
        pa.field("license", pa.string()),
        pa.field("license_url", pa.string()),
        pa.field("url", pa.string()),
        pa.field("rating", pa.string()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("group", pa.string()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("bytes", pa.int64()),
        pa.field("sha256", pa.string()),
        pa.field("reasons", pa.list_(pa.string())),
    ]
)
"""The columns that every manifest has; steps add theirs.

id: unique, fit for a file's name. path, line_path: within the collection, with slashes; line_path
is true line art of the picture's size, or null. group: pictures of one group are never split over
training and test; null is a group of its own. reasons: why a picture is left out, each
"step: reason"; empty for one that is kept.
"""


def empty() -> pa.Table:
    """A manifest without rows."""
    return BASE.empty_table()


def table_of(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table, sorted by id; what a row does not say is null. Raises CollectionError."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    try:
        return pa.Table.from_pylist(ordered, schema=schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise CollectionError(f"manifest: a value does not fit its column: {error}") from None


def read(path: Path) -> pa.Table:
    """The manifest at `path`. Raises CollectionError where it is missing, damaged, or not ours."""
    try:
        if remote(path):
            table = pq.read_table(pa.BufferReader(path.read_bytes()))
        else:
            table = pq.read_table(path, partitioning=None)
    except FileNotFoundError:
        raise CollectionError(
            f"{path.parent}: is no collection (it has no {NAME}); "
            "make one with irodori data import or irodori data crawl"
        ) from None
    except (OSError, pa.ArrowInvalid) as error:
        raise CollectionError(
            f"{path}: cannot be read as a manifest ({error}); restore it from a copy, or remove it "
            "and run irodori data import on the folder's pictures"
        ) from None
    _check(path, table)
    return table.replace_schema_metadata(None)


def _check(path: Path, table: pa.Table) -> None:
    found = (table.schema.metadata or {}).get(_VERSION_KEY, b"none").decode(errors="replace")
    if found != str(VERSION):
        raise CollectionError(
            f"{path}: is a manifest of version {found}, this program reads version {VERSION}; "
            "use the version of Irodori that wrote it"
        )
    missing = [name for name in BASE.names if name not in table.column_names]
    if missing:
        raise CollectionError(
            f"{path}: lacks the column {', '.join(missing)}; restore the manifest from a copy"
        )


def write(path: Path, table: pa.Table) -> None:
    """Puts the manifest in place, whole, or leaves what is there. Raises OutputError."""
    marked = table.replace_schema_metadata({_VERSION_KEY: str(VERSION).encode()})

    def fill(file: BinaryIO) -> None:
        # Lists keep the names of their entries, so that a table read and written again is the same.
        pq.write_table(marked, file, use_compliant_nested_type=False)

    replace_file(str(path), fill, force=True)
