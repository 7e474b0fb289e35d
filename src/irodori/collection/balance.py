"""Classes made even by how often their pictures are drawn, never by taking pictures away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irodori.collection.entries import PARTS
from irodori.collection.errors import CollectionError
from irodori.collection.files import write_file
from irodori.collection.store import Collection

FILE = "balance.json"
COLUMNS = pa.schema([pa.field("classes", pa.list_(pa.string())), pa.field("weight", pa.float64())])
"""classes: what a picture counts as. weight: how often it is expected in an epoch of its part."""
TIMES = pa.schema([pa.field("times", pa.float64())])
"""How many times as often a picture comes as classes alone would have it; null is once."""

NONE = "(none)"
"""The class of pictures that have none of the classes."""
EVEN = 0.02
"""Classes whose weights lie within this share of their mean are even."""
_SPREAD = 50.0  # the largest weight over the mean, and the mean over the smallest


@dataclass(frozen=True)
class Balance:
    """What is made even.

    by: a column, a column of lists (each entry is a class), or any SQL expression over the columns.
    per_class: pictures of each class expected in an epoch; None keeps an epoch as long as there
    are pictures. least: entries of lists that fewer pictures have are no classes.
    """

    by: str
    per_class: float | None = None
    least: int = 10


@dataclass(frozen=True)
class ClassWeight:
    """A class within a part: its pictures, and the sum of their weights."""

    part: str | None
    name: str
    pictures: int
    weight: float


def balance(folder: str | Path, wanted: Balance) -> list[ClassWeight]:
    """Sets the columns `classes` and `weight`, and remembers how for the next split.

    Within each part, or in the whole where there are no parts yet, all classes get the same sum of
    weights. Raises CollectionError, with nothing changed, for what no classes can be made of.
    """
    collection = Collection.open(folder)
    classes = _classes(collection, wanted)
    settings = json.dumps(asdict(wanted), indent=2, ensure_ascii=False) + "\n"
    write_file(collection.folder / FILE, settings.encode())
    return _set_weights(collection, wanted, classes)


def balance_again(collection: Collection) -> list[ClassWeight]:
    """The same with the settings of last time, for parts that have changed; [] if never done."""
    path = collection.folder / FILE
    if not path.exists():
        return []
    try:
        wanted = Balance(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CollectionError(
            f"{path}: holds no settings of balance ({error}); run irodori data balance again"
        ) from None
    return _set_weights(collection, wanted, _classes(collection, wanted))


def _set_weights(
    collection: Collection, wanted: Balance, classes: Mapping[str, Sequence[str]]
) -> list[ClassWeight]:
    parts: dict[str | None, list[str]] = {}
    for record in collection.records("NOT left_out"):
        parts.setdefault(record.get("part"), []).append(record["id"])
    of_training = len(parts.get("train", parts.get(None, ())))
    rows: dict[str, dict[str, Any]] = {name: {"id": name} for name in _ids(collection)}
    found = []
    times = _times(collection)
    for part in sorted(parts, key=_order):
        names = parts[part]
        scale = len(names) / of_training if of_training else 1.0
        per_class = None if wanted.per_class is None else wanted.per_class * scale
        weights = even_weights([classes[name] for name in names], per_class)
        for name, weight in zip(names, _multiplied(weights, names, times), strict=True):
            rows[name] |= {"classes": list(classes[name]), "weight": float(weight)}
        found += _sums(part, [classes[name] for name in names], weights)
    collection.set_columns(rows.values(), COLUMNS)
    collection.log("balance", asdict(wanted), classes=len({each.name for each in found}))
    return found


def weigh_plainly(collection: Collection) -> None:
    """Sets the column `weight` from `times` alone, for a collection that was never balanced."""
    parts: dict[str | None, list[str]] = {}
    for record in collection.records("NOT left_out"):
        parts.setdefault(record.get("part"), []).append(record["id"])
    times = _times(collection)
    rows = []
    for names in parts.values():
        weights = _multiplied(np.ones(len(names)), names, times)
        rows += [
            {"id": name, "weight": float(weight)}
            for name, weight in zip(names, weights, strict=True)
        ]
    collection.set_columns(rows, pa.schema([COLUMNS.field("weight")]))


def _times(collection: Collection) -> dict[str, float]:
    if "times" not in collection.table.column_names:
        return {}
    ids, times = _ids(collection), collection.table["times"].to_pylist()
    return {name: float(each) for name, each in zip(ids, times, strict=True) if each is not None}


def _multiplied(
    weights: NDArray[np.float64], names: Sequence[str], times: Mapping[str, float]
) -> NDArray[np.float64]:
    """The weights times what was asked for by hand, with the same sum as before."""
    more = weights * np.array([times.get(name, 1.0) for name in names])
    return np.asarray(more * (weights.sum() / more.sum()))


def _order(part: str | None) -> int:
    return -1 if part is None else PARTS.index(part)


def _ids(collection: Collection) -> list[str]:
    ids: list[str] = collection.table["id"].to_pylist()
    return ids


def _sums(
    part: str | None, classes: Sequence[Sequence[str]], weights: NDArray[np.float64]
) -> list[ClassWeight]:
    sums: dict[str, list[float]] = {}
    for own, weight in zip(classes, weights, strict=True):
        for name in own:
            sums.setdefault(name, []).append(float(weight))
    return [ClassWeight(part, name, len(sums[name]), sum(sums[name])) for name in sorted(sums)]


def summary(found: Sequence[ClassWeight], *, most: int = 20) -> str:
    """Lines that show each part's classes, at most so many of a part, and how even they are."""
    lines = []
    for part in sorted({each.part for each in found}, key=_order):
        own = [each for each in found if each.part == part]
        weights = np.array([each.weight for each in own])
        off = float(np.abs(weights / weights.mean() - 1).max())
        verdict = "even" if off <= EVEN else "not even: these classes overlap too much"
        lines.append(
            f"{part or 'all'}: {len(own)} classes, weights within {100 * off:.2f} % ({verdict})"
        )
        own.sort(key=lambda each: (-abs(each.weight / weights.mean() - 1), -each.pictures))
        lines += [
            f"  {each.name:<24} {each.pictures:>7} pictures, weight {each.weight:10.2f}, "
            f"each {each.weight / each.pictures:.2f} times an epoch"
            for each in own[:most]
        ]
    return "\n".join(lines) + "\n"


