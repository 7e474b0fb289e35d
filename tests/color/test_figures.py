"""A figure whose outline is open becomes a part of its own where the votes are clear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from irodori.color import figures
from irodori.color.choice import Ballot, choose
from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.encoding import Encoding
from irodori.color.figures import apart_from_page
from irodori.color.hints import Hints
from irodori.color.painting import paint
from irodori.color.palette import Palette

WHITE, RED = (255, 255, 255), (200, 30, 30)


@pytest.fixture(scope="module")
def colorist() -> Colorist:
    return Colorist.load(threads=1)


@pytest.fixture(scope="module")
def encoding(colorist: Colorist) -> Encoding:
    """Two boxes, each with a gap in its right side that is wider than what is bridged."""
    ink = np.zeros((240, 400), np.float32)
    for left in (60, 220):
        ink[60:180, left : left + 110] = 1
        ink[64:176, left + 4 : left + 106] = 0
        ink[80:160, left + 100 : left + 112] = 0
    return colorist.encode(Drawing(ink))


def inside(shape: tuple[int, ...], scale: float = 1.0) -> np.ndarray:
    """Pixels in one of the boxes."""
    rows, columns = np.indices(shape)
    rows, columns = (rows + 0.5) / scale, (columns + 0.5) / scale
    across = (np.abs(columns - 115) < 51) | (np.abs(columns - 275) < 51)
    return (np.abs(rows - 120) < 56) & across


def ballot_for(encoding: Encoding, page: float = 0.97, figure: float = 0.02) -> Ballot:
    """Votes for white, in boxes and outside of them; all others are for red."""
    shape = encoding.grid.parts.shape
    white = np.where(inside(shape, shape[1] / 400), figure, page).astype(np.float32)
    cells = np.stack([white, 1 - white, np.zeros_like(white)])
    return Ballot(
        votes=encoding.pool(cells),
        cells=cells,
        flow=np.zeros((4, *shape), np.float32),
        fixed=np.array([WHITE, RED], np.float32) / 255,
        bins=2,
        said=2,
        flowing=np.zeros((encoding.regions.count + 1, 3), np.float32),
        area=encoding.area.astype(np.float64),
        region_of=encoding.regions.region_of,
    )


def test_each_figure_becomes_a_part_and_they_a_region(encoding: Encoding) -> None:
    assert len(np.unique(encoding.regions.parts[[120, 120], [100, 20]])) == 1, "boxes are open"
    apart = apart_from_page(encoding, ballot_for(encoding), Hints())
    parts, first = apart.regions.parts, encoding.regions.count + 1
    assert apart.regions.count == first + 1
    boxes = inside(parts.shape)
    assert (parts[boxes] >= first).mean() > 0.99
    assert len(np.unique(parts[80:160, 70:150])) == 1
    assert (parts[:50] < first).all()
    assert (parts[:, :50] < first).all(), "nothing leaks over a line"
    assert apart.regions.region_of[first] == apart.regions.region_of[first + 1]
    assert apart.at_border[first:].all(), "their outlines are open"
    assert (apart.at_border[:first] == encoding.at_border).all()


def test_a_hint_on_one_figure_is_not_meant_for_the_other(
    colorist: Colorist, encoding: Encoding
) -> None:
    ballot = ballot_for(encoding)
    apart = apart_from_page(encoding, ballot, Hints())
    ballot = replace(
        ballot,
        votes=apart.pool(ballot.cells),
        flowing=np.zeros((apart.regions.count + 1, 3), np.float32),
        area=apart.area.astype(np.float64),
        region_of=apart.regions.region_of,
    )
    said = Hints().with_dab(100, 120, (20, 90, 40))
    shade = np.ones(encoding.grid.parts.shape, np.float32)
    coloring = paint(
        apart, ballot, choose(ballot), shade, said, Palette.of([]), ask=lambda _: ballot
    )
    assert tuple(coloring.flats[100, 90]) == (20, 90, 40)
    assert tuple(coloring.flats[100, 250]) == RED


def test_what_is_known_of_the_parts_stays_consistent(encoding: Encoding) -> None:
    apart = apart_from_page(encoding, ballot_for(encoding), Hints())
    assert (apart.area == np.bincount(apart.regions.parts.ravel(), minlength=len(apart.area))).all()
    position, weight, owner = apart.cells
    assert (np.diff(owner) >= 0).all()
    assert set(owner) == set(range(1, apart.regions.count + 1))
    assert sorted(position) == sorted(encoding.cells[0])
    assert weight.sum() == pytest.approx(encoding.cells[1].sum())
    grid = apart.grid.parts
    assert (owner[: grid.size] == np.sort(grid.ravel())).all()


def test_a_small_copy_is_cut_like_the_large_one(encoding: Encoding) -> None:
    small = encoding.shrunk(200)
    large = apart_from_page(encoding, ballot_for(encoding), Hints())
    apart = apart_from_page(small, ballot_for(small), Hints())
    assert apart.regions.parts.shape == (120, 200)
    assert apart.regions.count == large.regions.count
    assert np.abs(apart.area - large.area).max() < 0.02 * large.area.sum()
    assert (apart.regions.parts != large.regions.parts[1::2, 1::2]).mean() < 0.03


@pytest.mark.parametrize(("page", "figure"), [(0.97, 0.9), (0.8, 0.3), (0.02, 0.01)])
def test_nothing_is_cut_where_all_is_page_or_figure_or_nobody_knows(
    encoding: Encoding, page: float, figure: float
) -> None:
    assert apart_from_page(encoding, ballot_for(encoding, page, figure), Hints()) is encoding


def test_a_speck_is_no_figure(encoding: Encoding) -> None:
    ballot = ballot_for(encoding)
    ballot.cells[0, 34, 30:33] = 0.02
    ballot.cells[1] = 1 - ballot.cells[0]
    apart = apart_from_page(encoding, ballot, Hints())
    assert apart.regions.count == encoding.regions.count + 2, "the boxes are"


def test_figures_of_two_pages_are_told_apart(colorist: Colorist, encoding: Encoding) -> None:
    """A line from edge to edge makes two pages of one."""
    ink = encoding.drawing.ink.copy()
    ink[:, 194:198] = 1
    divided = colorist.encode(Drawing(ink))
    first = divided.regions.count + 1
    apart = apart_from_page(divided, ballot_for(divided), Hints())
    left, right = apart.regions.parts[120, 100], apart.regions.parts[120, 260]
    assert {int(left), int(right)} == {first, first + 1}
    assert apart.regions.region_of[left] != apart.regions.region_of[right]
    assert apart.grid.parts[19, 16] == left


def test_what_fades_into_the_page_is_no_figure(encoding: Encoding) -> None:
    """Where nobody knows how far it reaches, it would end in the middle of nowhere."""
    ballot = ballot_for(encoding)
    rows, columns = np.indices(encoding.grid.parts.shape)
    away = np.hypot(rows - 30, columns - 32) / 10
    faded = np.where(away < 1, 0.02 + 0.5 * away, ballot.cells[0])
    ballot.cells[0] = np.where((away >= 1) & (away < 1.4), 0.6, faded)
    ballot.cells[1] = 1 - ballot.cells[0]
    apart = apart_from_page(encoding, ballot, Hints())
    assert apart.regions.count == encoding.regions.count + 2, "the boxes are"
    assert (apart.regions.parts[190:, 200] == encoding.regions.parts[190:, 200]).all()


@pytest.mark.parametrize(
    ("place", "color", "cut"),
    [
        ((10, 10), WHITE, True),
        ((100, 120), RED, True),
        ((10, 10), RED, False),
        ((100, 120), WHITE, False),
    ],
)
def test_figures_are_cut_where_hints_leave_the_page_white(
    encoding: Encoding, place: tuple[int, int], color: tuple[int, int, int], cut: bool
) -> None:
    """Not where the page was painted, nor a figure white: then white votes do not mean the page."""
    apart = apart_from_page(encoding, ballot_for(encoding), Hints().with_dab(*place, color))
    assert (apart is not encoding) == cut


def test_an_open_figure_is_colored_and_its_page_left_white(colorist: Colorist) -> None:
    """A round face that does not close: skin inside, paper outside."""
    import cv2

    ink = np.zeros((420, 360), np.float32)
    cv2.ellipse(ink, (180, 200), (110, 140), 0, 20, 350, 1.0, 4, cv2.LINE_AA)
    for x in (140, 220):
        cv2.circle(ink, (x, 180), 10, 1.0, -1, cv2.LINE_AA)
    cv2.ellipse(ink, (180, 240), (40, 30), 0, 20, 160, 1.0, 4, cv2.LINE_AA)
    coloring = colorist.colorize(Drawing(ink))
    face, page = coloring.color()[210:225, 100:260], coloring.color()[:, :50]
    assert (face.min(2) < 235).mean() > 0.9
    assert (page.min(2) > 250).all()


def test_on_a_large_drawing_borders_are_looked_for_on_fewer_pixels(
    encoding: Encoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = apart_from_page(encoding, ballot_for(encoding), Hints()).regions.parts
    monkeypatch.setattr(figures, "_LONGEST", 210)
    rough = apart_from_page(encoding, ballot_for(encoding), Hints()).regions.parts
    assert 0 < (exact != rough).mean() < 0.02
    boxes = inside(rough.shape)
    assert ((rough > encoding.regions.count) == boxes).mean() > 0.95


def test_solid_ink_is_no_figure(colorist: Colorist, encoding: Encoding) -> None:
    ink = encoding.drawing.ink.copy()
    ink[195:235, 180:240] = 1
    blotted = colorist.encode(Drawing(ink))
    ballot = ballot_for(blotted)
    ballot.cells[0, 32:37, 30:37] = 0.02
    ballot.cells[1] = 1 - ballot.cells[0]
    apart = apart_from_page(blotted, ballot, Hints())
    assert apart.regions.count == blotted.regions.count + 2, "the boxes are"
