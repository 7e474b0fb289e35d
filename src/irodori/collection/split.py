"""Training, validation, test: parts that share no group and no near-duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irodori.collection.balance import ClassWeight, balance_again, summary
from irodori.collection.entries import PARTS
from irodori.collection.errors import CollectionError
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.normalization import Normalization, measure_normalization
from irodori.collection.steps import Progress
from irodori.collection.store import Collection, Record

COLUMNS = pa.schema([pa.field("part", pa.string())])
_KEYS = ("group", "cluster")
_UNKNOWN = len(PARTS)  # the index of no part yet
_MOST = 0.5  # of a class; a set that holds more of it cannot help to spread it
_PASSES = 20
_RATIO_COUNTS = (4.0, 40.0)  # against all classes together: once the large sets lie, more


@dataclass(frozen=True)
class Split:
    """What a split did: pictures in each part, how many kept the part they had, and the rest."""

    counts: Mapping[str, int]
    kept: int
    components: int
    """Sets of pictures that had to stay together."""
    classes: Sequence[ClassWeight]
    normalization: Normalization

    def summary(self) -> str:
        """Lines that say so."""
        total = sum(self.counts.values())
        lines = [
            f"{part:<10} {count:>8} pictures {100 * count / total:5.1f} %"
            for part, count in self.counts.items()
        ]
        mean, std = (
            " ".join(f"{value:.4f}" for value in values)
            for values in (self.normalization.mean, self.normalization.std)
        )
        lines += [
            f"{self.components} sets that stay together; {self.kept} pictures kept their part",
            f"training colors: mean {mean}, standard deviation {std}",
        ]
        return "\n".join(lines) + "\n" + (summary(self.classes) if self.classes else "")


def split(
    folder: str | Path,
    ratio: Sequence[float] = (70, 20, 10),
    *,
    seed: int = 0,
    afresh: bool = False,
    workers: int | None = None,
    mapper: Mapper = map_processes,
    progress: Progress | None = None,
) -> Split:
    """Sets the column `part`, the statistics of the training part, and its classes' weights.

    Pictures of one group, pictures of one near-duplicate cluster (column `cluster`, where cleaning
    found any), and whatever these chain together, come to one side. Pictures left out are in no
    part. The order is shuffled by `seed`; the classes of `irodori data balance` are spread evenly.

    Run again, a picture keeps its part, so that nothing that was trained on is tested on: a set
    that new pictures have tied together goes to training if any of it was there, else to
    validation if any of it was there. Only sets that are wholly new are assigned, to what is short
    of the ratio. `afresh` forgets the earlier parts.
    Raises CollectionError, with nothing changed, for a ratio that is none.
    """
    shares = _shares(ratio)
    collection = Collection.open(folder)
    records = collection.records("NOT left_out")
    if not records:
        raise CollectionError(f"{folder}: has no pictures that are not left out")
    component = components(records)
    before = [None if afresh else record.get("part") for record in records]
    part = assign(component, _strata(records), shares, before, seed)
    # What a colorist painted itself says nothing of how good a colorist is.
    part[[record.get("pseudo_label") is not None for record in records]] = 0
    rows: dict[str, Record] = {name: {"id": name} for name in collection.table["id"].to_pylist()}
    for record, number in zip(records, part, strict=True):
        rows[record["id"]]["part"] = PARTS[number]
    collection.set_columns(rows.values(), COLUMNS)
    counts = {name: int((part == number).sum()) for number, name in enumerate(PARTS)}
    settings = {"ratio": [round(share, 6) for share in shares], "seed": seed, "afresh": afresh}
    collection.log("split", settings, **counts)
    normalization = measure_normalization(
        collection, workers=workers, mapper=mapper, progress=progress
    )
    kept = sum(was == PARTS[now] for was, now in zip(before, part, strict=True))
    classes = balance_again(collection)
    return Split(counts, kept, int(component.max()) + 1, classes, normalization)


def parse_ratio(text: str) -> tuple[float, ...]:
    """Numbers with commas between. Raises CollectionError."""
    try:
        return tuple(float(share) for share in text.split(","))
    except ValueError:
        raise CollectionError(
            f"ratio {text!r}: give three numbers, for training, validation and test, such as "
            "70,20,10"
        ) from None


def _shares(ratio: Sequence[float]) -> NDArray[np.float64]:
    shares = np.array(ratio, np.float64)
    if shares.shape != (3,) or not (np.isfinite(shares).all() and (shares >= 0).all()):
        raise CollectionError(
            f"ratio {','.join(f'{share:g}' for share in ratio)}: give three numbers, for training, "
            "validation and test, such as 70,20,10"
        )
    if not shares[0] > 0:
        raise CollectionError("ratio: leaves nothing to train with; give training more than 0")
    return np.asarray(shares / shares.sum())


def components(records: Sequence[Mapping[str, Any]]) -> NDArray[np.intp]:
    """For each record the number of its set, 0 ..: those that share a group or a cluster, chained.

    A record with neither is a set of its own.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes: dict[tuple[str, Any], int] = {}
    edges: list[tuple[int, int]] = []
    for number, record in enumerate(records):
        for key in _KEYS:
            if record.get(key) is not None:
                node = nodes.setdefault((key, record[key]), len(records) + len(nodes))
                edges.append((number, node))
    size = len(records) + len(nodes)
    ends = np.array(edges, np.intp).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    _, numbers = np.unique(labels[: len(records)], return_inverse=True)
    return np.asarray(numbers, np.intp)


