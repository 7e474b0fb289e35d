"""Looking at a collection: a contact sheet of any selection of its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from irodori.collection.errors import CollectionError
from irodori.collection.pictures import on_white
from irodori.collection.store import Collection, Record
from irodori.color.sheet import CELL, Cell, contact_sheet

_COLUMNS = 6
_LINES = 3  # line arts of a picture that are shown


def look(
    collection: Collection,
    where: str | None = None,
    *,
    sort: str | None = None,
    limit: int = 60,
) -> tuple[Image.Image, int, int]:
    """The sheet, how many pictures are on it, and how many were selected.

    where: an SQL condition over the columns. sort: a column whose lowest values are shown, or with
    a minus before it the highest; else pictures from all over the selection. Line art, true or
    drawn, and the flat color map stand to the right of their picture. Raises CollectionError: a
    condition or a column that is not understood, nothing selected.
    """
    records = collection.records(where)
    if not records:
        what = f"no picture meets {where!r}" if where else "holds no pictures yet"
        raise CollectionError(f"{collection.folder}: {what}")
    shown = _sorted(collection, records, sort)[:limit] if sort else spread(records, limit)
    pairs = [_cells(collection, record, sort) for record in shown]
    wide = max(len(cells) for cells in pairs)
    per_row = max(1, _COLUMNS // wide) if wide < 4 else max(1, 8 // wide)
    rows = [
        [cell for cells in pairs[start : start + per_row] for cell in _padded(cells, wide)]
        for start in range(0, len(pairs), per_row)
    ]
    return contact_sheet([], rows), len(shown), len(records)


def spread(records: Sequence[Record], limit: int) -> list[Record]:
    """At most so many, from all over: the same ones each time."""
    if len(records) <= limit:
        return list(records)
    return [records[index] for index in np.linspace(0, len(records) - 1, limit).astype(int)]


def small_picture(path: Path, longest: int) -> Image.Image:
    """A picture as RGB on white, no side longer than `longest` pixels.

    Raises CollectionError where it cannot be read.
    """
    try:
        with path.open("rb") as file, Image.open(file) as image:
            image.draft("RGB", (longest, longest))  # JPEG: decoded at a smaller size at once
            small = on_white(ImageOps.exif_transpose(image)).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CollectionError(f"{path.name}: cannot be read ({error})") from None
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small


def _sorted(collection: Collection, records: list[Record], sort: str) -> list[Record]:
    """By a column, those without a value last."""
    column = sort.removeprefix("-")
    if column not in collection.table.column_names:
        raise CollectionError(
            f"sort {column!r}: no such column; columns are "
            f"{', '.join(collection.table.column_names)}"
        )
    known = [record for record in records if record[column] is not None]
    known.sort(key=lambda record: record[column], reverse=sort.startswith("-"))
    return known + [record for record in records if record[column] is None]


def _cells(collection: Collection, record: Record, sort: str | None) -> list[Cell]:
    tags = ", ".join(record["tags"] or ())
    told = "; ".join(record["reasons"] or ()) or tags
    value = record[sort.removeprefix("-")] if sort else None
    found = f"{value:.3g}  " if isinstance(value, float) else f"{value}  " if sort else ""
    cells = [_cell(collection.path(record["path"]), f"{found}{record['id']}\n{told}")]
    true = [record["line_path"]] if record["line_path"] else []
    lines = record.get("lines") or true
    pens = record.get("pens") or ["true"] * len(lines)
    for line, pen in list(zip(lines, pens, strict=True))[:_LINES]:
        what = "its line art\n " if pen == "true" else pen.replace(" ", "\n", 1)
        cells.append(_cell(collection.path(line), what))
    if record.get("flat_path"):
        cells.append(_cell(collection.path(record["flat_path"]), "its flat colors\n "))
    return cells


def _cell(path: Path, caption: str) -> Cell:
    try:
        picture = np.asarray(small_picture(path, CELL))
    except CollectionError:
        picture = np.full((CELL, CELL, 3), 225, np.uint8)
        caption = f"{caption.partition(chr(10))[0]}\ncannot be read"
    return Cell(picture, caption)


def _padded(cells: Sequence[Cell], wide: int) -> list[Cell | None]:
    return [*cells, *[None] * (wide - len(cells))]
