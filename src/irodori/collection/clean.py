"""Cleaning: measure every picture, find the doubles, and give what should stay out a reason.

A picture that is left out keeps its file and its row. Measuring takes minutes and is done once;
judging takes a moment and is done anew with each set of thresholds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from irodori.collection.duplicates import judge_duplicates
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.measures import COLUMNS, VERSION, measure
from irodori.collection.pairs import find_pairs
from irodori.collection.steps import Progress, Step, run_step
from irodori.collection.store import Collection, Record
from irodori.collection.thresholds import Thresholds

STEP = Step("clean", measure, COLUMNS, {"version": VERSION})

_CLUSTER = pa.schema([pa.field("cluster", pa.string())])


@dataclass(frozen=True)
class Cleaned:
    """How many pictures there are, how many stay, and how often each kind of reason was given."""

    pictures: int
    kept: int
    reasons: dict[str, int]


def clean(
    collection: Collection,
    limits: Thresholds | None = None,
    *,
    workers: int | None = None,
    mapper: Mapper = map_processes,
    progress: Progress | None = None,
) -> Cleaned:
    """Measures what was not measured yet, then judges all pictures by `limits`.

    Columns: those of `measures.COLUMNS`, and `cluster`, shared by near twins, null for one alone.
    Stopped, it goes on where it was. Raises CollectionError, OutputError.
    """
    limits = limits or Thresholds()
    run_step(collection, STEP, workers=workers, mapper=mapper, progress=progress)
    pairs = find_pairs(collection, workers=workers, mapper=mapper, progress=progress).to_pylist()
    records = collection.records()
    clusters, doubles = judge_duplicates(records, pairs, limits)
    reasons = {
        record["id"]: [*judge(record, limits), *doubles.get(record["id"], ())] for record in records
    }
    collection.set_columns(
        ({"id": name, "cluster": clusters.get(name)} for name in reasons), _CLUSTER
    )
    collection.set_reasons("clean", reasons)
    kept = sum(not found for found in reasons.values())
    collection.log("judge", limits.as_dict(), kept=kept, left_out=len(reasons) - kept)
    kinds = Counter(kind_of(reason) for found in reasons.values() for reason in found)
    return Cleaned(len(reasons), kept, dict(kinds.most_common()))


def kind_of(reason: str) -> str:
    """A reason without what is particular to one picture: "near duplicate", "too small"."""
    return reason.partition(" (")[0].partition(" of ")[0]


def judge(record: Record, limits: Thresholds) -> list[str]:
    """Why a measured picture should stay out, by itself; empty if it may stay."""
    if record.get("clean_error") is not None:
        return [str(record["clean_error"])]
    return [*_by_shape(record, limits), *_by_content(record, limits)]


def _by_shape(record: Record, limits: Thresholds) -> Iterator[str]:
    if record["width"] and record["height"]:
        short, long = sorted((record["width"], record["height"]))
        if short < limits.least_side:
            yield f"too small ({short} pixels)"
        if long > limits.most_aspect * short:
            yield f"odd aspect ({long / short:.1f})"


def _by_content(record: Record, limits: Thresholds) -> Iterator[str]:
    if record.get("contrast") is None:
        return
    if record["contrast"] < limits.least_contrast:
        yield f"blank (contrast {record['contrast']:.0f})"
        return  # whatever else might be said of an empty page says nothing
    if record["edges"] < limits.least_edges:
        yield f"near-uniform (edges {record['edges']:.2%})"
    elif record["one_color"] > limits.most_one_color:
        yield f"near-uniform (one color {record['one_color']:.1%})"
    if record["photo"] > limits.most_photo:
        yield f"photo-like ({record['photo']:.2f})"
    if record["colored"] < limits.least_colored:
        yield f"monochrome (colored {record['colored']:.1%})"
    if record["text"] > limits.most_text:
        yield f"text-heavy ({record['text']:.0%})"
    labeled = record.get("label_characters")  # what a tagger saw, where one has looked
    characters = record["characters"] if labeled is None else labeled
    if characters is not None and characters > limits.most_characters:
        yield f"several characters ({characters})"
