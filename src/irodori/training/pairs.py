"""Which pictures train and which are held back.

A collection says it itself (`irodori data split`). For a set that was never split, the group of a
picture decides, so that no book, emoji or kit of parts is on both sides.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from irodori.collection.dataset import Dataset
from irodori.collection.entries import Entry, Place
from irodori.training.errors import TrainingError

_HELD_BACK = 26  # of 256 hash values: one group in ten


@dataclass(frozen=True)
class Pairs:
    """Entries with line art, sorted by id; no group is in both."""

    training: list[Entry]
    validation: list[Entry]


def read_pairs(source: Path) -> Pairs:
    """The pairs of a collection, of tar shards, or of a folder of ID.color and ID.line pictures.

    Raises CollectionError where there are none, TrainingError where a side stays empty.
    """
    if not (source.exists() or (source / "manifest.parquet").exists()):
        raise TrainingError(
            f"{source}: no such collection; make one with irodori data import, or name a folder of "
            "ID.color.webp and ID.line.webp"
        )
    loose = _loose_pairs(source) if source.is_dir() else []
    entries = loose or Dataset(source, None, weighted=False, shuffle=False).entries
    if any(entry.part is not None for entry in entries):
        training = [entry for entry in entries if entry.part == "train"]
        validation = [entry for entry in entries if entry.part == "validation"]
    else:
        pseudo = [entry for entry in entries if entry.facts.get("pseudo_label")]
        true = [entry for entry in entries if not entry.facts.get("pseudo_label")]
        training, validation = _divide(true, _groups(source))
        training = sorted([*training, *pseudo], key=lambda entry: entry.id)
    for side, name in ((training, "training"), (validation, "validation")):
        if not side:
            raise TrainingError(
                f"{source}: of {len(entries)} pairs none is for {name}; add more groups of "
                "pictures, or run irodori data split again"
            )
    return Pairs(training, validation)


def _loose_pairs(folder: Path) -> list[Entry]:
    """ID.color.webp or .png with ID.line.* beside it."""
    entries = []
    there = {path.name for path in folder.iterdir()}
    for suffix in ("webp", "png"):
        for color in sorted(name for name in there if name.endswith(f".color.{suffix}")):
            name = color.removesuffix(f".color.{suffix}")
            lines = tuple(
                Place(folder / line)
                for line in (f"{name}.line.webp", f"{name}.line.png")
                if line in there
            )
            if lines:
                entries.append(Entry(name, Place(folder / color), lines))
    return sorted(entries, key=lambda entry: entry.id)


def _groups(source: Path) -> dict[str, str]:
    """The groups in a `manifest.csv` beside shards, by id; empty without one."""
    path = (source if source.is_dir() else source.parent) / "manifest.csv"
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["id"]: row["group"] for row in csv.DictReader(file) if row.get("group")}


def _divide(entries: list[Entry], groups: dict[str, str]) -> tuple[list[Entry], list[Entry]]:
    """About one group in ten is held back; of few groups the one whose hash is lowest."""
    group_of = {e.id: str(e.facts.get("group") or groups.get(e.id) or e.id) for e in entries}
    number = {group: _hash(group) for group in set(group_of.values())}
    held = {group for group, value in number.items() if value >> 56 < _HELD_BACK}
    if not held and len(number) > 1:
        held = {min(number, key=lambda group: number[group])}
    return (
        [entry for entry in entries if group_of[entry.id] not in held],
        [entry for entry in entries if group_of[entry.id] in held],
    )


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
