"""A part is divided by distance, floods and the network's leaning; on the page paper may stay."""

from __future__ import annotations

import numpy as np
import pytest

from irodori.color import sharing
from irodori.color.hints import Hints
from irodori.color.obedience import orders
from irodori.color.page import Page
from irodori.color.sharing import share_part

RED, BLUE, WHITE = (200, 30, 30), (30, 30, 200), (255, 255, 255)


def halves() -> np.ndarray:
    parts = np.ones((40, 60), np.int32)
    parts[:, 30:] = 2
    return parts


def page_of(marks: np.ndarray, white: list[bool], parts: np.ndarray, ink: np.ndarray) -> Page:
    at = np.nonzero(marks)
    return Page(ink, np.stack(at, 1), marks[at] - 1, np.array(white), parts[at], 1.0)


def first_part_shared(
    hints: Hints,
    parts: np.ndarray,
    leaning: np.ndarray,
    ink: np.ndarray | None = None,
    *,
    on_page: bool = False,
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Part 1 divided between the hints in it; without ink unless some is given.

    on_page: whether it is open to the page's edge.
    """
    ink = np.zeros(parts.shape, np.float32) if ink is None else ink
    rivals = orders(hints, parts).rivals(1)
    white = [min(color) > 249 for color in hints.colors()]
    marks = hints.middles().labels(*parts.shape)
    page = page_of(marks, white, parts, ink) if on_page else None
    return share_part(
        1,
        parts,
        hints.labels(*parts.shape),
        rivals,
        leaning,
        ink=ink,
        page=page,
        on_page=page.painted_on(1, rivals) if page else None,
    )


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


def figure_and_page() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts, ink and leaning of a figure whose outline has a gap; what is around it is paper."""
    parts = np.ones((240, 400), np.int32)
    ink = np.zeros(parts.shape, np.float32)
    ink[40:200, 100:220] = 1
    ink[50:190, 110:210] = 0
    ink[105:135, 200:230] = 0
    figure = np.zeros((60, 100), np.bool_)
    figure[11:49, 26:54] = True
    leaning = np.full((3, 60, 100), 0.02, np.float32)
    leaning[0, figure] = 0.95
    leaning[2, ~figure] = 0.95
    return parts, ink, leaning


def inside(index: np.ndarray) -> np.ndarray:
    """What figure and page were painted: pixels well inside the figure."""
    return index[52:188, 112:205]


def around(index: np.ndarray) -> np.ndarray:
    """Pixels well outside it."""
    return np.concatenate([index[:, :95].ravel(), index[:, 230:].ravel()])


def test_paper_stays_behind_an_open_figure() -> None:
    parts, ink, leaning = figure_and_page()
    hints = Hints().with_dab(150, 120, RED)
    _, _, index = first_part_shared(hints, parts, leaning[[0, 2]], ink, on_page=True)
    assert (inside(index) == 0).all()
    assert (around(index) == 1).all(), "the last index is paper"


def test_no_paper_stays_where_the_network_is_not_sure() -> None:
    """It leans to paper all around the figure, but hardly."""
    parts, ink, leaning = figure_and_page()
    leaning[0] = np.maximum(leaning[0], 0.25)
    hints = Hints().with_dab(150, 120, RED)
    _, _, index = first_part_shared(hints, parts, leaning[[0, 2]], ink, on_page=True)
    assert (index == 0).all()


def test_who_dabs_the_page_wants_it_colored() -> None:
    parts, ink, leaning = figure_and_page()
    hints = Hints().with_dab(350, 30, RED)
    _, _, index = first_part_shared(hints, parts, leaning[[0, 2]], ink, on_page=True)
    assert (index == 0).all()


def test_two_colors_leave_paper_behind_them() -> None:
    parts, ink, leaning = figure_and_page()
    leaning[1] = leaning[0]
    hints = Hints().with_dab(150, 60, RED).with_dab(150, 180, BLUE)
    _, _, index = first_part_shared(hints, parts, leaning, ink, on_page=True)
    assert (inside(index)[:30] == 0).all()
    assert (inside(index)[-30:] == 1).all()
    assert (around(index) == 2).all()


def test_paper_stays_in_no_part_but_the_page() -> None:
    parts, ink, leaning = figure_and_page()
    hints = Hints().with_dab(150, 60, RED).with_dab(150, 180, BLUE)
    _, _, index = first_part_shared(hints, parts, leaning, ink)
    assert (index < 2).all()


@pytest.mark.parametrize("place", [(350, 30), (5, 5), (200, 20)])
def test_white_on_the_page_is_meant_for_all_of_it(place: tuple[int, int]) -> None:
    """However far it is: neither distance nor flood counts against it."""
    parts, ink, leaning = figure_and_page()
    hints = Hints().with_dab(195, 120, RED).with_dab(*place, WHITE)
    _, _, index = first_part_shared(hints, parts, leaning, ink, on_page=True)
    assert (inside(index) == 0).all()
    assert (around(index) == 1).all()


def test_white_in_a_figure_says_nothing_of_the_page() -> None:
    parts, ink, leaning = figure_and_page()
    hints = Hints().with_dab(150, 120, WHITE).with_dab(350, 30, RED)
    leaning[[0, 1]] = 0.3  # the network does not know
    _, _, index = first_part_shared(hints, parts, leaning, ink, on_page=True)
    assert (inside(index) == 0).all()
    assert (around(index) == 1).all()


@pytest.mark.parametrize(("to_color", "to_paper"), [(0.3, 0.4), (0.9, 0.01)])
def test_a_color_on_the_page_is_meant_for_all_of_it(to_color: float, to_paper: float) -> None:
    """Votes for paper count for it, neither distance nor flood against it."""
    parts, ink, leaning = figure_and_page()
    leaning[1] = to_color * leaning[2]
    leaning[2] *= to_paper
    hints = Hints().with_dab(195, 120, RED).with_dab(5, 5, BLUE)
    _, _, index = first_part_shared(hints, parts, leaning, ink, on_page=True)
    assert (inside(index) == 0).all()
    assert (around(index) == 1).all()


def test_the_border_of_an_open_figure_lies_in_its_line() -> None:
    """However coarse the votes: here a cell is 40 pixels, and lies across the line."""
    parts, ink, leaning = figure_and_page()
    coarse = leaning[[0, 2], 5::10, 5::10]
    hints = Hints().with_dab(150, 120, RED)
    _, _, index = first_part_shared(hints, parts, coarse, ink, on_page=True)
    outside = np.ones(parts.shape, np.bool_)
    outside[40:200, 100:260] = False  # the figure, its line and what lies before its gap
    assert (index[outside] == 1).all()
    assert (index[50:190, 110:200] == 0).all()


def test_a_figure_hangs_together_with_its_mark() -> None:
    parts, ink, leaning = figure_and_page()
    leaning[0, 50:56, 80:95] = 0.99
    leaning[2, 50:56, 80:95] = 0.01
    hints = Hints().with_dab(150, 120, RED)
    _, _, index = first_part_shared(hints, parts, leaning[[0, 2]], ink, on_page=True)
    assert (index[200:224, 320:380] == 1).all()
    assert (inside(index) == 0).all()


def test_of_several_whites_the_nearest_is_taken() -> None:
    parts, ink, leaning = figure_and_page()
    cream = (252, 252, 250)
    hints = Hints().with_dab(150, 120, RED).with_dab(10, 20, WHITE).with_dab(380, 220, cream)
    leaning = np.concatenate([leaning, leaning[2:]])
    _, _, index = first_part_shared(hints, parts, leaning, ink, on_page=True)
    assert index[0, 0] == 1
    assert index[239, 399] == 2
    assert (inside(index) == 0).all()


def test_a_large_box_is_divided_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores on a coarser grid move the border by a hair, and no painted pixel."""
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
        monkeypatch.setattr(sharing, "_SCORED", longest)
        ink = np.zeros(parts.shape, np.float32)
        page = page_of(painted, [False, False, True], parts, ink)
        on_page = page.painted_on(1, rivals)
        _, _, index = share_part(
            1, parts, painted, rivals, leaning, ink=ink, page=page, on_page=on_page
        )
        assert (index[painted > 0] == painted[painted > 0] - 1).all()
        divided.append(index)
    assert (divided[0] != divided[1]).mean() < 0.01
    assert len(np.unique(divided[0])) >= 3
