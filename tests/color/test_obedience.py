"""Hints settle the parts that their middles touch, and share a part by distance."""

from __future__ import annotations

import numpy as np
import pytest

from irodori.color.hints import Hints, Stroke
from irodori.color.obedience import orders, share_part

RED, BLUE = (200, 30, 30), (30, 30, 200)


def halves() -> np.ndarray:
    parts = np.ones((40, 60), np.int32)
    parts[:, 30:] = 2
    return parts


def first_part_shared(
    hints: Hints,
    parts: np.ndarray,
    leaning: np.ndarray,
    ink: np.ndarray | None = None,
    *,
    paper_may_stay: bool = False,
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Part 1 divided between the hints in it; without ink unless some is given."""
    return share_part(
        1,
        parts,
        hints.labels(*parts.shape),
        orders(hints, parts).rivals(1),
        leaning,
        ink=np.zeros(parts.shape, np.float32) if ink is None else ink,
        paper_may_stay=paper_may_stay,
    )


def test_a_rim_that_laps_over_settles_nothing() -> None:
    given = orders(Hints().with_dab(27, 20, RED, 8), halves())
    assert given.part.tolist() == [1]
    assert given.color.tolist() == [0]


def test_a_stroke_settles_all_that_it_crosses() -> None:
    stroke = Stroke(((10.0, 20.0), (50.0, 20.0)), BLUE, 3)
    given = orders(Hints(strokes=(stroke,)), halves())
    assert given.part.tolist() == [1, 2]
    assert given.color.tolist() == [0, 0]


def test_two_colors_in_one_part_are_shared() -> None:
    hints = Hints().with_dab(5, 20, RED).with_dab(25, 20, BLUE).with_dab(50, 5, RED)
    given = orders(hints, halves())
    assert given.part.tolist() == [1, 2]
    assert given.color.tolist() == [-1, 0]
    assert given.colors == [RED, BLUE]


def test_each_pixel_takes_the_nearest_hint() -> None:
    green = (30, 160, 60)
    hints = Hints().with_dab(5, 20, RED).with_dab(25, 20, BLUE).with_dab(31, 20, green)
    parts = halves()
    leaning = np.full((4, 10, 15), 0.3, np.float32)
    box, inside, index = first_part_shared(hints, parts, leaning)
    assert inside.shape == (40, 30)
    assert inside.all()
    assert index[20, 0] == 0
    assert index[20, 12] == 0
    assert index[20, 18] == 1
    assert index[20, 29] == 1, "a hint of the neighbouring part does not count"
    assert parts[box].shape == index.shape


def test_a_gap_in_a_line_is_where_hints_meet() -> None:
    """Halfway between them would be on one side of it."""
    parts = np.ones((60, 100), np.int32)
    ink = np.zeros(parts.shape, np.float32)
    ink[:, 60:62] = 1
    ink[27:33, 60:62] = 0
    hints = Hints().with_dab(8, 30, RED).with_dab(92, 30, BLUE)
    leaning = np.full((3, 15, 25), 0.3, np.float32)
    _, _, index = first_part_shared(hints, parts, leaning, ink)
    assert (index[:, :59] == 0).all()
    assert (index[:, 63:] == 1).all()


def test_what_the_network_leans_to_outweighs_a_little_distance() -> None:
    hints = Hints().with_dab(5, 20, RED).with_dab(25, 20, BLUE)
    parts = halves()
    leaning = np.full((3, 10, 15), 0.05, np.float32)
    leaning[1, :, :5] = 0.9
    _, _, index = first_part_shared(hints, parts, leaning)
    assert index[35, 12] == 1
    assert index[20, 5] == 0, "what was painted stays"


def test_paper_stays_where_the_network_sees_it() -> None:
    hints = Hints().with_dab(5, 20, RED).with_dab(25, 20, BLUE)
    parts = halves()
    leaning = np.full((3, 10, 15), 0.02, np.float32)
    leaning[2, :5] = 0.95
    _, _, index = first_part_shared(hints, parts, leaning, paper_may_stay=True)
    assert (index[:8] == 2).all()
    assert (index[34:] < 2).all()
    assert index[20, 5] == 0
    assert index[20, 25] == 1


def test_a_large_box_is_divided_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores on a coarser grid move the border by a hair, and no painted pixel."""
    from irodori.color import obedience

    random = np.random.default_rng(5)
    parts = np.ones((900, 700), np.int32)
    painted = np.zeros(parts.shape, np.int32)
    painted[200:203, 100:103] = 1
    painted[700:730, 500:530] = 2
    painted[450, 650] = 3
    leaning = random.random((4, 9, 7)).astype(np.float32)
    rivals = np.array([0, 1, 2], np.int32)
    divided = []
    for longest in (10_000, 300):
        monkeypatch.setattr(obedience, "_SCORED", longest)
        ink = np.zeros(parts.shape, np.float32)
        _, _, index = share_part(1, parts, painted, rivals, leaning, ink=ink, paper_may_stay=True)
        assert (index[painted > 0] == painted[painted > 0] - 1).all()
        divided.append(index)
    assert (divided[0] != divided[1]).mean() < 0.01
    assert len(np.unique(divided[0])) >= 3