def _strata(records: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """float64 (n, k): a column for all pictures, and one for each class that balance found."""
    names = sorted({name for record in records for name in record.get("classes") or ()})
    place = {name: i + 1 for i, name in enumerate(names)}
    table = np.zeros((len(records), len(names) + 1))
    table[:, 0] = 1
    for row, record in enumerate(records):
        for name in record.get("classes") or ():
            table[row, place[name]] = 1
    return table


def assign(
    component: NDArray[np.intp],
    strata: NDArray[np.float64],
    shares: NDArray[np.float64],
    before: Sequence[str | None],
    seed: int,
) -> NDArray[np.intp]:
    """For each record its part, as an index into `PARTS`.

    component: (n,) set of each record. strata: (n, k), what is to be spread evenly; the first
    column is 1 throughout. shares: (3,) of the parts. before: earlier parts.

    The largest sets come first, in shuffled order among equals, each to the part that lacks most
    pictures. Then sets move wherever that brings the parts nearer to their shares: least squares
    over the strata, each in shares of its own total, the first above all. A set that holds most of
    a class cannot help to spread it. (After Sechidis, Tsoumakas, Vlahavas, "On the stratification
    of multi-label data", ECML 2011.)
    """
    content = np.zeros((int(component.max()) + 1, strata.shape[1]))
    np.add.at(content, component, strata)
    classes = content[:, 1:]
    classes *= classes <= _MOST * classes.sum(0)
    part = np.full(len(content), _UNKNOWN, np.intp)
    earlier = [_UNKNOWN if name is None else PARTS.index(name) for name in before]
    np.minimum.at(part, component, earlier)  # training before validation before test
    size = content[:, 0]
    missing = shares * size.sum() - np.bincount(part, size, len(PARTS) + 1)[:-1]
    order = np.random.default_rng(seed).permutation(np.flatnonzero(part == _UNKNOWN))
    order = order[np.argsort(-size[order], kind="stable")]
    for each in order:
        part[each] = np.where(shares > 0, missing, -np.inf).argmax()
        missing[part[each]] -= size[each]
    for ratio_counts in _RATIO_COUNTS:
        _improve(part, order, content, shares, ratio_counts)
    return part[component]


def _improve(
    part: NDArray[np.intp],
    order: NDArray[np.intp],
    content: NDArray[np.float64],
    shares: NDArray[np.float64],
    ratio_counts: float,
) -> None:
    """Moves the sets in `order` between parts while that lowers the sum of squares."""
    total = np.maximum(content.sum(0), 1)
    weight = 1 / total**2
    weight[0] *= ratio_counts * len(total)
    missing = shares[:, None] * total
    for number in range(len(PARTS)):
        missing[number] -= content[part == number].sum(0)
    for _ in range(_PASSES):
        moved = False
        for each in order:
            own, here = content[each] * weight, part[each]
            gain = (missing - missing[here]) @ own - own @ content[each]
            gain[here] = 0
            there = np.where(shares > 0, gain, -np.inf).argmax()
            if gain[there] > 1e-12:
                missing[here] += content[each]
                missing[there] -= content[each]
                part[each], moved = there, True
        if not moved:
            break
