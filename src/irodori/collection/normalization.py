"""How pixel values are scaled for a network, and back for the eye.

The figures come from the training part alone and are stored with the collection, so that
validation, test and inference scale by the same ones.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from irodori.collection import pictures
from irodori.collection.errors import CollectionError
from irodori.collection.files import write_file
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.steps import Progress, Step, run_step
from irodori.collection.store import Collection, Record

FILE = "normalization.json"
COLUMNS = pa.schema(
    [
        pa.field("channel_sums", pa.list_(pa.int64())),
        pa.field("channel_squares", pa.list_(pa.int64())),
    ]
)
"""Sums over a picture's pixels, of R, G, B in 0..255 and of their squares."""


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation of each channel R, G, B over the training part, in 0..1.

    count: the pictures they were taken from; 0 for the neutral scaling, v / 127.5 - 1.
    """

    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    count: int = 0

    def scale(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 (..., 3) to float32 (..., 3) within -1..1, the training mean at 0.

        The distance to the mean is divided by the longer of the two ways from the mean to black
        and to white, so no value leaves -1..1.
        """
        mean, reach = self._line()
        return np.asarray((picture.astype(np.float32) / 255 - mean) / reach, np.float32)

    def undo(self, scaled: NDArray[Any]) -> NDArray[np.uint8]:
        """What `scale` was given, for display: any float (..., 3) to uint8; the rest is clipped."""
        mean, reach = self._line()
        picture = np.clip(np.asarray(scaled, np.float32) * reach + mean, 0, 1) * 255
        return np.asarray(np.round(picture), np.uint8)

    def _line(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        mean = np.array(self.mean, np.float32)
        return mean, np.maximum(mean, 1 - mean)

    def to_json(self) -> str:
        """The content of the file `normalization.json`."""
        values = {"mean": list(self.mean), "std": list(self.std), "pictures": self.count}
        return json.dumps(values, indent=2) + "\n"


def read_normalization(folder: Path) -> Normalization:
    """The figures stored in a collection or beside shards; neutral ones where there are none.

    Raises CollectionError for a file that holds something else.
    """
    path = folder / FILE
    if not path.exists():
        return Normalization()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        mean, std = (tuple(float(value) for value in values[key]) for key in ("mean", "std"))
        if len(mean) != 3 or len(std) != 3 or not all(0 <= value <= 1 for value in mean + std):
            raise ValueError("three means and three deviations within 0..1 are expected")
        return Normalization(mean, std, int(values["pictures"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectionError(
            f"{path}: holds no normalisation ({error}); delete it and run irodori data split again"
        ) from None


def from_sums(
    pixels: int, sums: NDArray[np.int64], squares: NDArray[np.int64], *, count: int
) -> Normalization:
    """Mean and deviation from sums over pixels.

    pixels: how many; sums, squares: int64 (3,), of the values 0..255 and of their squares.
    """
    mean = [int(total) / pixels for total in sums]
    variance = [int(square) / pixels - each**2 for square, each in zip(squares, mean, strict=True)]
    return Normalization(
        _three(value / 255 for value in mean),
        _three(max(0.0, value) ** 0.5 / 255 for value in variance),
        count,
    )


def _three(values: Any) -> tuple[float, float, float]:
    first, second, third = (round(value, 6) for value in values)
    return first, second, third


def measure_normalization(
    collection: Collection,
    *,
    workers: int | None = None,
    mapper: Mapper = map_processes,
    progress: Progress | None = None,
) -> Normalization:
    """Takes the figures from the training part's kept pictures and stores them.

    Pictures that cannot be read are passed over. Raises CollectionError where none is left.
    """
    where = "part = 'train' AND NOT left_out"
    step = Step("pixels", channel_sums, COLUMNS, {})
    run_step(collection, step, where=where, workers=workers, mapper=mapper, progress=progress)
    table = collection.select(f"{where} AND channel_sums IS NOT NULL")
    if not len(table):
        raise CollectionError(
            f"{collection.folder}: no picture of the training part can be read; "
            "run irodori data clean"
        )
    sums, squares = (np.array(table[name].to_pylist(), np.int64).sum(0) for name in COLUMNS.names)
    pixels = int(sum(record["width"] * record["height"] for record in table.to_pylist()))
    figures = from_sums(pixels, sums, squares, count=len(table))
    write_file(collection.folder / FILE, figures.to_json().encode())
    return figures


def channel_sums(folder: Path, record: Record) -> Record:
    """The values of `COLUMNS` for one picture."""
    color = pictures.decode((folder / record["path"]).read_bytes(), "RGB", record["id"])
    # Pillow counts levels many times faster than numpy sums squares.
    seen = np.array(Image.fromarray(color).histogram(), np.int64).reshape(3, 256)
    levels = np.arange(256)
    return {
        "channel_sums": (seen * levels).sum(1).tolist(),
        "channel_squares": (seen * levels**2).sum(1).tolist(),
    }
