"""What drawn pictures add to a training: the error on held-back drawings by people.

    python benchmarks/synth_training.py COLLECTION [--people 200] [--drawn 800] [--steps 300]

COLLECTION: pictures by people with line art. Trainings of one length and seed: on some of its
pictures, on drawn ones, on both mixed, and on its pictures after the drawn ones. All are validated
on the same drawings by people; the reference is white paper. COLLECTION stays as it is.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from irodori.collection.dataset import Dataset
from irodori.collection.entries import Entry
from irodori.collection.store import Collection, Record
from irodori.collection.synth.write import synthesize
from irodori.training import loop
from irodori.training.pairs import read_pairs
from irodori.training.recipe import Recipe
from irodori.training.runs import Run
from plainly import plainly


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", type=Path)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--drawn", type=int, default=800)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--design", default="baseline")
    given = parser.parse_args()
    theirs = read_pairs(given.collection)
    train = _rows(_spread(theirs.training, given.people))
    held_back = _rows(_spread(theirs.validation, 64))
    with tempfile.TemporaryDirectory() as folder:
        synthesize(Path(folder, "drawn"), given.drawn, size=2 * given.size)
        ours = _rows(Dataset(Path(folder, "drawn"), None, shuffle=False).entries)
        cases = {
            "by people": train,
            "drawn": ours,
            "both": train + ours,
            "as many of both": train + ours[: len(train)],
        }
        places = {name: Path(folder, "sets", name) for name in cases}
        for name, rows in cases.items():
            _gather(places[name], rows, held_back)
        runs = {name: _train(given, place, Path(folder, "runs")) for name, place in places.items()}
        drawn = str(runs["drawn"].folder)
        runs["drawn, then by people"] = _train(
            given, places["by people"], Path(folder, "runs"), start=drawn
        )
        print(f"{len(held_back)} held-back drawings by people, {given.steps} steps of 8 each")
        for name, run in runs.items():
            _tell(name, run)


def _train(given: argparse.Namespace, place: Path, runs: Path, *, start: str | None = None) -> Run:
    recipe = Recipe(
        design=given.design, collection=str(place), start=start, steps=given.steps,
        size=given.size, batch=8, seed=1, every=max(1, given.steps // 4), average=0.98, workers=0,
    )  # fmt: skip
    return loop.train(recipe, runs)


def _rows(entries: Sequence[Entry]) -> list[Record]:
    """Rows of a manifest, their files named from the root, for any collection to hold."""
    return [
        {
            "id": entry.id,
            "path": str(entry.color.path.resolve()),
            "line_path": str(entry.lines[0].path.resolve()),
            "tags": list(entry.tags),
        }
        for entry in entries
    ]


def _spread(entries: Sequence[Entry], count: int) -> Sequence[Entry]:
    """So many from all over."""
    return entries[:: max(1, len(entries) // count)][:count]


def _gather(place: Path, train: Sequence[Record], held_back: Sequence[Record]) -> None:
    place.parent.mkdir(exist_ok=True)
    collection = Collection.create(place)
    collection.add([*train, *held_back])
    parts = [{"id": row["id"], "part": "train"} for row in train]
    parts += [{"id": row["id"], "part": "validation"} for row in held_back]
    collection.set_columns(parts, pa.schema([pa.field("part", pa.string())]))


def _tell(name: str, run: Run) -> None:
    errors = [row["valid/error"] for row in run.metrics() if "valid/error" in row]
    blank = [row["valid/blank"] for row in run.metrics() if "valid/blank" in row]
    paper = f"{blank[0]:.2f}" if blank else "-"
    print(
        f"{name:<22} error {errors[-1]:.2f}, best {min(errors):.2f}   white paper {paper}",
        flush=True,
    )


if __name__ == "__main__":
    plainly(main)
