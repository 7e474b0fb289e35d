"""Smaller colorists: without dead channels, with weights at zero, in 8 bits.

What each costs in error, and what it buys in size and time, is measured.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from irodori.collection.entries import Entry
from irodori.color.colorist import Colorist, folder_of, graphs_of
from irodori.color.conditions import hint_channels, palette_slots, without_noise
from irodori.color.palette import MOST_COLORS, Palette
from irodori.lab.ensemble.curve import Variant, figure, packed_size, table
from irodori.lab.ensemble.dead import cut_dead
from irodori.lab.ensemble.quantizing import Feed, prune_graphs, quantize
from irodori.measure.protocols import place_hints
from irodori.network.proposer import NOISE
from irodori.training.drawings import STRIDE
from irodori.training.errors import TrainingError
from irodori.training.measuring import Tell, measure, read_pair, some
from irodori.training.pairs import read_pairs

_CALIBRATION = 16  # training drawings from which the ranges of activations are read
_WAKING = 200  # training drawings of which one at least must wake a channel that is to stay
_REPEATS = 5  # of which the fastest counts


@dataclass(frozen=True)
class Shrunk:
    """The variants, the whole colorist first, and the folder they are in, one folder each."""

    folder: Path
    variants: list[Variant]

    def table(self) -> str:
        """The curve as text: dE00 without and with hints, sizes, time."""
        return table(self.variants)


def shrink(
    name: str,
    source: Path,
    out: Path,
    *,
    sparsities: Sequence[float] = (0.3, 0.5, 0.7),
    int8: bool = True,
    limit: int = 24,
    tell: Tell = lambda done, total, name: None,
) -> Shrunk:
    """Writes smaller variants of a colorist into `out`, measures them, draws `curve.png`.

    name: of a colorist, or its folder. source: pairs; the held-back ones are measured, at most
    `limit`, some of the others find the dead channels and set the ranges of INT8. Raises
    TrainingError, ColoristError.
    """
    whole = folder_of(name)
    if out.exists():
        raise TrainingError(f"{out}: exists; give another name with -o")
    pairs = read_pairs(source)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name[:40]}.") as beside:
        made = Path(beside) / "variants"
        made.mkdir()
        feeds = list(_feeds(whole, some(pairs.training, _CALIBRATION)))
        alive = _alive(whole, made, pairs.training, tell)
        folders = {"as it is": whole, "no dead channels": alive}
        folders |= _sparse(whole, made, sparsities)
        if int8:
            folders["int8"] = _in_8_bits(alive, made, feeds)
        held_back = some(pairs.validation, limit)
        variants = [
            _measure(title, folder, held_back, feeds[0], tell) for title, folder in folders.items()
        ]
        figure(variants).savefig(made / "curve.png", dpi=110)
        made.rename(out)
    return Shrunk(out, variants)


def _alive(whole: Path, out: Path, entries: Sequence[Entry], tell: Tell) -> Path:
    folder = _variant(whole, out / "no-dead")
    waking = some(entries, _WAKING)
    for graph in _graphs(whole):
        feeds = _counted(_feeds(whole, waking), graph.stem, len(waking), tell)
        cut_dead(graph, folder / graph.name, feeds)
    return folder


def _counted(
    feeds: Iterator[dict[str, Feed]], graph: str, total: int, tell: Tell
) -> Iterator[Feed]:
    for number, feed in enumerate(feeds, start=1):
        tell(number, total, f"dead channels of {graph}")
        yield feed[graph]


def _sparse(whole: Path, out: Path, sparsities: Sequence[float]) -> dict[str, Path]:
    folders = {}
    for share in sparsities:
        folder = _variant(whole, out / f"sparse-{100 * share:g}")
        prune_graphs({each: folder / each.name for each in _graphs(whole)}, share)
        folders[f"sparse {100 * share:g} %"] = folder
    return folders


def _in_8_bits(alive: Path, out: Path, feeds: Sequence[dict[str, Feed]]) -> Path:
    folder = _variant(alive, out / "int8")
    for graph in _graphs(alive):
        quantize(graph, folder / graph.name, [each[graph.stem] for each in feeds])
    return folder


def _variant(whole: Path, folder: Path) -> Path:
    """A folder with the same card, its graphs still to come."""
    folder.mkdir()
    (folder / "colorist.json").write_bytes((whole / "colorist.json").read_bytes())
    return folder


def _graphs(folder: Path) -> list[Path]:
    card = json.loads((folder / "colorist.json").read_text(encoding="utf-8"))
    return [folder / f"{graph}.onnx" for graph in graphs_of(card)]


def _feeds(whole: Path, entries: Sequence[Entry]) -> Iterator[dict[str, Feed]]:
    """What each graph is given when these drawings are colored.

    By turns nothing is said, there are hints, a palette, a palette and many hints.
    """
    colorist = Colorist.load(whole)
    for number, entry in enumerate(entries):
        drawing, truth = read_pair(entry)
        hints = place_hints(("0", "10", "0", "50")[number % 4], truth, entry.id, 0)
        several = place_hints("r10", truth, entry.id, 0).colors()[:MOST_COLORS]
        palette = Palette.of(dict.fromkeys(several) if number % 4 > 1 else [])
        encoding = colorist.encode(drawing)
        rows, columns = encoding.grid.ink.shape
        size = columns * STRIDE, rows * STRIDE
        small = cv2.resize(drawing.ink, size, interpolation=cv2.INTER_AREA)
        ink = without_noise(small)[None, None]
        told: Feed = {
            "hints": hint_channels(hints, encoding.grid)[None],
            "palette": palette_slots(palette, hints)[None],
        }
        seen = ("fine", "coarse") if len(encoding.features) == 2 else ("ink",)
        yield {
            "encode": {"ink": ink},
            "color": {**dict(zip(seen, encoding.features, strict=True)), **told},
            "propose": {"ink": ink, "noise": np.zeros((1, NOISE), np.float32)},
        }


def _measure(
    title: str, folder: Path, entries: Sequence[Entry], feeds: dict[str, Feed], tell: Tell
) -> Variant:
    quality = measure(Colorist.load(folder), entries, title, tell)
    files = _graphs(folder)
    return Variant(
        title,
        {f"dE00 at {name}": error for name, error in quality.errors.items()},
        sum(file.stat().st_size for file in files),
        packed_size(files),
        sum(_time(file, feeds[file.stem]) for file in files),
    )


def _time(graph: Path, feed: Feed) -> float:
    """Milliseconds of one answer on one core, the fastest of several."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    given = {each.name: feed[each.name] for each in session.get_inputs()}
    found = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        session.run(None, given)
        found.append(time.perf_counter() - began)
    return 1000 * min(found)
