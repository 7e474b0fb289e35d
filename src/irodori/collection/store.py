"""A collection: a folder of pictures with one manifest and a log of what was done to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from irodori.collection import manifest
from irodori.collection.errors import CollectionError
from irodori.color.errors import OutputError
from irodori.storage.places import Stamp, append, place, remote, stamp

Record: TypeAlias = dict[str, Any]
"""One row of the manifest."""

LOG = "steps.jsonl"


class Collection:
    """A folder with `manifest.parquet`; pictures lie in sub-folders, by tag or source.

    Every change writes the whole manifest beside the old one and then takes its name, so that a
    crash leaves the one or the other.
    """

    def __init__(self, folder: Path, table: pa.Table) -> None:
        self.folder = folder
        self.table = table
        """The manifest, sorted by id."""
        self._seen = self._stamp()

    @classmethod
    def open(cls, folder: str | Path) -> Collection:
        """The collection in `folder`. Raises CollectionError where there is none."""
        folder = place(folder)
        if not (remote(folder) or folder.is_dir()):
            raise CollectionError(f"{folder}: no such folder; name the folder of a collection")
        return cls(folder, manifest.read(folder / manifest.NAME))

    @classmethod
    def create(cls, folder: str | Path) -> Collection:
        """The collection in `folder`, a new one where there is none yet."""
        folder = place(folder)
        if (folder / manifest.NAME).exists():
            return cls.open(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{folder}: cannot be made ({error.strerror}); choose another place"
            ) from None
        collection = cls(folder, manifest.empty())
        collection._write(collection.table)
        return collection

    def __len__(self) -> int:
        return len(self.table)

    def path(self, relative: str) -> Path:
        """Where a file of the collection lies, from its `path` or `line_path` column."""
        return self.folder / relative

    def select(self, where: str | None = None) -> pa.Table:
        """The rows that meet an SQL condition over the columns, sorted by id.

        `left_out` (boolean) may be used beside the columns. Raises CollectionError where the
        condition is not understood.
        """
        if where is None:
            return self.table
        connection = duckdb.connect(config={"enable_external_access": "false"})
        try:
            connection.register("rows", self.table)
            pictures = "(SELECT *, coalesce(len(reasons), 0) > 0 AS left_out FROM rows)"
            found = connection.execute(f"SELECT id FROM {pictures} WHERE ({where})")
            ids = pa.array([row[0] for row in found.fetchall()], pa.string())
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise CollectionError(
                f"condition {where!r}: {reason}; columns are {', '.join(self.table.column_names)}"
            ) from None
        finally:
            connection.close()
        return self.table.filter(pc.is_in(self.table["id"], value_set=ids))

    def records(self, where: str | None = None) -> list[Record]:
        """The same rows as dicts."""
        rows: list[Record] = self.select(where).to_pylist()
        return rows

    def add(self, rows: Iterable[Record]) -> int:
        """Adds rows whose id is new, leaves the others as they are; returns how many were new."""
        known = set(self.table["id"].to_pylist())
        new = {row["id"]: {"reasons": [], **row} for row in rows if row["id"] not in known}
        if new:
            schema = self.table.schema
            table = pa.concat_tables([self.table, manifest.table_of(new.values(), schema)])
            self._write(table.sort_by("id"))
        return len(new)

    def set_columns(self, rows: Iterable[Record], schema: pa.Schema) -> None:
        """Writes the columns of `schema` into the rows named by "id"; other rows keep theirs.

        Columns that are new are null elsewhere. Raises CollectionError for an id that is unknown.
        """
        values = {row["id"]: row for row in rows}
        ids: list[str] = self.table["id"].to_pylist()
        unknown = values.keys() - set(ids)
        if unknown:
            raise CollectionError(f"{self.folder}: holds no picture {min(unknown)!r}")
        table = self.table
        for field in schema:
            old = (
                table[field.name].to_pylist()
                if field.name in table.column_names
                else [None] * len(ids)
            )
            column = [
                values[name].get(field.name) if name in values else kept
                for name, kept in zip(ids, old, strict=True)
            ]
            try:
                array = pa.array(column, field.type)
            except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
                raise CollectionError(f"column {field.name}: {error}") from None
            if field.name in table.column_names:
                place = table.column_names.index(field.name)
                table = table.set_column(place, field, array)
            else:
                table = table.append_column(field, array)
        self._write(table)

    def set_reasons(self, step: str, reasons: Mapping[str, Sequence[str]]) -> None:
        """Replaces, for all pictures, the reasons of one step; `reasons` are by id, without prefix.

        A picture that no longer has any reason is back in.
        """
        mine = f"{step}: "
        rows = []
        for name, old in zip(
            self.table["id"].to_pylist(), self.table["reasons"].to_pylist(), strict=True
        ):
            others = [reason for reason in old or () if not reason.startswith(mine)]
            new = [mine + reason for reason in reasons.get(name, ())]
            if others + new != (old or []):
                rows.append({"id": name, "reasons": others + new})
        if rows:
            self.set_columns(rows, pa.schema([manifest.BASE.field("reasons")]))

    def log(self, step: str, settings: Mapping[str, Any], **counts: int) -> None:
        """Notes in `steps.jsonl` what was done, with what settings, and to how many pictures."""
        line = json.dumps({"step": step, "settings": dict(settings), **counts}, ensure_ascii=False)
        try:
            append(self.folder / LOG, line + "\n")
        except OSError as error:
            raise OutputError(
                f"{self.folder / LOG}: cannot be written ({error.strerror})"
            ) from None

    def _stamp(self) -> Stamp | None:
        """Tells whether the manifest that lies there is still the one that was read."""
        return stamp(self.folder / manifest.NAME)

    def _write(self, table: pa.Table) -> None:
        if self._stamp() != self._seen:
            raise CollectionError(
                f"{self.folder / manifest.NAME}: was changed by another program meanwhile; "
                "run this again, what was worked out is kept"
            )
        table = table.combine_chunks()
        manifest.write(self.folder / manifest.NAME, table)
        self.table, self._seen = table, self._stamp()
