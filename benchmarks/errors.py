"""Two weaknesses planted in a small collection: are they named first, and does the step cure them?

    python benchmarks/errors.py [--steps 300] [--folder DIR]

Draws a collection: pictures of one thing each, whose tag decides its color, which no hint tells.
One tag comes ten times too seldom in training, and faded scans (pale lines, pale colors) hardly
ever; validation has enough of both. A small colorist is trained, `irodori errors` names the group
that costs most, the first command that it offers is carried out as it stands, and the errors of
the same validation drawings are compared; then once more for what is named next. The reference is
the same colorist before the step, on the same drawings.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irodori.cli import main as irodori
from irodori.collection.store import Collection
from irodori.training.errors_page import save_page
from irodori.training.errors_report import ErrorReport, analyze
from irodori.training.loop import train
from irodori.training.recipe import Recipe
from irodori.training.runs import all_runs

Canvas = NDArray[np.uint8]
Points = NDArray[np.int32]
Shape = Callable[[int, int, int], list[Points]]

RARE, FADED = "mushroom", "faded"
SIZE = (96, 128)


def _ellipse(x: int, y: int, wide: int, high: int, start: int = 0, end: int = 360) -> Points:
    return np.asarray(cv2.ellipse2Poly((x, y), (wide, high), 0, start, end, 10), np.int32)


def _polygon(x: int, y: int, r: int, *corners: tuple[float, float]) -> Points:
    return np.array([(x + r * a, y + r * b) for a, b in corners], np.int32)


def _star(x: int, y: int, r: int) -> list[Points]:
    turns = np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2, 0.45, 1.0)
    return [
        np.column_stack([x + r * reach * np.sin(turns), y - r * reach * np.cos(turns)]).astype(
            np.int32
        )
    ]


THINGS: dict[str, tuple[Shape, list[tuple[int, int, int]]]] = {
    "apple": (lambda x, y, r: [_ellipse(x, y, r, r)], [(205, 50, 45)]),
    "tree": (
        lambda x, y, r: [
            _polygon(x, y, r, (-0.2, 0.4), (0.2, 0.4), (0.2, 1), (-0.2, 1)),
            _polygon(x, y, r, (-0.9, 0.4), (0, -1), (0.9, 0.4)),
        ],
        [(130, 90, 50), (50, 140, 60)],
    ),
    "house": (
        lambda x, y, r: [
            _polygon(x, y, r, (-0.8, -0.1), (0.8, -0.1), (0.8, 1), (-0.8, 1)),
            _polygon(x, y, r, (-1, -0.1), (0, -1), (1, -0.1)),
        ],
        [(70, 110, 200), (150, 60, 50)],
    ),
    "fish": (
        lambda x, y, r: [
            _polygon(x, y, r, (0.5, 0), (1.2, -0.6), (1.2, 0.6)),
            _ellipse(x, y, r * 8 // 10, r // 2),
        ],
        [(235, 150, 60), (235, 130, 40)],
    ),
    "star": (_star, [(240, 205, 60)]),
    RARE: (
        lambda x, y, r: [
            _polygon(x, y, r, (-0.3, 0), (0.3, 0), (0.4, 1), (-0.4, 1)),
            _ellipse(x, y, r, r, 180, 360),
        ],
        [(225, 210, 190), (125, 60, 165)],
    ),
}


def draw(tag: str, seed: int, *, faded: bool) -> tuple[Canvas, Canvas]:
    """RGB (96, 128, 3) and line art (96, 128) of two things of that tag on a colored ground."""
    random = np.random.default_rng(seed)
    color = np.full((*SIZE, 3), 255, np.uint8)
    line = np.full(SIZE, 255, np.uint8)
    horizon = int(random.integers(56, 76))
    color[horizon:] = (222, 205, 170)
    cv2.line(color, (0, horizon), (SIZE[1], horizon), (0, 0, 0), 2)
    cv2.line(line, (0, horizon), (SIZE[1], horizon), 0, 2)
    shape, colors = THINGS[tag]
    for x in (34, 92):
        place = x + int(random.integers(-8, 9)), 50 + int(random.integers(-12, 13))
        for outline, fill in zip(shape(*place, int(random.integers(20, 31))), colors, strict=True):
            shade = np.clip(np.array(fill) + random.integers(-12, 13, 3), 0, 255).tolist()
            for canvas, inside, pen in ((color, shade, (0, 0, 0)), (line, 255, 0)):
                cv2.fillPoly(canvas, [outline], inside)
                cv2.polylines(canvas, [outline], True, pen, 2)
    if faded:
        share = random.uniform(0.2, 0.3)
        color, line = ((255 - (255.0 - each) * share).astype(np.uint8) for each in (color, line))
    return color, line


def plant(folder: Path, per_tag: int, held_back: int) -> Collection:
    """The collection, its parts given: training lacks two kinds that validation has."""
    rows, parts, seed = [], [], 0
    for tag in THINGS:
        rare = tag == RARE
        training = per_tag // 10 if rare else per_tag
        wanted = [("train", False, training), ("validation", False, held_back)]
        if not rare:
            wanted += [("train", True, max(1, per_tag // 40)), ("validation", True, held_back // 4)]
        for part, faded, count in wanted:
            for _ in range(count):
                seed += 1
                name = f"{tag}-{seed:05d}"
                for kind, picture in zip(
                    ("color", "line"), draw(tag, seed, faded=faded), strict=True
                ):
                    path = folder / tag / f"{name}.{kind}.png"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(picture).save(path)
                files = {"path": f"{tag}/{name}.color.png", "line_path": f"{tag}/{name}.line.png"}
                size = {"width": SIZE[1], "height": SIZE[0]}
                rows.append({"id": name, "source": "drawn", "tags": [tag], **files, **size})
                parts.append({"id": name, "part": part, "planted": FADED if faded else tag})
    collection = Collection.create(folder)
    collection.add(rows)
    import pyarrow as pa

    schema = pa.schema([pa.field("part", pa.string()), pa.field("planted", pa.string())])
    collection.set_columns(parts, schema)
    return collection


def means(report: ErrorReport, planted: dict[str, str]) -> dict[str, float]:
    """Mean plain error of the rare tag's drawings, the faded ones, and all others."""
    groups: dict[str, list[float]] = {RARE: [], FADED: [], "others": []}
    for sample, error in zip(report.samples, report.raw.tolist(), strict=True):
        kind = planted[sample.id]
        groups[kind if kind in groups else "others"].append(error)
    return {kind: float(np.mean(errors)) for kind, errors in groups.items()}


