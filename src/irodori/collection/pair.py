"""Pairs of line art and color: true line art is kept, other pictures get theirs drawn.

The files lie in folders of their own, `lines` and `flats`, beside the pictures' folders and named
alike. Each picture is drawn by pens chosen by its id, so that a picture gets the same line art
whenever and wherever it is drawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa

from irodori.collection import line_network, pictures
from irodori.collection.errors import CollectionError
from irodori.collection.extractors import Ink
from irodori.collection.files import write_file
from irodori.collection.flats import flat_colors
from irodori.collection.lines import choose_pen, draw_with
from irodori.collection.mapper import Mapper, map_processes
from irodori.collection.steps import Counts, Progress, Step, run_step
from irodori.collection.store import Collection, Record

NAME = "pair"
COLUMNS = pa.schema(
    [
        pa.field("lines", pa.list_(pa.string())),
        pa.field("pens", pa.list_(pa.string())),
        pa.field("flat_path", pa.string()),
        pa.field("line_cover", pa.float64()),
    ]
)
"""lines: the line art of a picture, true line art first. pens: how each was drawn, or "true".
flat_path: its flat color map. line_cover: the share of pixels that the first line art covers."""

METHOD = 1
"""To be raised when the same settings come to draw other lines, so that all are drawn again."""
COVER = 0.002
"""Line art that covers a smaller share of the picture is as good as blank."""
_PENS = 5  # tried on a picture before it is given up

# Pictures left out by another step; those that pairing left out are tried again.
_WHERE = "len([x for x in coalesce(reasons, []) if NOT starts_with(x, 'pair: ')]) = 0"


@dataclass(frozen=True)
class Pairing:
    """How line art is made.

    variants: line arts drawn for a picture without true ones. redraw: draw so many beside true
    ones, too. flats: write flat color maps. network: ONNX file of a line network, used for a share
    of the drawings; signed: it reads and answers -1..1. seed: other pens.
    """

    variants: int = 2
    redraw: bool = False
    flats: bool = True
    network: str | None = None
    signed: bool = False
    seed: int = 0


def pair(
    folder: str | Path,
    pairing: Pairing,
    *,
    workers: int | None = None,
    mapper: Mapper = map_processes,
    progress: Progress | None = None,
) -> Counts:
    """Gives each kept picture of a collection its line art; goes on where it was stopped.

    A picture for which it fails is left out with the reason. Raises CollectionError for settings
    that cannot be met, before anything is changed.
    """
    collection = Collection.open(folder)
    if pairing.variants < 1:
        raise CollectionError(f"{pairing.variants} variants: a pair needs 1 at least")
    step = Step(NAME, partial(pair_picture, pairing), COLUMNS, _settings(pairing))
    counts = run_step(
        collection, step, where=_WHERE, workers=workers, mapper=mapper, progress=progress
    )
    failed = collection.select(f"{NAME}_error IS NOT NULL AND {_WHERE}")
    reasons = zip(failed["id"].to_pylist(), failed[f"{NAME}_error"].to_pylist(), strict=True)
    collection.set_reasons(NAME, {name: [reason] for name, reason in reasons})
    return counts


def _settings(pairing: Pairing) -> dict[str, object]:
    """What the line art depends on; a network by what is in its file."""
    settings: dict[str, object] = {**asdict(pairing), "method": METHOD}
    if pairing.network is not None:
        line_network.OnnxLines(pairing.network, signed=pairing.signed)
        settings["network"] = hashlib.sha256(Path(pairing.network).read_bytes()).hexdigest()
    return settings


def pair_picture(pairing: Pairing, folder: Path, record: Record) -> Record:
    """Writes the line art and the flat map of one picture; the values of `COLUMNS`.

    Raises CollectionError where the picture or its true line art cannot be used.
    """
    color = pictures.decode((folder / record["path"]).read_bytes(), "RGB", record["id"])
    lines, pens, inks = [], [], []
    if record["line_path"] is not None:
        true = pictures.decode((folder / record["line_path"]).read_bytes(), "L", record["id"])
        if true.shape != color.shape[:2]:
            raise CollectionError(f"its line art is {_size(true)}, the picture {_size(color)}")
        lines, pens, inks = [record["line_path"]], ["true"], [_ink_of(true)]
    place = PurePosixPath("lines", *PurePosixPath(record["path"]).parent.parts)
    wanted = pairing.variants if pairing.redraw or not lines else 0
    for variant in range(wanted):
        name, ink = _draw(pairing, color, record["id"], variant)
        lines.append(f"{place / record['id']}.line{variant}.webp")
        pens.append(name)
        inks.append(ink)
        drawn = np.asarray(255 - np.round(ink * 255), np.uint8)
        write_file(folder / lines[-1], pictures.encode(drawn))
    _remove_surplus(folder / place, record["id"], wanted)
    cover = _cover(inks[0])
    if cover < COVER:
        raise CollectionError("its line art is blank")
    flat = _write_flat(folder, record, color, inks[0]) if pairing.flats else None
    return {"lines": lines, "pens": pens, "flat_path": flat, "line_cover": round(cover, 6)}


def _draw(pairing: Pairing, color: pictures.Bytes, name: str, variant: int) -> tuple[str, Ink]:
    """The pen's description, and the ink; a pen that finds nothing is laid down for another.

    Raises CollectionError where no pen finds lines.
    """
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    random = np.random.default_rng((pairing.seed, number, variant))
    network = None
    if pairing.network is not None:
        network = line_network.load(pairing.network, pairing.signed)
    for _ in range(_PENS):
        pen = choose_pen(random, network=network is not None)
        ink = draw_with(pen, color, network=network)
        if _cover(ink) >= COVER:
            return str(pen), ink
    raise CollectionError("no lines worth the name could be found in it")


def _cover(ink: Ink) -> float:
    return float((ink > 0.15).mean())


def _write_flat(
    folder: Path,
    record: Record,
    color: pictures.Bytes,
    ink: Ink,
) -> str:
    place = PurePosixPath("flats", *PurePosixPath(record["path"]).parent.parts)
    path = f"{place / record['id']}.flats.webp"
    write_file(folder / path, pictures.encode(flat_colors(color, ink)))
    return path


def _remove_surplus(place: Path, name: str, variants: int) -> None:
    """Line art that an earlier run with more variants drew."""
    while (path := place / f"{name}.line{variants}.webp").exists():
        path.unlink()
        variants += 1


def _ink_of(line: pictures.Bytes) -> Ink:
    return np.asarray(1 - line.astype(np.float32) / 255, np.float32)


def _size(picture: pictures.Bytes) -> str:
    return f"{picture.shape[1]} x {picture.shape[0]}"
