"""The report: one HTML page that shows what a collection holds and how good it is.

It reads the manifest and the pictures, writes nothing but the page, and says of a step that has not
run yet which command runs it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irodori.collection import page
from irodori.collection.errors import CollectionError
from irodori.collection.look import small_picture, spread
from irodori.collection.marks import SAMPLE, classes_of, five_marks
from irodori.collection.normalization import read_normalization
from irodori.collection.steps import Progress
from irodori.collection.store import LOG, Collection, Record
from irodori.color.safe_file import replace_file

ENTANGLEMENT = "entanglement"
CLUSTER = "cluster"

_PER_SHEET = 16
_AT_TOP = 8
_SHEETS = 24  # classes or reasons with a sheet of their own
_AUTHORS = 3000  # rows of the attribution table
_BINS = 64


def report(
    folder: str | Path, output: str | Path | None = None, *, progress: Progress | None = None
) -> Path:
    """Writes the page and returns its path; `report.html` in the collection unless told otherwise.

    Raises CollectionError for a folder that is no collection or an empty one, OutputError.
    """
    facts = _Facts(Collection.open(folder))
    if not facts.records:
        raise CollectionError(f"{folder}: holds no pictures yet, so there is nothing to report")
    path = Path(output) if output else facts.collection.folder / "report.html"
    body: list[str] = []
    with ThreadPoolExecutor() as pool:
        facts.pool = pool
        for number, make in enumerate(_SECTIONS):
            if progress:
                progress(number, len(_SECTIONS), make.__name__.strip("_"))
            body.append(make(facts))
    text = page.page(f"{facts.name}: report", body).encode()

    def put(file: BinaryIO) -> None:
        file.write(text)

    replace_file(str(path), put, force=True)
    return path


class _Facts:
    """What the sections tell of."""

    pool: ThreadPoolExecutor

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.name = collection.folder.resolve().name
        self.records = collection.records()
        self.kept = [record for record in self.records if not record["reasons"]]

    def has(self, column: str) -> bool:
        return column in self.collection.table.column_names

    def command(self, step: str) -> str:
        return f"irodori data {step} {self.collection.folder}"

    def small(self, records: Iterable[Record], longest: int) -> list[Image.Image | None]:
        """Small pictures, None for those that cannot be read."""
        paths = [self.collection.path(record["path"]) for record in records]
        return list(self.pool.map(lambda path: _readable(path, longest), paths))

    def sheet(
        self, records: Sequence[Record], caption: Callable[[Record], str] | None = None
    ) -> str:
        """The records' pictures in rows."""
        images = self.small(records, page.THUMBNAIL)
        return page.sheet(
            page.picture(image, caption(record) if caption else record["id"], _told(record))
            for image, record in zip(images, records, strict=True)
        )


def _readable(path: Path, longest: int) -> Image.Image | None:
    try:
        return small_picture(path, longest)
    except CollectionError:
        return None


def _told(record: Record) -> str:
    about = [", ".join(record["tags"] or ()), record["author"] or "", *(record["reasons"] or ())]
    return " | ".join([record["id"], *filter(None, about)])


def _intro(facts: _Facts) -> str:
    kept = len(facts.kept)
    left = len(facts.records) - kept
    true = sum(bool(record["line_path"]) for record in facts.kept)
    links = {
        "marks": "Five marks",
        "counts": "Counts",
        "classes": "Classes",
        "reasons": "Left out",
        "values": "Pixel values",
        "tangled": "Tangled",
        "clusters": "Near-duplicates",
        "attribution": "Attribution",
        "settings": "Settings",
    }
    nav = "".join(f'<a href="#{name}">{text}</a>' for name, text in links.items())
    return (
        f"<h1>{escape(facts.name)}</h1>"
        f'<p class="lead">{len(facts.records):,} pictures: {kept:,} kept, {left:,} left out for a '
        f"reason. {true:,} of the kept have true line art.</p><nav>{nav}</nav>"
        + facts.sheet(spread(facts.kept, _AT_TOP), lambda record: record["source"] or "")
    )


def _marks(facts: _Facts) -> str:
    images = facts.small(spread(facts.kept, SAMPLE), 96)
    tiny = [np.asarray(image.resize((8, 8), Image.Resampling.BOX)) for image in images if image]
    sample = np.array(tiny, np.uint8).reshape(-1, 8, 8, 3)
    found = five_marks(facts.records, sample, str(facts.collection.folder))
    cards = "".join(page.mark_card(mark) for mark in found)
    return page.section(
        "marks", "Five marks of a good set", "", f'<div class="marks">{cards}</div>'
    )