def even_weights(
    classes: Sequence[Sequence[str]], per_class: float | None = None
) -> NDArray[np.float64]:
    """Weights (n,) float64 > 0, under which every class has the same sum.

    classes: those of each picture, one at least. per_class: that sum; None makes the mean weight
    1. Where each picture has one class this is exact. Where pictures have several, each class in
    turn is scaled to the mean of all (iterative proportional fitting, Deming and Stephan, 1940).
    That fails where classes lie within each other; then the sums are brought nearer by scaling
    each picture by the geometric mean of what its classes lack. No weight moves further than 50
    times from the mean there, so that no picture vanishes.
    """
    names = {name: i for i, name in enumerate(sorted({name for own in classes for name in own}))}
    owner, of = np.array(
        [(picture, names[name]) for picture, own in enumerate(classes) for name in set(own)]
    ).T
    weights = _scaled_in_turn(owner, of, len(classes))
    sums = np.bincount(of, weights[owner])
    if np.abs(sums / sums.mean() - 1).max() > EVEN:
        weights = _scaled_together(owner, of, len(classes))
        sums = np.bincount(of, weights[owner])
    if per_class is None:
        return np.asarray(weights / weights.mean())
    return np.asarray(weights * per_class / sums.mean())


def _scaled_in_turn(
    owner: NDArray[np.intp], of: NDArray[np.intp], pictures: int, *, passes: int = 200
) -> NDArray[np.float64]:
    """Weights by class after class. owner, of: picture and class of each membership."""
    weights = np.ones(pictures)
    members = [owner[of == number] for number in range(of.max() + 1)]
    for _ in range(passes):
        sums = np.bincount(of, weights[owner])
        if np.ptp(sums) <= 1e-9 * sums.mean():
            break
        for own in members:
            weights[own] *= sums.mean() / weights[own].sum()
        if pictures < len(owner):
            weights = _within_reach(weights)
    return weights


def _scaled_together(
    owner: NDArray[np.intp], of: NDArray[np.intp], pictures: int, *, passes: int = 200
) -> NDArray[np.float64]:
    weights, count = np.ones(pictures), np.bincount(owner)
    for _ in range(passes):
        lack = -np.log(np.bincount(of, weights[owner]))
        lack -= lack.mean()
        weights = _within_reach(weights * np.exp(0.5 * np.bincount(owner, lack[of]) / count))
    return weights


def _within_reach(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(weights, weights.mean() / _SPREAD, weights.mean() * _SPREAD)


def _classes(collection: Collection, wanted: Balance) -> dict[str, list[str]]:
    """The classes of each kept picture by id. Raises CollectionError."""
    if wanted.per_class is not None and not wanted.per_class > 0:
        raise CollectionError(f"{wanted.per_class:g} per class: give a number above 0")
    values = evaluate(collection, wanted.by, "NOT left_out")
    if not values:
        raise CollectionError(f"{collection.folder}: has no pictures that are not left out")
    if any(isinstance(value, list) for value in values.values()):
        return _frequent(values, wanted.least)
    classes = {name: [NONE if value is None else str(value)] for name, value in values.items()}
    different = len({own[0] for own in classes.values()})
    if different > max(20, len(classes) // 2):
        raise CollectionError(
            f"{wanted.by!r}: has {different} values over {len(classes)} pictures, too many for "
            f"classes; group them with an expression, such as 'width // 256'"
        )
    return classes


def _frequent(values: Mapping[str, Any], least: int) -> dict[str, list[str]]:
    entries = {name: sorted({str(each) for each in own or ()}) for name, own in values.items()}
    count: dict[str, int] = {}
    for own in entries.values():
        for entry in own:
            count[entry] = count.get(entry, 0) + 1
    return {
        name: [entry for entry in own if count[entry] >= least] or [NONE]
        for name, own in entries.items()
    }


def evaluate(collection: Collection, expression: str, where: str) -> dict[str, Any]:
    """An SQL expression over the columns, for each picture that meets `where`, by id.

    Raises CollectionError where it is not understood.
    """
    table = collection.select(where)
    connection = duckdb.connect(config={"enable_external_access": "false"})
    try:
        connection.register("rows", table)
        found = connection.execute(f"SELECT id, ({expression}) FROM rows ORDER BY id")
        return dict(found.fetchall())
    except duckdb.Error as error:
        raise CollectionError(
            f"{expression!r}: {str(error).splitlines()[0]}; columns are "
            f"{', '.join(table.column_names)}"
        ) from None
    finally:
        connection.close()
