"""Obedience, evenness and bleeding, each on a picture where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.hints import Dab, Hints
from irodori.measure.flats import bleed, obedience, region_spread, uneven_flats
from irodori.measure.truth import LINE_MARGIN, Truth

RED, BLUE = (200, 40, 40), (40, 60, 190)  # the two halves


def test_regions_lie_between_lines(halves: Truth) -> None:
    assert halves.areas[1:].tolist() == [halves.areas[1]] * 2  # equal halves, and no third
    assert halves.regions[10, 5] != halves.regions[10, 70] != 0
    assert (halves.regions[:, 38 - LINE_MARGIN : 42 + LINE_MARGIN] == 0).all()


def test_regions_are_sorted_by_area_and_split_where_colors_touch() -> None:
    color = np.full((40, 61, 3), 255, np.uint8)
    color[5:20, 10:20] = (0, 90, 0)
    color[5:35, 30:55] = (90, 0, 90)
    truth = Truth(color, np.zeros((40, 61), np.float32))
    assert truth.regions[0, 0] == 1
    assert truth.regions[20, 40] == 2
    assert truth.regions[10, 14] == 3
    assert (np.diff(truth.areas[1:]) <= 0).all()


def test_a_drawing_all_ink_still_has_pixels_to_measure() -> None:
    truth = Truth(np.zeros((8, 13, 3), np.uint8), np.ones((8, 13), np.float32))
    assert truth.off_lines.all()


def test_truth_is_perfect(halves: Truth) -> None:
    assert uneven_flats(halves.color, halves) == 0
    assert bleed(halves.color, halves) == 0


def test_bleed_is_the_share_that_took_the_other_color(halves: Truth) -> None:
    flats = halves.color.copy()
    flats[:24, 40:48] = RED  # red comes 8 px over the line in the upper half
    border = halves.border
    band = np.zeros(halves.ink.size, np.bool_)
    band[border.pixel] = True
    expected = band.reshape(halves.ink.shape)[:24, 40:48].sum() / band.sum()
    assert 0.2 < expected < 0.3  # all of the upper right quarter of the band
    assert bleed(flats, halves) == pytest.approx(expected)


def test_a_wrong_color_is_no_bleeding(halves: Truth) -> None:
    flats = halves.color.copy()
    flats[:, :40], flats[:, 40:] = BLUE, RED
    assert bleed(flats, halves) == 0


def test_bleed_is_unknown_where_nothing_is_colored(halves: Truth) -> None:
    assert np.isnan(bleed(np.full_like(halves.color, 255), halves))


def test_colors_that_meet_without_a_line_cannot_bleed_over_it() -> None:
    color = np.zeros((30, 50, 3), np.uint8)
    color[:, 25:] = RED
    assert np.isnan(bleed(color, Truth(color, np.zeros((30, 50), np.float32))))


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_one_color_is_even(color: tuple[int, int, int]) -> None:
    truth = Truth(np.full((21, 34, 3), 240, np.uint8), np.zeros((21, 34), np.float32))
    assert uneven_flats(np.full((21, 34, 3), color, np.uint8), truth) == 0


def test_uneven_is_the_share_of_regions(halves: Truth) -> None:
    flats = halves.color.copy()
    flats[:24, :38] = BLUE
    assert uneven_flats(flats, halves) == 0.5


def test_spread_is_the_standard_deviation_in_lab(halves: Truth) -> None:
    flats = np.full_like(halves.color, 255)
    flats[::2] = 0  # L is 100 and 0 by turns
    assert region_spread(flats, halves)[1:] == pytest.approx([50, 50], abs=0.1)


def test_small_and_shaded_regions_are_not_judged() -> None:
    shaded = np.repeat(np.linspace(0, 255, 60).astype(np.uint8), 40 * 3).reshape(60, 40, 3)
    truth = Truth(shaded, np.zeros((60, 40), np.float32))
    assert truth.areas[1] > 1000
    assert np.isnan(uneven_flats(shaded, truth))


def test_obedience_looks_at_chromatic_hints_alone(halves: Truth) -> None:
    hints = Hints((Dab(10.5, 10.5, RED), Dab(20.5, 30.5, (255, 255, 255))))
    found = obedience(halves.color, hints, halves.ink)
    assert found.error.tolist() == [0]
    assert found.dab_error.tolist() == [0]
    assert found.chroma == pytest.approx([1])


def test_white_paper_obeys_no_hint(halves: Truth) -> None:
    hints = Hints((Dab(10.5, 10.5, RED), Dab(70.5, 10.5, BLUE)))
    found = obedience(np.full_like(halves.color, 255), hints, halves.ink)
    assert (found.error > 30).all()
    assert found.chroma == pytest.approx([0, 0], abs=0.01)


def test_a_dab_is_not_judged_across_a_line(halves: Truth) -> None:
    hints = Hints((Dab(36.5, 10.5, RED, 12),))  # reaches far into the blue half
    assert obedience(halves.color, hints, halves.ink).dab_error.tolist() == [0]


def test_a_dab_followed_at_its_center_alone_shows_on_the_dab(halves: Truth) -> None:
    flats = np.full_like(halves.color, 255)
    flats[10, 10] = RED
    found = obedience(flats, Hints((Dab(10.5, 10.5, RED),)), halves.ink)
    assert found.error.tolist() == [0]
    assert found.dab_error[0] > 30


def test_a_dab_painted_over_asks_for_nothing(halves: Truth) -> None:
    hints = Hints((Dab(10.5, 10.5, RED), Dab(10.5, 10.5, BLUE)))
    assert len(obedience(halves.color, hints, halves.ink).error) == 1
