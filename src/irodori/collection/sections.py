"""Sections of the report that show pictures: classes, pairs, reasons, values, tangles, twins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irodori.collection import page
from irodori.collection.errors import CollectionError
from irodori.collection.look import small_picture, spread
from irodori.collection.marks import SAMPLE, classes_of
from irodori.collection.normalization import read_normalization
from irodori.collection.store import Collection, Record

ENTANGLEMENT = "entanglement"
CLUSTER = "cluster"

_PER_SHEET = 16
_PAIRS = 12
_CLUSTERS = 8
_SHEETS = 24  # classes or reasons with a sheet of their own
_BINS = 64


class Facts:
    """A collection as the sections read it; `pool` loads their pictures."""

    def __init__(self, collection: Collection, pool: ThreadPoolExecutor) -> None:
        self.collection = collection
        self.pool = pool
        self.name = collection.folder.resolve().name
        self.records = collection.records()
        self.kept = [record for record in self.records if not record["reasons"]]

    def has(self, column: str) -> bool:
        """Whether a step has added that column."""
        return column in self.collection.table.column_names

    def command(self, step: str) -> str:
        """What a person types for a step."""
        return f"irodori data {step} {self.collection.folder}"

    def small(self, paths: Iterable[str], longest: int) -> list[Image.Image | None]:
        """Small pictures by their place in the collection, None for those that cannot be read."""
        places = map(self.collection.path, paths)
        return list(self.pool.map(lambda place: _readable(place, longest), places))

    def sample(self, records: Sequence[Record]) -> list[Image.Image | None]:
        """Small pictures from all over, to work out figures from."""
        return self.small((record["path"] for record in spread(records, SAMPLE)), 96)

    def sheet(
        self, records: Sequence[Record], caption: Callable[[Record], str] | None = None
    ) -> str:
        """The records' pictures in rows."""
        return page.sheet(self.figures(records, caption))

    def figures(
        self, records: Sequence[Record], caption: Callable[[Record], str] | None = None
    ) -> list[str]:
        """The records' pictures, each with a line below it, its id by default."""
        images = self.small((record["path"] for record in records), page.THUMBNAIL)
        return [
            page.picture(image, caption(record) if caption else record["id"], _told(record))
            for image, record in zip(images, records, strict=True)
        ]


def _readable(path: Path, longest: int) -> Image.Image | None:
    try:
        return small_picture(path, longest)
    except CollectionError:
        return None


def _told(record: Record) -> str:
    about = [", ".join(record["tags"] or ()), record["author"] or "", *(record["reasons"] or ())]
    return " | ".join([record["id"], *filter(None, about)])


def classes(facts: Facts) -> str:
    """The pictures of each class."""
    groups: dict[str, list[Record]] = {}
    for record in facts.kept:
        for name in classes_of(record):
            groups.setdefault(name, []).append(record)
    balanced = facts.has("classes")
    note = (
        "The classes that irodori data balance makes even; each picture counts by its weight."
        if balanced
        else "By folder, as no classes are set yet; irodori data balance sets them."
    )
    return page.section("classes", "Classes", note, *_sheets(facts, groups))


def pairs(facts: Facts) -> str:
    """Pictures beside the line art that a colorist learns to color."""
    title = "Pairs"
    paired = [record for record in facts.kept if _lines(record)]
    if not paired:
        return page.section("pairs", title, "", page.missing(facts.command("pair")))
    shown = spread(paired, _PAIRS)
    colors = facts.small((record["path"] for record in shown), page.THUMBNAIL)
    lines = facts.small((_lines(record)[0] for record in shown), page.THUMBNAIL)
    both = []
    for record, color, line in zip(shown, colors, lines, strict=True):
        pen = (record.get("pens") or ["true"])[0]
        drawn = page.picture(line, pen, f"pen: {pen}")
        both.append(page.beside(page.picture(color, record["id"]), drawn))
    note = "Line art is true where the source has it; else the pen that drew it is named."
    return page.section("pairs", title, note, page.sheet(both))


def _lines(record: Record) -> list[str]:
    return record.get("lines") or ([record["line_path"]] if record["line_path"] else [])


def reasons(facts: Facts) -> str:
    """The pictures of each reason to leave one out."""
    groups: dict[str, list[Record]] = {}
    for record in facts.records:
        for reason in dict.fromkeys(map(_kind_of, record["reasons"] or ())):
            groups.setdefault(reason, []).append(record)
    counts = {reason: len(records) for reason, records in groups.items()}
    note = "Nothing is deleted: each of these keeps its file, and comes back when its reason goes."
    if groups:
        return page.section("reasons", "Left out", note, page.bars(counts), *_sheets(facts, groups))
    if not facts.has("clean_settings"):
        return page.section("reasons", "Left out", "", page.missing(facts.command("clean")))
    return page.section("reasons", "Left out", "No picture is left out.")


