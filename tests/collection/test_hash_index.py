from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.collection.hash_index import CERTAIN, near_pairs

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def some_hashes(random: np.random.Generator, count: int, windows: int) -> np.ndarray:
    """Random ones, half of them others with some bits flipped."""
    hashes = random.integers(0, 256, (count, windows, 16), np.uint8)
    for index in range(1, count, 2):
        flips = np.zeros(128, np.uint8)
        flips[random.choice(128, int(random.integers(0, 40)), replace=False)] = 1
        of = hashes[int(random.integers(count)), int(random.integers(windows))]
        hashes[index, 0] = of ^ np.packbits(flips)
    return hashes


def by_comparing_all(hashes: np.ndarray, radius: int) -> dict[tuple[int, int], int]:
    """The least distance of each pair that is within the radius."""
    found: dict[tuple[int, int], int] = {}
    for whole in range(len(hashes)):
        for part in range(len(hashes)):
            if whole != part:
                bits = np.bitwise_count(hashes[whole] ^ hashes[part, 0]).sum(1)
                pair = min(whole, part), max(whole, part)
                if bits.min() <= radius:
                    found[pair] = min(int(bits.min()), found.get(pair, 999))
    return found


@given(seeds, st.integers(0, 60), st.integers(1, 4), st.integers(0, CERTAIN))
@settings(max_examples=15)
def test_within_the_certain_radius_exactly_the_pairs_of_comparing_all(
    random: np.random.Generator, count: int, windows: int, radius: int
) -> None:
    hashes = some_hashes(random, count, windows)
    near = near_pairs(hashes, radius, most=count + 1)
    pairs = zip(near.whole.tolist(), near.part.tolist(), strict=True)
    found = {
        (min(pair), max(pair)): bits
        for pair, bits in zip(pairs, near.distance.tolist(), strict=True)
    }
    assert found == by_comparing_all(hashes, radius)
    assert len(found) == len(near.whole)


@given(seeds, st.integers(2, 60), st.integers(CERTAIN, 40))
@settings(max_examples=10)
def test_beyond_it_nothing_is_made_up(random: np.random.Generator, count: int, radius: int) -> None:
    hashes = some_hashes(random, count, 2)
    near = near_pairs(hashes, radius)
    for whole, part, window, distance in zip(
        near.whole, near.part, near.window, near.distance, strict=True
    ):
        bits = int(np.bitwise_count(hashes[whole, window] ^ hashes[part, 0]).sum())
        assert whole != part
        assert bits == distance <= radius


def test_beyond_it_most_are_found() -> None:
    random = np.random.default_rng(3)
    hashes = random.integers(0, 256, (600, 1, 16), np.uint8)
    for index in range(300):
        flips = np.zeros(128, np.uint8)
        flips[random.choice(128, 20, replace=False)] = 1
        hashes[300 + index, 0] = hashes[index, 0] ^ np.packbits(flips)
    near = near_pairs(hashes, 24)
    found = set(zip(near.whole.tolist(), near.part.tolist(), strict=True))
    both = [(i, i + 300) in found or (i + 300, i) in found for i in range(300)]
    assert np.mean(both) > 0.95


def test_among_very_many_those_within_the_certain_radius_are_still_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("irodori.collection.hash_index.FEW", 100)  # bits of a third byte for 700
    random = np.random.default_rng(6)
    hashes = random.integers(0, 256, (700, 1, 16), np.uint8)
    for index in range(350):
        flips = np.zeros(128, np.uint8)
        flips[random.choice(128, CERTAIN, replace=False)] = 1
        hashes[350 + index, 0] = hashes[index, 0] ^ np.packbits(flips)
    near = near_pairs(hashes, CERTAIN)
    found = set(zip(near.whole.tolist(), near.part.tolist(), strict=True))
    both = [(i, i + 350) in found or (i + 350, i) in found for i in range(350)]
    assert np.mean(both) > 0.99


@given(st.integers(2, 400))
@settings(max_examples=4)
def test_very_many_equal_ones_hang_together(count: int) -> None:
    """Not every pair is compared, and yet each is tied to the others through a few."""
    from irodori.collection.duplicates import components

    near = near_pairs(np.full((count, 3, 16), 77, np.uint8), 10, most=8)
    names = [str(index) for index in range(count)]
    pairs = [(names[a], names[b]) for a, b in zip(near.whole, near.part, strict=True)]
    assert len(pairs) <= 20 * count
    assert components(names, pairs) == [sorted(names)]
