"""Drawings whose true colours are known: pairs of ID.color.webp and ID.line.webp."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from irodori.color.drawing import Drawing
from irodori.measure.errors import Picture
from irodori.measure.extras import EvaluationError
from irodori.storage.places import place, read_range

_NAME = re.compile(r"(?P<id>.+)\.(?P<kind>color|line)\.(?:webp|png)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Pair:
    """One drawing and its true colours, of the same size."""

    id: str
    color: Picture
    """uint8 (H, W, 3) sRGB, on white."""
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the bytes of a file lie: all of `path`, or a part of a tar."""

    path: Path
    start: int = 0
    size: int = -1

    def read(self) -> bytes:
        try:
            return read_range(self.path, self.start, self.size)
        except OSError as error:
            raise EvaluationError(f"{self.path}: cannot be read: {error.strerror}") from None


class Pairs:
    """The pairs in a folder of files, in a folder of WebDataset tar shards, or in one shard.

    Folders are searched with all that is in them. Raises EvaluationError where there is no pair.
    """

    def __init__(self, folder: str | Path) -> None:
        source = place(folder)
        if not source.exists():
            raise EvaluationError(f"{source}: no such file or folder; name one that holds pairs")
        found = dict(_places(source))
        self._places = {
            name: (found[name, "color"], found[name, "line"])
            for name, kind in sorted(found)
            if kind == "color" and (name, "line") in found
        }
        self.without_line = sum(kind == "color" for _, kind in found) - len(self._places)
        """How many coloured pictures were left out for want of a drawing."""
        if not self._places:
            raise EvaluationError(
                f"{source}: holds no pairs; they are named ID.color.webp and ID.line.webp"
            )

    def __len__(self) -> int:
        return len(self._places)

    def ids(self, limit: int | None = None, seed: int = 0) -> list[str]:
        """The pairs' ids, sorted; of more than `limit`, a random choice of so many."""
        ids = list(self._places)
        if limit is None or limit >= len(ids):
            return ids
        chosen = np.random.default_rng(seed).choice(len(ids), max(0, limit), replace=False)
        return [ids[i] for i in sorted(chosen)]

    def read(self, name: str) -> Pair:
        """The pair of that id. Raises EvaluationError or DrawingError, naming it."""
        color, line = self._places[name]
        truth = _read_color(color.read(), name)
        drawing = Drawing.load(line.read(), name=name)
        if truth.shape[:2] != drawing.ink.shape:
            sizes = f"{truth.shape[1]} x {truth.shape[0]} and {drawing.width} x {drawing.height}"
            raise EvaluationError(f"{name}: color and line differ in size, {sizes}; scale one")
        return Pair(name, truth, drawing)


def _places(source: Path) -> Iterator[tuple[tuple[str, str], _Place]]:
    """(id, "color" or "line") and the place of each file that is half of a pair."""
    files = [source] if source.is_file() else sorted(source.rglob("*"))
    for path in files:
        if path.suffix.lower() == ".tar":
            yield from _tar_places(path)
        elif match := _NAME.fullmatch(path.name):
            yield (match["id"], match["kind"].lower()), _Place(path)


def _tar_places(path: Path) -> Iterator[tuple[tuple[str, str], _Place]]:
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                match = _NAME.fullmatch(Path(member.name).name)
                if match and member.isfile():
                    place = _Place(path, member.offset_data, member.size)
                    yield (match["id"], match["kind"].lower()), place
    except (OSError, tarfile.TarError) as error:
        raise EvaluationError(f"{path}: is no readable tar: {error}") from None


def _read_color(data: bytes, name: str) -> Picture:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return on_white(image)
    except (OSError, ValueError, SyntaxError) as error:
        raise EvaluationError(f"{name}: its color picture cannot be read: {error}") from None


def on_white(image: Image.Image) -> Picture:
    """An image as uint8 (H, W, 3) sRGB, what is transparent on white."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return np.asarray(image.convert("RGB"))
    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(paper, image).convert("RGB"))
