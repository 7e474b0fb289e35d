"""What the painter is told: as many colors as it has slots, no noise of the paper."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from irodori.color.conditions import FAINT, SLOTS, palette_slots, without_noise
from irodori.color.hints import RGB, Hints
from irodori.color.palette import Palette

COLORS = st.tuples(*[st.integers(0, 255)] * 3)


def told(colors: list[RGB]) -> Hints:
    hints = Hints()
    for place, color in enumerate(colors):
        hints = hints.with_dab(10 * place + 5, 5, color)
    return hints


def said(slots: np.ndarray) -> list[RGB]:
    return [tuple(row) for row in np.rint(slots[slots[:, 3] > 0, :3] * 255).astype(int).tolist()]


@given(st.lists(COLORS, max_size=5, unique=True), st.lists(COLORS, max_size=40, unique=True))
def test_the_palette_is_kept_and_hints_fill_what_is_left(
    palette: list[RGB], painted: list[RGB]
) -> None:
    slots = palette_slots(Palette.of(palette), told(painted))
    assert slots.shape == (SLOTS, 4)
    found = said(slots)
    assert set(palette) <= set(found) <= set(palette) | set(painted)
    assert len(found) == len(set(found)) == min(SLOTS, len(set(palette) | set(painted)))


def test_of_too_many_colors_those_far_apart_are_kept() -> None:
    grays: list[RGB] = [(level, level, level) for level in range(100, 140)]
    rare: list[RGB] = [(220, 30, 30), (30, 160, 40), (40, 60, 200)]
    assert set(rare) <= set(said(palette_slots(Palette.of([]), told(grays + rare))))


@given(arrays(np.float32, (7, 5), elements=st.floats(0, 1, width=32)))
def test_only_the_faintest_ink_is_taken_for_paper(ink: np.ndarray) -> None:
    seen = without_noise(ink)
    assert (seen[ink >= FAINT] == ink[ink >= FAINT]).all()
    assert not seen[ink < FAINT].any()
