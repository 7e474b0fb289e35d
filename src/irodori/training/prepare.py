"""From pictures to what the training loop reads: ink, true colours on the grid, parts.

Everything that does not change from epoch to epoch is worked out once and kept in one folder per
work size.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tarfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from irodori.collection.lines import draw_lines
from irodori.color.propagation import parts_on_grid
from irodori.color.regions import find_regions

STRIDE = 4  # ink pixels per cell of the grid on which the network decides

NOT_SHIPPED = frozenset({"wapuu", "ltcrpg"})
"""Sources kept out of shipped weights: a trademark under the GPL, and unclear terms for the art."""

UNSEEN_SOURCES = frozenset({"facesjs", "gophers-egon", "horst", "naev-bobbens"})
"""Sources kept whole for validation: artists of whom training sees nothing."""

WORK_SIZES = (256,)
"""Long sides at which drawings are prepared, in pixels."""

VARIANTS = 2  # drawings made from a picture that has no lines of its own


@dataclass(frozen=True, eq=False)
class Pair:
    """One picture of the set: `color` RGB uint8 (H, W, 3); `line` grey uint8 (H, W) or None."""

    id: str
    source: str
    group: str
    color: NDArray[np.uint8]
    line: NDArray[np.uint8] | None

    @property
    def for_validation(self) -> bool:
        """Decided by the group alone, so that no group is on two sides; about one group in ten."""
        number = hashlib.sha256(self.group.encode()).digest()[0]
        return self.source in UNSEEN_SOURCES or (number < 26 and not self.group.endswith(":all"))


def read_art(folder: Path) -> Iterator[Pair]:
    """The pairs of tar shards in a folder with `manifest.csv` (columns id, source, group)."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    for shard in sorted(folder.glob("*.tar")):
        members: dict[str, dict[str, bytes]] = {}
        with tarfile.open(shard) as tar:
            for member in tar:
                name, _, kind = member.name.partition(".")
                content = tar.extractfile(member)
                if content is not None:
                    members.setdefault(name, {})[kind] = content.read()
        for name, files in members.items():
            if rows[name]["source"] not in NOT_SHIPPED:
                yield _pair(name, rows[name]["source"], rows[name]["group"], files)


def read_folder(folder: Path, source: str) -> Iterator[Pair]:
    """The pairs `ID.color.webp` + `ID.line.webp` of a plain folder, all one group."""
    for path in sorted(folder.glob("*.line.webp")):
        name = path.name.removesuffix(".line.webp")
        files = {
            "line.webp": path.read_bytes(),
            "color.webp": path.with_name(f"{name}.color.webp").read_bytes(),
        }
        yield _pair(name, source, f"{source}:all", files)


def _pair(name: str, source: str, group: str, files: dict[str, bytes]) -> Pair:
    color = np.asarray(Image.open(io.BytesIO(files["color.webp"])).convert("RGB"))
    line = files.get("line.webp")
    grey = None if line is None else np.asarray(Image.open(io.BytesIO(line)).convert("L"))
    return Pair(name, source, group, color, grey)


Arrays = dict[str, NDArray[Any]]


def prepare_pair(pair: Pair, size: int) -> list[Arrays]:
    """What training reads of one picture at `size` px on the long side, an entry per drawing.

    ink uint8 (H, W), 255 is ink, H and W multiples of 4; target uint8 (h, w, 3), the mean colour
    off the lines per cell; weight uint8 (h, w), its share of pixels off the lines; shade uint8
    (h, w), 255 where a cell is as light as its part; parts uint16 (h, w); region_of int32 (count
    + 1,).
    """
    random = np.random.default_rng(int(hashlib.sha256(pair.id.encode()).hexdigest()[:8], 16))
    if pair.line is not None:
        inks = [np.asarray(1 - pair.line.astype(np.float32) / 255, np.float32)]
    else:
        inks = [draw_lines(pair.color, random) for _ in range(VARIANTS)]
    return [_prepare_drawing(pair.color, ink, size) for ink in inks]


