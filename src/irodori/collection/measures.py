"""All that is measured of one picture to judge it: read once, measured on small copies.

Nothing is decided here: `thresholds` and `clean` do.
"""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from irodori.collection.entanglement import SIDE as LINES_SIDE
from irodori.collection.entanglement import entanglement
from irodori.collection.hashes import structure, structure_hashes
from irodori.collection.pairs import pack
from irodori.collection.photo import photo_likeness
from irodori.collection.reading import Picture, fit, read_picture
from irodori.collection.store import Record
from irodori.collection.writing import share_of_writing

VERSION = 1
"""Goes up when a measure changes, so that pictures are measured again."""

COLUMNS = pa.schema(
    [
        pa.field("contrast", pa.float64()),
        pa.field("edges", pa.float64()),
        pa.field("one_color", pa.float64()),
        pa.field("colored", pa.float64()),
        pa.field("photo", pa.float64()),
        pa.field("text", pa.float64()),
        pa.field("characters", pa.int32()),
        pa.field("entanglement", pa.float64()),
        pa.field("hashes", pa.string()),
    ]
)
"""What `measure` gives.

contrast: grey levels, 0..255, between the picture's darkest and lightest parts. edges: share of
pixels at which a color changes. one_color: share in or near the commonest color. colored: share
with a hue. photo: 0 drawn .. 1 photographed. text: share under lines of writing. characters: how
many the tags name, or null. entanglement: 0 clear .. 1 tangled. hashes: hexadecimal, see `hashes`;
null for an empty picture.
"""

WORK_SIDE = 512
"""Long side of the picture that is looked at."""

_SMALL_SIDE = 192
_HUE = 8.0  # chroma in Lab from which on a pixel has a hue
_EDGE = 0.12  # structure that is an edge: about 20 of 255 grey levels
_FEWEST_EDGES = 0.0005  # share of edge pixels below which hashes are those of noise

_COUNTED = re.compile(r"(\d+)\+?_?(?:girl|boy|other)s?")
_SEVERAL = re.compile(r"multiple[_ ](?:girls|boys|others|characters)|group|crowd")


def measure(folder: Path, record: Record) -> Record:
    """Values of COLUMNS for a record of the manifest. Raises UnreadableError."""
    picture = read_picture(folder / record["path"], enough=WORK_SIDE)
    lines = record.get("line_path")
    drawn = read_picture(folder / lines, enough=LINES_SIDE) if lines else None
    return {
        **measure_picture(picture, drawn),
        "characters": count_characters(record.get("tags") or ()),
    }


def measure_picture(picture: Picture, line_art: Picture | None = None) -> Record:
    """Values of COLUMNS but for the characters. line_art: true line art, of any size."""
    work = fit(picture, WORK_SIDE) if max(picture.shape[:2]) > WORK_SIDE else picture
    middle = fit(work, LINES_SIDE)
    texture: Record = {
        "photo": photo_likeness(work),
        "text": share_of_writing(middle),
        "entanglement": entanglement(middle if line_art is None else line_art),
    }
    return {**measure_basics(middle), **{key: round(value, 5) for key, value in texture.items()}}


def measure_basics(picture: Picture) -> Record:
    """What any collection asks of a picture: is anything on it, in color, and seen before?"""
    small = fit(picture, _SMALL_SIDE)
    drawn = structure(small, _SMALL_SIDE)
    edges = float((drawn > _EDGE).mean())
    values: Record = {
        "contrast": _contrast(small),
        "edges": edges,
        "one_color": _share_of_one_color(small),
        "colored": _share_with_hue(small),
    }
    values = {name: round(value, 5) for name, value in values.items()}
    values["hashes"] = pack(structure_hashes(drawn)) if edges >= _FEWEST_EDGES else None
    return values


def _contrast(small: Picture) -> float:
    """Between the 0.1 and 99.9 percentiles of each channel; the widest counts."""
    widest = 0
    for channel in cv2.split(small):
        seen = np.cumsum(np.bincount(channel.ravel(), minlength=256)) / channel.size
        darkest, lightest = np.searchsorted(seen, (0.001, 0.999))
        widest = max(widest, int(lightest - darkest))
    return float(widest)


def _share_of_one_color(small: Picture) -> float:
    """Pixels that are at most 8 levels, in every channel, from the median color of the commonest.

    The commonest is found among colors of 4 bits a channel.
    """
    coarse = (small >> 4).astype(np.uint16)
    name = (coarse[..., 0] << 8) | (coarse[..., 1] << 4) | coarse[..., 2]
    commonest = np.bincount(name.ravel(), minlength=4096).argmax()
    color = np.median(small[name == commonest], axis=0)
    low, high = np.clip(color - 8, 0, 255), np.clip(color + 8, 0, 255)
    return float(cv2.inRange(small, low, high).mean() / 255)


def _share_with_hue(small: Picture) -> float:
    lab: NDArray[np.float32] = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32) - 128
    return float((np.hypot(lab[..., 1], lab[..., 2]) > _HUE).mean())


def count_characters(tags: list[str] | tuple[str, ...]) -> int | None:
    """How many characters booru tags speak of (1girl, 2boys, solo, multiple_girls), or None."""
    plain = [tag.strip().lower().replace(" ", "_") for tag in tags]
    counted = sum(int(found[1]) for tag in plain if (found := _COUNTED.fullmatch(tag)))
    if any(_SEVERAL.fullmatch(tag) for tag in plain):
        return max(counted, 2)
    return counted or (1 if "solo" in plain else None)
