"""Hints without an artist: inside, off the ink, in true colours, the same for everybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.errors import HintError
from irodori.measure.flats import obedience
from irodori.measure.protocols import (
    AUC_RATIOS,
    DEFAULT_HINTS,
    area_under_curve,
    check_protocol,
    hint_auc_cases,
    place_hints,
)
from irodori.measure.truth import FLAT_STEP, INK, Truth

RED, BLUE = (200, 40, 40), (40, 60, 190)  # the two halves


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """A few coloured boxes with outlines, of any shape."""
    height, width = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    color = np.full((height, width, 3), 255, np.uint8)
    ink = np.zeros((height, width), np.float32)
    for _ in range(draw(st.integers(0, 5))):
        top, left = rng.integers(0, height), rng.integers(0, width)
        box = np.s_[top : top + rng.integers(1, 40), left : left + rng.integers(1, 40)]
        color[box], ink[box] = rng.integers(0, 256, 3), rng.choice([0, 1])
        inner = np.s_[box[0].start + 2 : box[0].stop - 2, box[1].start + 2 : box[1].stop - 2]
        ink[inner] = 0
    return Truth(color, ink)


@given(truths(), st.sampled_from(["0", "1", "7", "40", "r1", "r10"]), st.integers(0, 9))
def test_hints_are_inside_off_the_ink_and_repeatable(truth: Truth, name: str, seed: int) -> None:
    hints = place_hints(name, truth, "a picture", seed)
    height, width = truth.ink.shape
    hints.check_inside(width, height)
    assert len(hints) <= int(name.lstrip("r"))
    assert hints == place_hints(name, Truth(truth.color, truth.ink), "a picture", seed)
    if (truth.ink < INK).any():
        assert all(truth.ink[int(dab.y), int(dab.x)] < INK for dab in hints.dabs)


@given(truths())
def test_hints_have_the_true_color(truth: Truth) -> None:
    for dab in place_hints("20", truth, "a picture").dabs:
        true = truth.color[int(dab.y), int(dab.x)].astype(int)
        assert np.abs(true - dab.color).max() <= FLAT_STEP


def test_truth_obeys_its_own_hints(halves: Truth) -> None:
    hints = place_hints("20", halves, "a picture")
    assert obedience(halves.color, hints, halves.ink).error.tolist() == [0] * 20


def test_random_hints_come_in_the_number_asked_for(halves: Truth) -> None:
    assert [len(place_hints(str(n), halves, "x")) for n in (0, 1, 50)] == [0, 1, 50]


def test_fewer_hints_are_the_first_of_more(halves: Truth) -> None:
    assert place_hints("50", halves, "x").dabs[:5] == place_hints("5", halves, "x").dabs


def test_pictures_and_seeds_have_hints_of_their_own(halves: Truth) -> None:
    made = {place_hints("5", halves, name, seed) for name in "ab" for seed in (0, 1)}
    assert len(made) == 4


def test_region_hints_lie_deep_inside_of_the_largest_regions(halves: Truth) -> None:
    hints = place_hints("r10", halves, "x")
    assert sorted(hints.colors()) == sorted([RED, BLUE])
    assert all(17 <= dab.y <= 31 for dab in hints.dabs)
    left, right = sorted(dab.x for dab in hints.dabs)
    assert left + right == pytest.approx(80, abs=1)
    assert len(place_hints("r1", halves, "x")) == 1


def test_dabs_do_not_reach_over_lines() -> None:
    ink = np.zeros((9, 40), np.float32)
    ink[[0, 8]] = 1
    truth = Truth(np.full((9, 40, 3), 200, np.uint8), ink)
    said = place_hints("30", truth, "x").labels(9, 40) > 0
    assert said.any()
    assert not (said & (ink > 0)).any()


@pytest.mark.parametrize("name", ["", "x", "-1", "1.5", "r", "10r", "auc", "99999"])
def test_unknown_protocols_are_refused_in_one_line(name: str, halves: Truth) -> None:
    with pytest.raises(HintError, match="no way to place hints"):
        place_hints(name, halves, "x")


def test_default_protocols_are_protocols() -> None:
    assert [check_protocol(f" {name} ") for name in DEFAULT_HINTS] == list(DEFAULT_HINTS)


def test_hint_auc_hints_the_largest_segments_first(halves: Truth) -> None:
    cases = hint_auc_cases(halves)
    sizes = [len(hints) for hints in cases]
    full = cases[-1]
    assert sizes == [int(len(full) * ratio) for ratio in AUC_RATIOS]
    assert all(hints.dabs == full.dabs[: len(hints)] for hints in cases)
    near = np.array([dab.color for dab in full.dabs[:2]], int)
    for wanted in (RED, BLUE):
        assert np.abs(near - wanted).max(1).min() < 12  # means, so the blurred edge counts too


def test_area_of_a_constant_and_of_a_slope() -> None:
    assert area_under_curve((0, 0.1, 1), (7, 7, 7)) == pytest.approx(7)
    assert area_under_curve((0, 0.25, 1), (0, 0.25, 1)) == pytest.approx(0.5)
    assert area_under_curve((0, 2, 4), (0, 2, 4)) == pytest.approx(2)