def _prepare_drawing(color: NDArray[np.uint8], ink: NDArray[np.float32], size: int) -> Arrays:
    scale = size / max(ink.shape)
    height = max(8, round(ink.shape[0] * scale / STRIDE)) * STRIDE
    width = max(8, round(ink.shape[1] * scale / STRIDE)) * STRIDE
    ink = np.asarray(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    picture = cv2.resize(color, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    off_line = cv2.erode((ink < 0.08).astype(np.float32), np.ones((3, 3), np.uint8))
    grid = (width // STRIDE, height // STRIDE)
    weight = cv2.resize(off_line, grid, interpolation=cv2.INTER_AREA)
    total = cv2.resize(picture * off_line[..., None], grid, interpolation=cv2.INTER_AREA)
    target = np.clip(total / np.maximum(weight, 1e-3)[..., None], 0, 255)
    regions = find_regions(ink)
    parts = parts_on_grid(regions.parts, grid[1], grid[0])
    return {
        "ink": np.round(ink * 255).astype(np.uint8),
        "target": np.round(target).astype(np.uint8),
        "weight": np.round(weight * 255).astype(np.uint8),
        "shade": _shade(target, weight, parts),
        "parts": parts.astype(np.uint16),
        "region_of": regions.region_of.astype(np.int32),
    }


def _shade(
    target: NDArray[Any], weight: NDArray[Any], parts: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """How much darker each cell is than the median of its part, uint8 (h, w)."""
    light = target.mean(2)
    order = np.lexsort((light.ravel(), parts.ravel()))
    numbers, start, count = np.unique(parts.ravel()[order], return_index=True, return_counts=True)
    median = np.zeros(int(parts.max()) + 1, np.float32)
    median[numbers] = light.ravel()[order][start + count // 2]
    factor = np.clip(light / np.maximum(median[parts], 1), 0.3, 1)
    return np.where(weight > 0.3, np.round(factor * 255), 255).astype(np.uint8)


def _prepare_all_sizes(task: tuple[Pair, tuple[int, ...]]) -> list[list[Arrays]]:
    cv2.setNumThreads(1)
    return [prepare_pair(task[0], size) for size in task[1]]


def prepare(pairs: Iterator[Pair], out: Path, sizes: tuple[int, ...], workers: int = 2) -> None:
    """Writes a folder `out/SIZE` per work size: arrays of all drawings, end to end."""
    out.mkdir(parents=True, exist_ok=True)
    kept: list[list[Arrays]] = [[] for _ in sizes]
    facts: list[tuple[str, str, str, bool]] = []
    # A forked worker hangs on the thread pools of torch and OpenCV in its parent.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        while batch := list(islice(pairs, 512)):
            results = pool.map(_prepare_all_sizes, [(p, sizes) for p in batch], chunksize=8)
            for pair, by_size in zip(batch, results, strict=True):
                facts += [(pair.id, pair.source, pair.group, pair.for_validation)] * len(by_size[0])
                for position, drawings in enumerate(by_size):
                    kept[position] += drawings
            print(f"{len(facts)} drawings", flush=True)
    for size, drawings in zip(sizes, kept, strict=True):
        _write(out / str(size), drawings, facts)


def _write(folder: Path, drawings: list[Arrays], facts: list[tuple[str, str, str, bool]]) -> None:
    ids, sources, groups, validation = zip(*facts, strict=True)
    arrays: Arrays = {
        "id": np.array(ids),
        "source": np.array(sources),
        "group": np.array(groups),
        "validation": np.array(validation),
        "shape": np.array([drawing["ink"].shape for drawing in drawings], np.int32),
    }
    for key in ("ink", "target", "weight", "shade", "parts", "region_of"):
        flat = [drawing[key].ravel() for drawing in drawings]
        arrays[key] = np.concatenate(flat)
        arrays[f"{key}_end"] = np.cumsum([len(part) for part in flat])
    folder.mkdir(parents=True, exist_ok=True)
    for key, array in arrays.items():
        np.save(folder / f"{key}.npy", array)


def main(
    art: Path,
    out: Path,
    synthetic: Annotated[
        list[Path] | None, typer.Option(help="Folder of ID.color.webp + ID.line.webp pairs.")
    ] = None,
    workers: int = 2,
) -> None:
    """Prepare the shards in ART, and folders of synthetic pairs, for training."""
    folders = [read_folder(folder, folder.name) for folder in synthetic or []]
    prepare(chain(read_art(art), *folders), out, WORK_SIZES, workers)


if __name__ == "__main__":
    typer.run(main)
