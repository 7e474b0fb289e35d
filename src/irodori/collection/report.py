"""The report: one HTML page that shows what a collection holds and how good it is.

It reads the manifest and the pictures, writes nothing but the page, and says of a step that has not
run yet which command runs it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from html import escape
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from irodori.collection import page, sections
from irodori.collection.errors import CollectionError
from irodori.collection.look import spread
from irodori.collection.marks import five_marks
from irodori.collection.sections import Facts
from irodori.collection.steps import Progress
from irodori.collection.store import LOG, Collection, Record
from irodori.collection.thresholds import Thresholds
from irodori.color.safe_file import replace_file
from irodori.storage.places import place

_AT_TOP = 8
_AUTHORS = 3000  # rows of the attribution table


def report(
    folder: str | Path, output: str | Path | None = None, *, progress: Progress | None = None
) -> Path:
    """Writes the page and returns its path; `report.html` in the collection unless told otherwise.

    Raises CollectionError for a folder that is no collection or an empty one, OutputError.
    """
    collection = Collection.open(folder)
    if not len(collection):
        raise CollectionError(f"{folder}: holds no pictures yet, so there is nothing to report")
    path = place(output) if output else collection.folder / "report.html"
    body: list[str] = []
    with ThreadPoolExecutor() as pool:
        facts = Facts(collection, pool)
        for number, make in enumerate(_SECTIONS):
            if progress:
                progress(number, len(_SECTIONS), make.__name__.strip("_"))
            body.append(make(facts))
    text = page.page(f"{facts.name}: report", body).encode()

    def put(file: BinaryIO) -> None:
        file.write(text)

    replace_file(str(path), put, force=True)
    return path


def _intro(facts: Facts) -> str:
    kept = len(facts.kept)
    left = len(facts.records) - kept
    true = sum(bool(record["line_path"]) for record in facts.kept)
    links = {
        "marks": "Five marks",
        "counts": "Counts",
        "classes": "Classes",
        "pairs": "Pairs",
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


def _marks(facts: Facts) -> str:
    images = facts.sample(facts.kept)
    tiny = [np.asarray(image.resize((8, 8), Image.Resampling.BOX)) for image in images if image]
    sample = np.array(tiny, np.uint8).reshape(-1, 8, 8, 3)
    found = five_marks(facts.records, sample, str(facts.collection.folder))
    cards = "".join(page.mark_card(mark) for mark in found)
    return page.section(
        "marks", "Five marks of a good set", "", f'<div class="marks">{cards}</div>'
    )


def _counts(facts: Facts) -> str:
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


def _attribution(facts: Facts) -> str:
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


def _settings(facts: Facts) -> str:
    try:
        lines = (facts.collection.folder / LOG).read_text(encoding="utf-8").splitlines()
        steps = [json.loads(line) for line in lines if line.endswith("}")]
    except (OSError, ValueError):
        steps = []
    latest = {entry["step"]: entry for entry in steps}
    limits = latest.pop("judge", {}).get("settings", {})
    rows = []
    for name, entry in latest.items():
        counts = {key: value for key, value in entry.items() if key not in ("step", "settings")}
        rows.append([f"<b>{escape(name)}</b>", _facts_of(entry["settings"]), _facts_of(counts)])
    content = [page.table(["Step", "Settings", "Outcome"], rows)]
    if limits:
        content += ["<h3>Thresholds of cleaning</h3>", _thresholds(limits)]
    note = "The settings and thresholds of each step when it last ran."
    return page.section("settings", "Settings in force", note, *content)


def _thresholds(limits: Mapping[str, float]) -> str:
    why = {each.name: str(each.metadata["why"]) for each in fields(Thresholds)}
    rows = (
        [f"<code>{escape(name)}</code>", f"{limit:g}", escape(why.get(name, ""))]
        for name, limit in limits.items()
    )
    return page.table(["Name", "Limit", "Why"], rows)


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
    sections.classes,
    sections.pairs,
    sections.reasons,
    sections.values,
    sections.tangled,
    sections.clusters,
    _attribution,
    _settings,
)
