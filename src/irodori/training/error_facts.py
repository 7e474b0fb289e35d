"""What is known of a drawing, so that those that err can be grouped by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from irodori.collection.entanglement import entanglement
from irodori.collection.entries import Entry
from irodori.collection.manifest import NAME
from irodori.collection.measures import measure_basics
from irodori.collection.store import Collection
from irodori.training.drawings import Arrays, Drawings

DARKNESS = "darkness of lines"
CONTRAST = "contrast"
_FROM_MANIFEST = ("contrast", "entanglement", "photo", "text", "characters", "rating", "author")
_INKED = 13  # of 255, from which on a pixel belongs to a line


class Facts:
    """Facts of the entries of one side: from the manifest, and measured where it has none.

    source: the collection, or shards or loose pairs, which have no manifest.
    """

    def __init__(self, source: Path, drawings: Drawings) -> None:
        self.source, self.drawings = source, drawings
        self._measured: dict[int, dict[str, Any]] = {}

    @cached_property
    def _records(self) -> Mapping[str, Mapping[str, Any]]:
        if not (self.source / NAME).exists():
            return {}
        return {record["id"]: record for record in Collection.open(self.source).records()}

    def known(self, index: int) -> dict[str, Any]:
        """Tags, source, size and what steps of the collection measured; no picture is read."""
        entry = self.drawings.entries[index]
        record = self._records.get(entry.id, {})
        tags = [*entry.tags, *(record.get("label_tags") or ())]
        known: dict[str, Any] = {"tags": tags, "source": _source(entry)}
        known |= {name: record[name] for name in _FROM_MANIFEST if record.get(name) is not None}
        if record.get("width") and record.get("height"):
            known["megapixels"] = record["width"] * record["height"] / 1e6
        return known

    def all(self, index: int) -> dict[str, Any]:
        """The same, and what is measured of the prepared drawing."""
        if index not in self._measured:
            self._measured[index] = measured(self.drawings.read(index))
        return self._measured[index] | self.known(index)

    def of_rule(self, fact: str, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Facts of these drawings, enough to tell about one; pictures are read only if need be."""
        known = [self.known(index) for index in indices]
        if any(fact in facts for facts in known):
            return known
        return [self.all(index) for index in indices]


def measured(drawing: Arrays) -> dict[str, Any]:
    """Contrast of colors (grey levels), darkness of lines (0..1), entanglement (0..1)."""
    ink = drawing["ink"]
    inked = ink[ink >= _INKED]
    page = np.repeat((255 - ink)[..., None], 3, 2)
    return {
        CONTRAST: measure_basics(drawing["color"])["contrast"],
        DARKNESS: float(np.quantile(inked, 0.9)) / 255 if len(inked) else 0.0,
        "entanglement": entanglement(page),
    }


def _source(entry: Entry) -> str | None:
    source = entry.facts.get("source")
    return None if source is None else str(source)
