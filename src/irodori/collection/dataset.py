"""What training reads: the samples of a collection or of its shards, in an order made by a seed.

Dataset("art", "train", seed=1, size=256)[7]                 # the 8th sample of the first epoch
Dataset("art", "train").stream(start=800, worker=1, workers=4)   # from there on, every fourth
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.collection.entries import Entry, read_entries
from irodori.collection.errors import CollectionError
from irodori.collection.normalization import Normalization, read_normalization
from irodori.collection.pictures import decode
from irodori.storage.places import place


@dataclass(frozen=True, eq=False)
class Sample:
    """One picture with one of its line arts, both of the same size."""

    id: str
    color: NDArray[np.uint8]
    """uint8 (H, W, 3) sRGB, on white."""
    line: NDArray[np.uint8]
    """uint8 (H, W), 255 paper .. 0 ink."""
    flats: NDArray[np.uint8] | None
    """uint8 (H, W, 3): the even color of each region, if the data set has flat maps."""
    tags: tuple[str, ...]
    weight: float
    """How often the picture is expected in an epoch of its part."""
    facts: Mapping[str, Any]
    """source, author, license, group."""

    @property
    def ink(self) -> NDArray[np.float32]:
        """float32 (H, W), 0 paper .. 1 ink."""
        return np.asarray(1 - self.line.astype(np.float32) / 255, np.float32)


class Dataset:
    """The pairs of one part; nothing is read before it is asked for.

    An index is a position in an endless sequence of epochs: `dataset[i]` for i below
    `len(dataset)` is the first epoch, the next `len(dataset)` positions are the second, ordered
    otherwise. The same seed and position give the same sample, in any process. Picklable.

    source: a collection's folder, a folder of shards or one shard. part: "train", "validation",
    "test" or None for all. size: the longest side of a sample in pixels, larger pictures are
    scaled down (area mean), smaller ones stay; None leaves all as they are. weighted: sample by
    the weights of `irodori data balance`; without it every picture comes once an epoch; None
    means for training only. shuffle: False keeps the order of ids. flats: False saves the time to
    read them.
    Raises CollectionError where there are no pairs, or no such part.
    """

    def __init__(
        self,
        source: str | Path,
        part: str | None = "train",
        *,
        seed: int = 0,
        size: int | None = None,
        weighted: bool | None = None,
        shuffle: bool = True,
        flats: bool = True,
    ) -> None:
        self.source, self.part, self.seed, self.size = place(source), part, seed, size
        self.flats = flats
        self.shuffle = shuffle
        self.weighted = part == "train" if weighted is None else weighted
        entries = read_entries(self.source, part)
        self.entries = [entry for entry in entries if entry.lines]
        """The pictures, sorted by id."""
        self.without_line = len(entries) - len(self.entries)
        """How many pictures were left out for want of line art."""
        if not self.entries:
            raise CollectionError(
                f"{source}: its pictures have no line art yet; run irodori data pair {source}"
            )
        folder = self.source if self.source.is_dir() else self.source.parent
        self.normalization: Normalization = read_normalization(folder)
        """How to scale colors, by statistics of the training part."""
        self._weights = np.array([e.weight if self.weighted else 1 for e in self.entries])
        if not self._weights.sum() > 0:
            raise CollectionError(f"{source}: all weights are 0; run irodori data balance again")
        self._orders: dict[int, NDArray[np.intp]] = {}

    def __len__(self) -> int:
        """Samples in an epoch: the sum of the weights, which is the pictures where all are 1."""
        return max(1, round(float(self._weights.sum())))

    def __iter__(self) -> Iterator[Sample]:
        return self.stream(stop=len(self))

    def __getitem__(self, position: int) -> Sample:
        return self._read(self.entry(position), position)

    def entry(self, position: int) -> Entry:
        """Which picture comes at a position, without reading it."""
        if position < 0:
            raise IndexError(f"position {position}: counts from 0")
        epoch, place = divmod(position, len(self))
        return self.entries[int(self.order(epoch)[place])]

    def order(self, epoch: int) -> NDArray[np.intp]:
        """intp (len,): for each place of an epoch the index into `entries`."""
        if epoch not in self._orders:
            random = np.random.default_rng((self.seed, epoch))
            chosen = draw_by_weight(self._weights, random)
            if self.shuffle:
                random.shuffle(chosen)
            # Two, since a batch may reach over an epoch's end.
            self._orders = {epoch: chosen, **dict(list(self._orders.items())[:1])}
        return self._orders[epoch]

    def stream(
        self, start: int = 0, stop: int | None = None, *, worker: int = 0, workers: int = 1
    ) -> Iterator[Sample]:
        """Samples from position `start` on to before `stop` (None: without end).

        With `workers` taking turns, worker w of n gets positions start + w, start + w + n, ...
        """
        if not 0 <= worker < workers:
            raise ValueError(f"worker {worker} of {workers}: counts from 0 to {workers - 1}")
        position = start + worker
        while stop is None or position < stop:
            yield self[position]
            position += workers

    def _read(self, entry: Entry, position: int) -> Sample:
        turn = np.random.default_rng((self.seed, position, 1)).integers(len(entry.lines))
        color = _fit(decode(entry.color.read(), "RGB", entry.id), self.size)
        line = _fit(decode(entry.lines[int(turn)].read(), "L", entry.id), self.size)
        flats = None
        if self.flats and entry.flats is not None:
            flat = decode(entry.flats.read(), "RGB", entry.id)
            flats = _fit(flat, self.size, cv2.INTER_NEAREST)
        for other in (line, flats):
            if other is not None and other.shape[:2] != color.shape[:2]:
                raise CollectionError(
                    f"{entry.id}: color and line art differ in size, {_size(color)} and "
                    f"{_size(other)}; run irodori data pair again"
                )
        return Sample(entry.id, color, line, flats, entry.tags, entry.weight, entry.facts)


def draw_by_weight(weights: NDArray[Any], random: np.random.Generator) -> NDArray[np.intp]:
    """Indices drawn so that each comes as often as its weight says, rounded up or down by chance.

    weights: (n,), expected counts; returns intp (round(sum),), sorted; at least one. Systematic
    sampling over the weights in their order of size: pictures of one class have one weight, so
    that each class comes as often as it should, give or take one. All weights 1 give each index
    once.
    """
    total = max(1, round(float(weights.sum())))
    by_size = np.argsort(weights, kind="stable")
    ends = np.cumsum(weights[by_size]) * (total / weights.sum())
    ends[-1] = total
    # Rounded, so that an error in the last digit does not take one copy for two.
    reached = np.minimum(np.floor(np.round(ends, 6) + random.random()), total)
    return np.sort(np.repeat(by_size, np.diff(reached, prepend=0).astype(np.intp)))


def _fit(
    picture: NDArray[np.uint8], size: int | None, how: int = cv2.INTER_AREA
) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    if size is None or max(height, width) <= size:
        return picture
    scale = size / max(height, width)
    wanted = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, wanted, interpolation=how), np.uint8)


def _size(picture: NDArray[np.uint8]) -> str:
    return f"{picture.shape[1]} x {picture.shape[0]}"
