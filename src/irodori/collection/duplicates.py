"""Pictures that are there more than once: which they are, and which of them stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from irodori.collection.store import Record
from irodori.collection.thresholds import Thresholds


class Relation(Enum):
    """What two pictures are to each other."""

    STRANGERS = "strangers"
    VARIANTS = "variants"
    DUPLICATES = "duplicates"


def relation(pair: Mapping[str, Any], *, siblings: bool, limits: Thresholds) -> Relation:
    """What a pair that was looked at (a row of `pairs.SCHEMA`) is.

    siblings: whether both are of one source that sorts its pictures into groups. Such a source
    makes variants on purpose, as an emoji's skins or a figure's mouths: those that are colored
    differently in part, or drawn differently somewhere, stay, in one cluster. One that is colored
    differently all over, or a stranger's, is a duplicate.
    """
    recolored = pair["other"] > limits.recolored_share
    if pair["lines"] < (limits.recolored_lines if recolored else limits.duplicate_lines):
        return Relation.STRANGERS
    in_part = recolored and pair["same"] > limits.variant_share
    if siblings and (in_part or pair["lines"] < limits.sibling_lines):
        return Relation.VARIANTS
    return Relation.DUPLICATES


def components(ids: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The ids that pairs tie together, directly or through others, as sorted lists of two or more.

    ids: without repetition; pairs: of these.
    """
    number = {name: index for index, name in enumerate(ids)}
    ends = np.array([[number[one], number[other]] for one, other in pairs], np.intp).reshape(-1, 2)
    links = coo_array((np.ones(len(ends), np.bool_), (ends[:, 0], ends[:, 1])), (len(ids),) * 2)
    _, labels = connected_components(links, directed=False)
    groups: dict[int, list[str]] = {}
    for name, label in zip(ids, labels.tolist(), strict=True):
        groups.setdefault(label, []).append(name)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def judge_duplicates(
    records: Sequence[Record], pairs: Iterable[Mapping[str, Any]], limits: Thresholds
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The cluster of each picture that has a near twin, and the reasons of those left out.

    records: the manifest's rows; pairs: rows of `pairs.SCHEMA`. A cluster is named after its
    first id; it holds variants too, for a split must not part them.
    """
    by_id = {record["id"]: record for record in records}
    twins, variants = _same_files(records), []
    crops = set()
    for pair in pairs:
        whole, part = by_id.get(pair["whole"]), by_id.get(pair["part"])
        if whole is None or part is None:
            continue
        kind = relation(pair, siblings=_siblings(whole, part), limits=limits)
        if kind is Relation.DUPLICATES:
            twins.append((pair["whole"], pair["part"]))
            if pair["window"] > 0:
                crops.add(pair["part"])
        elif kind is Relation.VARIANTS:
            variants.append((pair["whole"], pair["part"]))
    clusters = {
        name: group[0] for group in components(list(by_id), twins + variants) for name in group
    }
    reasons: dict[str, list[str]] = {}
    for group in components(list(by_id), twins):
        best = min(group, key=lambda name: _rank(by_id[name], cropped=name in crops))
        for name in group:
            if name != best:
                reasons[name] = [_reason(by_id[name], by_id[best])]
    return clusters, reasons


def _same_files(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Each picture with the first one that has the same bytes."""
    first: dict[str, str] = {}
    twins = []
    for record in records:
        if record["sha256"] is not None:
            one = first.setdefault(record["sha256"], record["id"])
            if one != record["id"]:
                twins.append((one, record["id"]))
    return twins


def _siblings(one: Record, other: Record) -> bool:
    grouped = one["group"] is not None and other["group"] is not None
    return grouped and one["source"] == other["source"]


def _rank(record: Record, *, cropped: bool) -> tuple[object, ...]:
    """Sorts the one that should stay first: true line art, then a known origin, whole, and large.

    What is known of a picture goes before its size, for a larger one may just have been enlarged.
    """
    known = [record[column] for column in ("license", "author", "url", "group")]
    pixels = (record["width"] or 0) * (record["height"] or 0)
    return (
        record["line_path"] is None,
        -sum(value is not None for value in known),
        cropped,
        -pixels,
        len(record["id"]),
        record["id"],
    )


def _reason(record: Record, best: Record) -> str:
    exact = record["sha256"] is not None and record["sha256"] == best["sha256"]
    return f"{'exact' if exact else 'near'} duplicate of {best['id']}"
