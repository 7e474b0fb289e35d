"""How near a hint is: its own part first, near parts before far ones, thin ink before thick."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.propagation import nearness, parts_on_grid


def strips(ink_between: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts side by side, each its own region, with a line of so much ink at each border."""
    count = len(ink_between) + 1
    parts = np.repeat(np.arange(1, count + 1, dtype=np.int32), 6)[None].repeat(9, 0)
    ink = np.zeros(parts.shape, np.float32)
    for border, strength in enumerate(ink_between, start=1):
        ink[:, border * 6 - 1] = strength
    return parts, np.arange(count + 1, dtype=np.int32), ink


def painted(shape: tuple[int, int], *places: tuple[int, int]) -> np.ndarray:
    out = np.zeros(shape, np.float32)
    for place in places:
        out[place] = 1
    return out


def test_nothing_said_is_near_nowhere() -> None:
    parts, region_of, ink = strips((0.5,))
    assert not nearness(painted(parts.shape), parts, region_of, ink).any()


def test_a_hint_is_in_its_part_and_fades_over_lines() -> None:
    parts, region_of, ink = strips((0.9, 0.9))
    near = nearness(painted(parts.shape, (4, 2)), parts, region_of, ink)
    assert np.allclose(near[parts == 1], 1)
    assert 1 > near[parts == 2].mean() > near[parts == 3].mean() > 0


def test_less_ink_is_nearer() -> None:
    parts, region_of, ink = strips((0.9, 0.2))
    near = nearness(painted(parts.shape, (4, 8)), parts, region_of, ink)
    assert near[parts == 3].mean() > near[parts == 1].mean()


def test_open_borders_cost_less_than_lines() -> None:
    parts, region_of, ink = strips((0.3, 0.3))
    region_of[2] = region_of[1]
    near = nearness(painted(parts.shape, (4, 8)), parts, region_of, ink)
    assert near[parts == 1].mean() > near[parts == 3].mean()


def test_of_several_hints_the_nearest_counts() -> None:
    parts, region_of, ink = strips((0.9, 0.9))
    both = nearness(painted(parts.shape, (4, 2), (4, 15)), parts, region_of, ink)
    places = ((4, 2), (4, 15))
    alone = [nearness(painted(parts.shape, each), parts, region_of, ink) for each in places]
    assert np.allclose(both, np.maximum(*alone))


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 17)), min_size=1, max_size=6))
def test_nearness_is_a_share(places: list[tuple[int, int]]) -> None:
    parts, region_of, ink = strips((0.7, 0.4))
    near = nearness(painted(parts.shape, *places), parts, region_of, ink)
    assert near.dtype == np.float32
    assert (near > 0).all()
    assert (near <= 1).all()
    assert all(near[place] == 1 for place in places)


def test_the_grid_samples_the_centres_of_its_cells() -> None:
    parts = np.arange(1, 7, dtype=np.int32)[:, None].repeat(8, 1)
    assert parts_on_grid(parts, 3, 2).tolist() == [[2, 2], [4, 4], [6, 6]]