def _kind_of(reason: str) -> str:
    """A reason without what differs from picture to picture."""
    return re.sub(r"\d[\d.,]*", "…", re.sub(r" \(.*| of .*", "", reason))


def _sheets(facts: Facts, groups: Mapping[str, Sequence[Record]]) -> Iterable[str]:
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    for name, records in ordered[:_SHEETS]:
        yield f"<h3>{escape(name)} <span>{len(records):,}</span></h3>"
        yield facts.sheet(spread(records, _PER_SHEET))
    if len(ordered) > _SHEETS:
        yield f'<p class="note">And {len(ordered) - _SHEETS:,} with fewer pictures.</p>'


def values(facts: Facts) -> str:
    """The histogram of pixel values as a network is given them."""
    training = [record for record in facts.kept if record.get("part") in (None, "train")]
    scaling = read_normalization(facts.collection.folder)
    counts = np.zeros((3, _BINS), np.int64)
    for image in filter(None, facts.sample(training)):
        counts += _histogram(scaling.scale(np.asarray(image)))
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    mean = " ".join(f"{value:.3f}" for value in scaling.mean)
    note = (
        f"R, G and B of {min(len(training), SAMPLE)} pictures as a network is given them. "
        + (
            f"The mean of {scaling.count:,} training pictures ({mean} of 1) lies at 0. "
            if scaling.count
            else "Scaled evenly, as no statistics of a training part are stored yet. "
        )
        + "Heights are square roots, so that white paper does not hide the rest."
    )
    parts = [page.histogram(shares)]
    if not scaling.count:
        parts.append(page.missing(facts.command("split")))
    return page.section("values", "Pixel values after scaling", note, *parts)


def _histogram(scaled: NDArray[np.float32]) -> NDArray[np.int64]:
    """Counts (3, bins) of float (H, W, 3) in -1..1."""
    edges = np.linspace(-1, 1, _BINS + 1)
    rows = [np.histogram(np.clip(scaled[..., i], -1, 1), edges)[0] for i in range(3)]
    return np.array(rows, np.int64)


def tangled(facts: Facts) -> str:
    """The ends of the scale of entanglement."""
    title = "Most and least tangled"
    known = [record for record in facts.kept if record.get(ENTANGLEMENT) is not None]
    if not known:
        return page.section("tangled", title, "", page.missing(facts.command("clean")))
    known.sort(key=lambda record: record[ENTANGLEMENT])

    def caption(record: Record) -> str:
        return f"{record[ENTANGLEMENT]:.3g}"

    note = (
        "How tangled the lines of the kept pictures are, by the column entanglement. Leave the "
        "most tangled out if a model handles them badly, or seek more of them if it should learn."
    )
    return page.section(
        "tangled",
        title,
        note,
        "<h3>Most tangled</h3>",
        facts.sheet(known[: -_PER_SHEET - 1 : -1], caption),
        "<h3>Least tangled</h3>",
        facts.sheet(known[:_PER_SHEET], caption),
    )


def clusters(facts: Facts) -> str:
    """Near-duplicates side by side."""
    title = "Near-duplicates"
    if not facts.has(CLUSTER):
        return page.section("clusters", title, "", page.missing(facts.command("clean")))
    clusters: dict[Any, list[Record]] = {}
    for record in facts.records:
        if record[CLUSTER] is not None:
            clusters.setdefault(record[CLUSTER], []).append(record)
    ordered = sorted((c for c in clusters.values() if len(c) > 1), key=len, reverse=True)
    pictures = sum(map(len, ordered))
    note = f"{len(ordered):,} clusters of {pictures:,} pictures, the largest first; those left out "
    note += "say so. A cluster never lies on two sides of a split."
    content = []
    for cluster in [cluster for cluster in ordered if len(cluster) > 2][:_CLUSTERS]:
        content += [f"<h3>{len(cluster):,} alike</h3>", facts.sheet(cluster[:_PER_SHEET], _state)]
    twins = [cluster for cluster in ordered if len(cluster) == 2][:_PAIRS]
    if twins:
        both = (page.beside(*facts.figures(twin, _state)) for twin in twins)
        content += ["<h3>Two alike</h3>", page.sheet(both)]
    return page.section("clusters", title, note, *content)


def _state(record: Record) -> str:
    return "left out" if record["reasons"] else "kept"