def cured(folder: Path, recipe: Recipe, planted: dict[str, str], rounds: int) -> None:
    """Train, analyze, carry out the first command offered; once more for each round."""
    runs = folder / "runs"
    run = train(recipe, runs, quiet=True)
    before: dict[str, float] = {}
    for turn in range(rounds + 1):
        began = time.monotonic()
        report = analyze(run, runs / "cache")
        save_page(report, run.folder / "errors.html")
        now = means(report, planted)
        print(f"run {run.folder.name}, analyzed in {time.monotonic() - began:.0f} s")
        for kind, error in now.items():
            change = (
                f"  was {before[kind]:6.2f}, {error / before[kind]:.2f} of it" if before else ""
            )
            print(f"  {kind:<9} error {error:6.2f}{change}")
        print(report.told(), flush=True)
        before = now
        if turn == rounds or not report.weaknesses:
            return
        for command in report.weaknesses[0].steps[0].commands:
            began = time.monotonic()
            if irodori(shlex.split(command)[1:]) != 0:
                raise SystemExit(f"failed: {command}")
            print(f"ran in {time.monotonic() - began:.0f} s: {command.split(' --')[0]} ...")
        run = all_runs(runs)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--per-tag", type=int, default=120, help="training pictures of a usual tag")
    parser.add_argument("--held-back", type=int, default=32, help="validation pictures of a tag")
    parser.add_argument("--rounds", type=int, default=2, help="steps that are carried out")
    parser.add_argument("--design", default="blind")
    parser.add_argument("--folder", type=Path, help="keep everything there; else it is thrown away")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        folder = asked.folder or Path(kept)
        collection = plant(folder / "collection", asked.per_tag, asked.held_back)
        planted = {row["id"]: row["planted"] for row in collection.records()}
        recipe = Recipe(
            design=asked.design,
            collection=str(folder / "collection"),
            steps=asked.steps,
            size=64,
            batch=16,
            adversarial="none",
            every=asked.steps,
            held_back=32,
            workers=0,
            average=0.98,
            warmup=20,
            rate=2e-3,
        )
        cured(folder, recipe, planted, asked.rounds)


if __name__ == "__main__":
    main()
