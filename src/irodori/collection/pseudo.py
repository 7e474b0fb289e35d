"""Pseudo-labels: pictures that a colorist painted itself, marked as such, never held back.

A drawing without colors becomes a pair with the colors a colorist is sure of. Its row says who
painted it and how surely; it is in the training part whatever is split, and weighs what it is sure
of. Taken out, it stays in the manifest with a reason, as any picture left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irodori.collection import manifest
from irodori.collection.files import write_file
from irodori.collection.importing import measures
from irodori.collection.pictures import encode
from irodori.collection.store import Collection, Record

NAME = "self-training"
COLUMNS = pa.schema(
    [
        pa.field("pseudo_label", pa.string()),
        pa.field("pseudo_confidence", pa.float64()),
    ]
)
"""pseudo_label: who painted the picture, null for an artist. pseudo_confidence: 0..1."""

_FOLDER = "pseudo"


@dataclass(frozen=True, eq=False)
class Painted:
    """A drawing as a colorist painted it.

    name: the drawing's file. color: uint8 (H, W, 3) sRGB without ink. ink: float32 (H, W).
    """

    name: str
    color: NDArray[np.uint8]
    ink: NDArray[np.float32]
    confidence: float


def add_pseudo_labels(collection: Collection, painter: str, painted: Iterable[Painted]) -> int:
    """Makes these the pseudo-labels of a collection, those of earlier are out; returns how many.

    painter: the run or colorist, noted with each. A drawing that was labelled before keeps its id.
    """
    split = "part" in collection.table.column_names
    rows = [_written(collection, painter, each, "train" if split else None) for each in painted]
    collection.add(rows)
    fields = [manifest.BASE.field(name) for name in ("path", "bytes", "sha256")]
    collection.set_columns(rows, pa.schema([*fields, *COLUMNS]))
    if split:
        collection.set_columns(rows, pa.schema([pa.field("part", pa.string())]))
    _keep_only(collection, {row["id"] for row in rows})
    collection.log(NAME, {"painter": painter}, pictures=len(rows))
    return len(rows)


def undo_pseudo_labels(collection: Collection) -> int:
    """Takes every pseudo-label out of training; returns how many were in it."""
    names = pseudo_labels(collection)
    _keep_only(collection, set())
    collection.log(NAME, {"undo": True}, pictures=len(names))
    return len(names)


def pseudo_labels(collection: Collection) -> dict[str, Record]:
    """The rows of pseudo-labels that are not left out, by id."""
    if "pseudo_label" not in collection.table.column_names:
        return {}
    rows = collection.records("pseudo_label IS NOT NULL AND NOT left_out")
    return {row["id"]: row for row in rows}


def restore_pseudo_labels(collection: Collection, rows: dict[str, Record]) -> None:
    """Makes `rows`, as `pseudo_labels` gave them, the pseudo-labels again."""
    fields = [manifest.BASE.field(name) for name in ("path", "bytes", "sha256")]
    collection.set_columns(rows.values(), pa.schema([*fields, *COLUMNS]))
    _keep_only(collection, set(rows))


def _keep_only(collection: Collection, wanted: set[str]) -> None:
    """Of all pseudo-labels there ever were these are in, the others out."""
    if "pseudo_label" in collection.table.column_names:
        ever = [row["id"] for row in collection.records("pseudo_label IS NOT NULL")]
        out = {name: ["taken out again"] for name in ever if name not in wanted}
        collection.set_reasons(NAME, out)


def _written(collection: Collection, painter: str, painted: Painted, part: str | None) -> Record:
    """Writes the two pictures; the row."""
    digest = hashlib.sha256(painted.name.encode()).hexdigest()[:12]
    name = f"{_FOLDER}-{digest}"
    color = str(PurePosixPath(_FOLDER, painter, f"{name}.color.webp"))
    line = str(PurePosixPath(_FOLDER, f"{name}.line.webp"))
    shown = painted.color * (1 - painted.ink[..., None])
    data = encode(np.asarray(np.rint(shown), np.uint8))
    write_file(collection.path(color), data)
    write_file(
        collection.path(line), encode(np.asarray(np.rint(255 * (1 - painted.ink)), np.uint8))
    )
    return {
        "id": name,
        "path": color,
        "line_path": line,
        "source": NAME,
        "group": name,
        "pseudo_label": painter,
        "pseudo_confidence": float(painted.confidence),
        "part": part,
        **measures(data),
    }
