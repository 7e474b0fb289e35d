"""What every colourist owes, held against the ones that come with Irodori."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import irodori.color.colorist as colorist_module
from irodori.color.coloring import Coloring
from irodori.color.colorist import Colorist, Encoding
from irodori.color.drawing import Drawing
from irodori.color.errors import ColoristError, HintError
from irodori.color.hints import Dab, Hints, Stroke
from irodori.color.palette import Palette

BUNDLED = sorted(
    path.name
    for path in (Path(colorist_module.__file__).parent / "colorists").iterdir()
    if path.is_dir()
)
RED, BLUE, WHITE = (200, 40, 48), (40, 70, 190), (255, 255, 255)


def figure(height: int = 260, width: int = 180) -> Drawing:
    """A head over a body, side arms, closed lines; not square."""
    ink = np.zeros((height, width), np.float32)
    x = width // 2
    cv2.circle(ink, (x, height // 4), height // 7, 1.0, 2, cv2.LINE_AA)
    cv2.ellipse(
        ink, (x, height * 2 // 3), (width // 4, height // 4), 0, 0, 360, 1.0, 2, cv2.LINE_AA
    )
    cv2.circle(ink, (x - 12, height // 4), 5, 1.0, 2, cv2.LINE_AA)
    cv2.circle(ink, (x + 12, height // 4), 5, 1.0, 2, cv2.LINE_AA)
    return Drawing(ink)


def bust(height: int = 700, width: int = 500) -> Drawing:
    """A head on a neck and shoulders; where the shirt ends, there is no line."""
    ink = np.zeros((height, width), np.float32)
    cv2.ellipse(ink, (250, 220), (90, 110), 0, 0, 360, 1.0, 4, cv2.LINE_AA)
    cv2.circle(ink, (215, 210), 10, 1.0, -1, cv2.LINE_AA)
    cv2.circle(ink, (285, 210), 10, 1.0, -1, cv2.LINE_AA)
    cv2.ellipse(ink, (250, 255), (35, 25), 0, 20, 160, 1.0, 4, cv2.LINE_AA)
    left = np.array([(215, 325), (210, 360), (130, 395), (100, 600)])
    right = left * (-1, 1) + (500, 0)
    neck = np.array([(210, 360), (250, 400), (290, 360)])
    cv2.polylines(ink, [left, right, neck], False, 1.0, 4, cv2.LINE_AA)
    return Drawing(ink)


BODY, HEAD, PAPER = (90.0, 173.0), (90.0, 85.0), (8.0, 8.0)


def at(coloring: Coloring, place: tuple[float, float]) -> tuple[int, int, int]:
    r, g, b = (int(channel) for channel in coloring.flats[int(place[1]), int(place[0])])
    return r, g, b


@pytest.fixture(scope="module", params=BUNDLED)
def colorist(request: pytest.FixtureRequest) -> Colorist:
    return Colorist.load(request.param, threads=2)


@pytest.fixture(scope="module")
def encoding(colorist: Colorist) -> Encoding:
    return colorist.encode(figure())


def test_there_is_one_called_quick() -> None:
    assert "quick" in BUNDLED


class TestColorist:
    def test_a_coloring_has_the_size_of_the_drawing(
        self, colorist: Colorist, encoding: Encoding
    ) -> None:
        coloring = colorist.colorize(encoding)
        assert coloring.flats.shape == (260, 180, 3)
        assert coloring.shade.shape == coloring.confidence.shape == (260, 180)
        assert coloring.image().size == (180, 260)
        assert ((coloring.confidence >= 0) & (coloring.confidence <= 1)).all()

    @settings(deadline=None, max_examples=8)
    @given(height=st.integers(8, 90), width=st.integers(8, 700))
    def test_any_size(self, colorist: Colorist, height: int, width: int) -> None:
        ink = np.zeros((height, width), np.float32)
        ink[height // 2] = 1
        coloring = colorist.colorize(Drawing(ink), Hints().with_dab(1, 1, RED))
        assert coloring.flats.shape == (height, width, 3)

    def test_noise_that_nobody_sees_changes_nothing(
        self, colorist: Colorist, encoding: Encoding
    ) -> None:
        noise = np.random.default_rng(0).uniform(0, 0.045, (260, 180)).astype(np.float32)
        grainy = colorist.colorize(Drawing(np.maximum(figure().ink, noise)))
        assert (grainy.flats != colorist.colorize(encoding).flats).any(2).mean() < 0.05

    def test_the_same_question_has_the_same_answer(
        self, colorist: Colorist, encoding: Encoding
    ) -> None:
        hints = Hints().with_dab(*BODY, RED)
        first, second = (colorist.colorize(encoding, hints, seed=3) for _ in range(2))
        assert (first.flats == second.flats).all()

    def test_a_hint_is_obeyed_exactly_all_over_its_region(
        self, colorist: Colorist, encoding: Encoding
    ) -> None:
        coloring = colorist.colorize(encoding, Hints().with_dab(*BODY, RED))
        assert at(coloring, BODY) == RED
        assert at(coloring, (BODY[0] - 25, BODY[1])) == RED
        assert coloring.confidence[int(BODY[1]), int(BODY[0])] == 1

    def test_white_painted_differs_from_nothing_said(
        self, colorist: Colorist, encoding: Encoding
    ) -> None:
        coloring = colorist.colorize(encoding, Hints().with_dab(*BODY, WHITE))
        assert at(coloring, BODY) == WHITE

    def test_two_hints_in_one_region_share_it(self, colorist: Colorist, encoding: Encoding) -> None:
        upper, lower = (90.0, 130.0), (90.0, 220.0)
        hints = Hints(dabs=(Dab(*upper, RED), Dab(*lower, BLUE)))
        coloring = colorist.colorize(encoding, hints)
        assert at(coloring, upper) == RED
        assert at(coloring, lower) == BLUE

    def test_colour_stays_on_its_side_of_a_line(
        self, colorist: Colorist, encoding: Encoding
    ) -> None:
        coloring = colorist.colorize(encoding, Hints().with_dab(*BODY, RED).with_dab(*PAPER, WHITE))
        outside = coloring.flats[:, :40].reshape(-1, 3)
        assert not (outside == RED).all(1).any()

    @pytest.mark.parametrize("shirt", [BLUE, WHITE])
    def test_a_figure_open_below_and_its_page_are_told_apart(
        self, colorist: Colorist, shirt: tuple[int, int, int]
    ) -> None:
        """A white figure, too, though paper is as white."""
        drawing, page = bust(), (245, 205, 80)
        hints = Hints().with_dab(250, 560, shirt).with_dab(20, 20, page)
        coloring = colorist.colorize(drawing, hints)
        for place in ((480, 30), (20, 400), (480, 400), (20, 680), (480, 680), (115, 400)):
            assert at(coloring, place) == page, place
        for place in ((250, 450), (150, 450), (350, 450), (150, 550), (350, 550)):
            assert at(coloring, place) == shirt, place

    def test_the_page_painted_leaves_an_open_figure_its_own_color(self, colorist: Colorist) -> None:
        page = (70, 120, 200)
        coloring = colorist.colorize(bust(), Hints().with_dab(20, 20, page))
        for place in ((480, 30), (20, 400), (480, 400), (20, 680), (115, 400)):
            assert at(coloring, place) == page, place
        shirt = coloring.flats[450:560, 150:350].reshape(-1, 3)
        assert not (shirt == page).all(1).any()

    def test_no_color_leaks_out_of_a_figure_open_below(self, colorist: Colorist) -> None:
        drawing = bust()
        coloring = colorist.colorize(drawing, Hints().with_dab(250, 560, BLUE))
        blue = (coloring.flats == BLUE).all(2) & (drawing.ink < 0.1)
        assert blue[420:590, 150:350].all()
        assert not blue[:580, :95].any()
        assert not blue[:580, 405:].any()
        assert not blue[:320].any()

    def test_hints_do_not_stay_in_the_encoding(
        self, colorist: Colorist, encoding: Encoding
    ) -> None:
        before = colorist.colorize(encoding).flats.copy()
        colorist.colorize(encoding, Hints(strokes=(Stroke((BODY, HEAD), BLUE),)))
        assert (colorist.colorize(encoding).flats == before).all()

    def test_a_palette_has_no_order(self, colorist: Colorist, encoding: Encoding) -> None:
        one = colorist.colorize(encoding, palette=Palette.parse("#203060,#e0a080,#60a040"))
        other = colorist.colorize(encoding, palette=Palette.parse("#60a040,#203060,#e0a080"))
        assert (one.flats == other.flats).all()

    def test_a_palette_is_used(self, colorist: Colorist, encoding: Encoding) -> None:
        palette = Palette.parse("#7030a0")
        colors = colorist.colorize(encoding, palette=palette).flats.reshape(-1, 3)
        assert (colors == (0x70, 0x30, 0xA0)).all(1).any()

    def test_proposals_differ_and_the_first_is_the_likeliest(
        self, colorist: Colorist, encoding: Encoding
    ) -> None:
        answers = colorist.propose(encoding, 4)
        assert (answers[0].flats == colorist.colorize(encoding).flats).all()
        assert len({answer.flats.tobytes() for answer in answers}) >= 3

    @pytest.mark.parametrize("seed", [0, 4])
    def test_four_palettes_in_a_row_share_no_color(
        self, colorist: Colorist, encoding: Encoding, seed: int
    ) -> None:
        palettes = [set(each.colors()) for each in colorist.inspire(encoding, 5, seed=seed)[1:]]
        assert all(palettes)
        assert sum(map(len, palettes)) == len(set.union(*palettes))

    @pytest.mark.parametrize("hints", [Hints(), Hints().with_dab(*BODY, RED)])
    def test_a_proposal_is_painted_with_the_palette_that_inspires_it(
        self, colorist: Colorist, encoding: Encoding, hints: Hints
    ) -> None:
        palettes = colorist.inspire(encoding, 3, hints)
        proposed = colorist.propose(encoding, 3, hints)
        for palette, answer in zip(palettes, proposed, strict=True):
            again = colorist.colorize(encoding, hints, palette)
            assert (again.flats == answer.flats).all()

    def test_a_hint_outside_is_refused(self, colorist: Colorist, encoding: Encoding) -> None:
        with pytest.raises(HintError, match="outside"):
            colorist.colorize(encoding, Hints().with_dab(500, 20, RED))

    def test_ink_on_transparent_paper_gets_opaque_colours(self, colorist: Colorist) -> None:
        ink = figure().ink
        drawing = Drawing(ink, alpha=(ink * 255).astype(np.uint8), ink_in_alpha=True)
        coloring = colorist.colorize(drawing, Hints().with_dab(*BODY, RED))
        alpha = coloring.alpha()
        assert alpha is not None
        assert alpha[int(BODY[1]), int(BODY[0])] == 255
        if at(coloring, PAPER) == WHITE:
            assert alpha[int(PAPER[1]), int(PAPER[0])] == 0


def test_a_colorist_that_is_not_there() -> None:
    with pytest.raises(ColoristError, match="no such colorist; use one of quick"):
        Colorist.load("picasso")


def test_a_folder_that_is_no_colorist(tmp_path: Path) -> None:
    (tmp_path / "colorist.json").write_text("{}")
    with pytest.raises(ColoristError, match="cannot be loaded") as caught:
        Colorist.load(tmp_path)
    assert "\n" not in str(caught.value)
