"""One step over a collection: look at every picture once, keep what was learnt, lose nothing.

What is learnt of a picture is written to a journal at once, so that a kill loses at most the
pictures in hand; when all are done the journal becomes columns of the manifest. A picture that was
looked at with the same settings is not looked at again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.store import Collection, Record
from irodori.color.errors import IrodoriError, OutputError
from irodori.storage.working import working_file

Progress: TypeAlias = Callable[[int, int, str], None]

WORTH = 20
"""Pictures that take about as long as starting a process."""


@dataclass(frozen=True)
class Step:
    """What to do with each picture.

    function: pure and picklable, (folder, record) -> values of `columns`, which JSON can hold. What
    it raises costs that picture alone, but for OutputError, which ends the step. settings: all
    that the values depend on besides the picture. Two columns come by themselves: NAME_settings, a
    fingerprint, and NAME_error, text or null.
    """

    name: str
    function: Callable[[Path, Record], Record]
    columns: pa.Schema
    settings: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with the settings."""
        text = json.dumps(dict(self.settings), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(f"{self.name} {text}".encode()).hexdigest()[:12]

    @property
    def all_columns(self) -> pa.Schema:
        """The step's columns and the two that come by themselves."""
        own = [pa.field(f"{self.name}_{what}", pa.string()) for what in ("settings", "error")]
        return pa.schema([*self.columns, *own])


@dataclass(frozen=True)
class Counts:
    """How many pictures a step worked on, found done before, and could not work on."""

    done: int
    skipped: int
    failed: int


def run_step(
    collection: Collection,
    step: Step,
    *,
    where: str | None = None,
    workers: int | None = None,
    mapper: Mapper = map_processes,
    progress: Progress | None = None,
) -> Counts:
    """Does the step for every picture that meets `where` and has not had it with these settings.

    mapper: how the work is spread; the same comes of it. Ctrl-C or a crash loses only what was in
    hand: the next call goes on. Raises CollectionError for
    a condition that is not understood, OutputError where the disk is full.
    """
    records = collection.records(where)
    done_with = f"{step.name}_settings"
    todo = [record for record in records if record.get(done_with) != step.fingerprint]
    wanted = {record["id"] for record in todo}
    journal = Journal(working_file(collection.folder, f".{step.name}.{step.fingerprint}.jsonl"))
    try:
        rows = {row["id"]: row for row in journal.rows if row["id"] in wanted}
        missing = [record for record in todo if record["id"] not in rows]
        work = partial(_work, step.name, step.function, collection.folder)
        for row in mapper(work, missing, workers, worth=WORTH):
            journal.write(row)
            rows[row["id"]] = row
            if progress:
                progress(len(rows), len(todo), row["id"])
    finally:
        journal.close()
    if rows:
        stamped = ({**row, done_with: step.fingerprint} for row in rows.values())
        collection.set_columns(stamped, step.all_columns)
    journal.remove()
    failed = sum(row.get(f"{step.name}_error") is not None for row in rows.values())
    counts = Counts(len(rows) - failed, len(records) - len(todo), failed)
    collection.log(step.name, step.settings, done=counts.done, failed=counts.failed)
    return counts


def _work(
    name: str, function: Callable[[Path, Record], Record], folder: Path, record: Record
) -> Record:
    """One picture's row; an error of the picture, its file or its content becomes text."""
    try:
        return {"id": record["id"], **function(folder, record)}
    except OutputError:
        raise  # a full disk is no fault of the picture
    except IrodoriError as error:
        reason = str(error)
    except (OSError, ValueError, SyntaxError, ArithmeticError, MemoryError) as error:
        reason = f"{type(error).__name__}: {error}"
    return {"id": record["id"], f"{name}_error": reason}


class Journal:
    """Rows that outlive a crash: lines of JSON, each written to the end at once.

    `rows` are those of earlier runs; a line that was cut off by a crash is dropped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Record] = []
        whole = 0
        with self._told():
            self._file = path.open("a+b")
            self._file.seek(0)
            for line in self._file:
                if not line.endswith(b"\n"):
                    break
                self.rows.append(json.loads(line))
                whole += len(line)
            self._file.truncate(whole)

    def write(self, row: Record) -> None:
        """Keeps a row. Raises OutputError where the disk is full."""
        with self._told():
            self._file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            self._file.flush()

    def close(self) -> None:
        """The rows, if there are any, stay for the next run."""
        with suppress(OSError):  # what could not be written was told when it was
            self._file.close()
        if self.path.stat().st_size == 0:
            self.path.unlink()

    def remove(self) -> None:
        """The rows have found a place elsewhere."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written ({error.strerror}); make room and run it again, "
                "it goes on where it stopped"
            ) from None