def _counts(facts: _Facts) -> str:
    def of(name: str, values: Iterable[str | None]) -> str:
        counts = Counter(value or "none" for value in values)
        return f"<div><h3>{name} <span>{len(counts):,}</span></h3>{page.bars(counts)}</div>"

    kept = facts.kept
    blocks = [
        of("Sources", (record["source"] for record in kept)),
        of("Licenses", (record["license"] for record in kept)),
        of("Tags", (tag for record in kept for tag in record["tags"] or ())),
    ]
    if any(record["rating"] for record in kept):
        blocks.append(of("Ratings", (record["rating"] for record in kept)))
    if facts.has("part"):
        blocks.append(of("Parts", (record["part"] for record in kept)))
    if facts.has("label_characters"):
        numbers = (record["label_characters"] for record in kept)
        blocks.append(of("Characters", (None if n is None else str(n) for n in numbers)))
    note = "Of the pictures that are kept."
    return page.section("counts", "Counts", note, f'<div class="columns">{"".join(blocks)}</div>')


def _classes(facts: _Facts) -> str:
    groups: dict[str, list[Record]] = {}
    for record in facts.kept:
        for name in classes_of(record):
            groups.setdefault(name, []).append(record)
    balanced = facts.has("classes")
    note = (
        "The classes that irodori data balance makes even; each picture counts by its weight."
        if balanced
        else "By source, as no classes are set yet; irodori data balance sets them."
    )
    return page.section("classes", "Classes", note, *_sheets(facts, groups))


def _reasons(facts: _Facts) -> str:
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
    return re.sub(r"\s*\(.*\)", "", re.sub(r"\d[\d.,]*", "…", reason))


def _sheets(facts: _Facts, groups: Mapping[str, Sequence[Record]]) -> Iterable[str]:
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    for name, records in ordered[:_SHEETS]:
        yield f"<h3>{escape(name)} <span>{len(records):,}</span></h3>"
        yield facts.sheet(spread(records, _PER_SHEET))
    if len(ordered) > _SHEETS:
        yield f'<p class="note">And {len(ordered) - _SHEETS:,} with fewer pictures.</p>'


def _values(facts: _Facts) -> str:
    training = [record for record in facts.kept if record.get("part") in (None, "train")]
    scaling = read_normalization(facts.collection.folder)
    counts = np.zeros((3, _BINS), np.int64)
    for image in filter(None, facts.small(spread(training, SAMPLE), 96)):
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


def _tangled(facts: _Facts) -> str:
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


def _clusters(facts: _Facts) -> str:
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
    for cluster in ordered[:_PER_SHEET]:
        content.append(f"<h3>{len(cluster):,} alike</h3>")
        content.append(facts.sheet(cluster[:_PER_SHEET], _kept_or_not))
    return page.section("clusters", title, note, *content)


def _kept_or_not(record: Record) -> str:
    return "left out" if record["reasons"] else "kept"


def _attribution(facts: _Facts) -> str:
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in facts.kept:
        names = ("author", "source", "license", "license_url")
        groups.setdefault(tuple(record[name] or "" for name in names), []).append(record)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = [_credit(records) for _, records in ordered[:_AUTHORS]]
    heads = ["Pictures", "Author", "Source", "License", "Where"]
    rest = len(ordered) - len(rows)
    note = "Whose pictures these are, and under what terms; of the pictures that are kept."
    if rest:
        note += f" {rest:,} more authors are in the manifest."
    content = page.table(heads, rows[:20])
    if len(rows) > 20:
        whole = page.table(heads, rows[20:])
        content += f"<details><summary>{len(rows) - 20:,} more</summary>{whole}</details>"
    return page.section("attribution", "Attribution", note, content)


def _credit(records: Sequence[Record]) -> list[str]:
    """A row for pictures of one author, source and license."""
    first = records[0]
    urls = [record["url"] for record in records if record["url"]]
    links = [_link(url, str(number)) for number, url in enumerate(urls[:5], 1)]
    more = f" and {len(urls) - 5:,} more" if len(urls) > 5 else ""
    return [
        f"{len(records):,}",
        escape(first["author"] or "not stated"),
        escape(first["source"] or ""),
        _link(first["license_url"] or "", first["license"] or "not stated"),
        (" ".join(links) or "not stated") + more,
    ]


def _link(url: str, text: str) -> str:
    if not url.startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(url, quote=True)}" rel="noopener noreferrer">{escape(text)}</a>'


def _settings(facts: _Facts) -> str:
    try:
        lines = (facts.collection.folder / LOG).read_text(encoding="utf-8").splitlines()
        steps = [json.loads(line) for line in lines if line.endswith("}")]
    except (OSError, ValueError):
        steps = []
    latest = {entry["step"]: entry for entry in steps}
    rows = []
    for name, entry in latest.items():
        counts = {key: value for key, value in entry.items() if key not in ("step", "settings")}
        rows.append([f"<b>{escape(name)}</b>", _facts_of(entry["settings"]), _facts_of(counts)])
    note = "The settings and thresholds of each step when it last ran."
    return page.section(
        "settings", "Settings in force", note, page.table(["Step", "Settings", "Outcome"], rows)
    )


def _facts_of(values: Mapping[str, Any]) -> str:
    told = (
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in values.items()
        if value not in (None, [])
    )
    return "<br>".join(f"<code>{escape(text)}</code>" for text in told)


_SECTIONS = (
    _intro,
    _marks,
    _counts,
    _classes,
    _reasons,
    _values,
    _tangled,
    _clusters,
    _attribution,
    _settings,
)
