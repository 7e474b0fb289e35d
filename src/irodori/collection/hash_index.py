"""Near hashes among many, without comparing all with all.

Multi-index hashing: two hashes that differ in few bits are equal in some pair of their bytes, so
only those that share such a pair are compared; among very many, bits of a third byte too. Where a
crowd shares them, the nearest in sorted order stand for all, so that the time is that of sorting:
n log n, whatever the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

CERTAIN = 14
"""Bits by which two hashes of 16 bytes may differ and still have two bytes in common."""

FEW = 1 << 15
"""Hashes up to which two bytes part them well enough."""

_BLOCK = 1 << 18  # queries in hand at once, so that the arrays stay in the processor's reach


@dataclass(frozen=True, eq=False)
class Near:
    """Pairs of near hashes, an entry a pair; each pair of pictures is listed once, at its nearest.

    whole: index of the picture of which a window matched; part: index of the one whose whole hash
    it matched; window: which; distance: in bits.
    """

    whole: NDArray[np.int64]
    part: NDArray[np.int64]
    window: NDArray[np.int64]
    distance: NDArray[np.int64]


def near_pairs(hashes: NDArray[np.uint8], radius: int, *, most: int = 32) -> Near:
    """Pairs of pictures of which one's first hash is within `radius` bits of any of the other's.

    hashes: uint8 (n, windows, 16). Every pair within CERTAIN bits is found as long as n is at most
    FEW and no more than `most` hashes share two bytes; others are found with a chance that falls
    with distance.
    """
    count, windows, _ = hashes.shape
    if count < 2:
        none = np.zeros(0, np.int64)
        return Near(none, none, none, none)
    queries = np.ascontiguousarray(hashes.reshape(count * windows, 16))
    sorted_first, order = _sorted(hashes[:, 0])
    found = []
    for pair in combinations(range(16), 2):
        buckets = _Buckets(sorted_first, pair, most)
        for start in range(0, len(queries), _BLOCK):
            query, part, distance = buckets.near(queries[start : start + _BLOCK], radius)
            found.append((query + start, order[part], distance))
    query, part, distance = (np.concatenate(column) for column in zip(*found, strict=True))
    whole, window = np.divmod(query, windows)
    apart = whole != part
    return _nearest(count, whole[apart], part[apart], window[apart], distance[apart])


def _sorted(first: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The hashes (n, 16) in order of their bytes, and which each was."""
    words = np.ascontiguousarray(first).view(">u8")
    order = np.lexsort((words[:, 1], words[:, 0]))
    return np.ascontiguousarray(first[order]), order


class _Buckets:
    """Hashes (n, 16), which come sorted, put together where they share two bytes."""

    def __init__(self, ordered: NDArray[np.uint8], pair: tuple[int, int], most: int) -> None:
        self._pair = pair
        self._most = most
        self._bits = min(8, max(0, (len(ordered) - 1) // FEW).bit_length())  # of a third byte
        share = self._shared(ordered)
        self._order = np.argsort(share, kind="stable")  # within a bucket as they came
        sizes = np.bincount(share, minlength=65536 << self._bits)
        self._edges = np.concatenate([[0], np.cumsum(sizes)])
        words = ordered.view(np.uint64)[self._order]
        self._first, self._second = words[:, 0].copy(), words[:, 1].copy()
        self._keys = self._first.byteswap()

    def near(
        self, queries: NDArray[np.uint8], radius: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(query, hash, distance) of those that share the bytes and are within the radius."""
        share = self._shared(queries)
        low, high = self._edges[share], self._edges[1:][share]
        words = queries.view(np.uint64)
        crowded = np.flatnonzero(high - low > self._most)
        if crowded.size:
            wanted = words[crowded, 0].byteswap()
            low[crowded] = self._around(wanted, low[crowded], high[crowded])
            high[crowded] = low[crowded] + self._most
        query, place = _ranges(low, high)
        half = np.bitwise_count(self._first[place] ^ words[query, 0])
        near = np.flatnonzero(half <= radius)  # most are too far by half of their bits already
        query, place = query[near], place[near]
        distance = half[near] + np.bitwise_count(self._second[place] ^ words[query, 1])
        near = np.flatnonzero(distance <= radius)
        return query[near], self._order[place[near]], distance[near].astype(np.int64)

    def _shared(self, hashes: NDArray[np.uint8]) -> NDArray[np.uint32]:
        """What hashes of one bucket have in common, as a number."""
        one, two = self._pair
        three = (two + 1) % 16 if (two + 1) % 16 != one else (two + 2) % 16
        both = hashes[:, one].astype(np.uint32) << 8 | hashes[:, two]
        return np.asarray(both << self._bits | hashes[:, three] >> (8 - self._bits), np.uint32)

    def _around(
        self, wanted: NDArray[np.uint64], low: NDArray[np.int64], high: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Where to begin in a crowded bucket to look at those nearest in order to `wanted`."""
        left, right = low.copy(), high.copy()
        while np.any(left < right):  # a binary search, all queries at once
            middle = (left + right) // 2
            before = (left < right) & (self._keys[np.minimum(middle, high - 1)] < wanted)
            left, right = np.where(before, middle + 1, left), np.where(before, right, middle)
            right = np.maximum(left, right)
        return np.asarray(np.clip(left - self._most // 2, low, high - self._most))


def _ranges(
    low: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All (index, place) with low[index] <= place < high[index]."""
    lengths = high - low
    some = np.flatnonzero(lengths)
    low, lengths = low[some], lengths[some]
    begins = np.cumsum(lengths) - lengths
    index = np.repeat(some, lengths)
    return index, np.arange(len(index)) + np.repeat(low - begins, lengths)


def _nearest(
    count: int,
    whole: NDArray[np.int64],
    part: NDArray[np.int64],
    window: NDArray[np.int64],
    distance: NDArray[np.int64],
) -> Near:
    """One entry for each pair of pictures: the nearest, then the one with the lowest window."""
    pair = np.minimum(whole, part) * count + np.maximum(whole, part)
    order = np.lexsort((whole, window, distance, pair))
    _, starts = np.unique(pair[order], return_index=True)
    kept = order[starts]
    return Near(whole[kept], part[kept], window[kept], distance[kept])
