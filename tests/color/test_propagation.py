"""Where a hint flows: its own part first, near parts before far ones, thin ink before thick."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.propagation import flow, parts_on_grid

RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def strips(ink_between: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts side by side, each its own region, with a line of so much ink at each border."""
    count = len(ink_between) + 1
    parts = np.repeat(np.arange(1, count + 1, dtype=np.int32), 6)[None].repeat(9, 0)
    ink = np.zeros(parts.shape, np.float32)
    for border, strength in enumerate(ink_between, start=1):
        ink[:, border * 6 - 1] = strength
    return parts, np.arange(count + 1, dtype=np.int32), ink


def hints(
    shape: tuple[int, int], *marks: tuple[int, int, tuple[float, float, float]]
) -> np.ndarray:
    out = np.zeros((4, *shape), np.float32)
    for y, x, color in marks:
        out[:, y, x] = (*color, 1)
    return out


def test_nothing_said_flows_nowhere() -> None:
    parts, region_of, ink = strips((0.5,))
    assert not flow(hints(parts.shape), parts, region_of, ink).any()


def test_a_hint_fills_its_part_and_fades_over_lines() -> None:
    parts, region_of, ink = strips((0.9, 0.9))
    spread = flow(hints(parts.shape, (4, 2, RED)), parts, region_of, ink)
    assert np.allclose(spread[3][parts == 1], 1)
    near, far = spread[3][parts == 2].mean(), spread[3][parts == 3].mean()
    assert 1 > near > far > 0
    assert np.allclose(spread[0], spread[3])


def test_a_part_between_two_hints_takes_the_side_with_less_ink() -> None:
    parts, region_of, ink = strips((0.9, 0.2))
    spread = flow(hints(parts.shape, (4, 2, RED), (4, 15, BLUE)), parts, region_of, ink)
    assert (spread[2][parts == 2] > 0).all()
    assert (spread[0][parts == 2] == 0).all()


def test_open_borders_cost_less_than_lines() -> None:
    parts, region_of, ink = strips((0.3, 0.3))
    region_of[2] = region_of[1]
    spread = flow(hints(parts.shape, (4, 8, RED)), parts, region_of, ink)
    assert spread[3][parts == 1].mean() > spread[3][parts == 3].mean()


def test_two_hints_in_one_part_share_it_by_distance() -> None:
    parts, region_of, ink = strips((0.5,))
    spread = flow(hints(parts.shape, (4, 0, RED), (4, 5, BLUE)), parts, region_of, ink)
    assert spread[0][4, 1] == 1
    assert spread[2][4, 4] == 1


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 17)), min_size=1, max_size=6))
def test_nearness_is_a_share_and_colour_stays_under_it(places: list[tuple[int, int]]) -> None:
    parts, region_of, ink = strips((0.7, 0.4))
    given_hints = hints(parts.shape, *[(y, x, RED) for y, x in places])
    spread = flow(given_hints, parts, region_of, ink)
    assert spread.dtype == np.float32
    assert (spread[3] > 0).all()
    assert (spread[3] <= 1).all()
    assert np.allclose(spread[0], spread[3])
    assert not spread[1:3].any()


def test_the_grid_samples_the_centres_of_its_cells() -> None:
    parts = np.arange(1, 7, dtype=np.int32)[:, None].repeat(8, 1)
    assert parts_on_grid(parts, 3, 2).tolist() == [[2, 2], [4, 4], [6, 6]]
