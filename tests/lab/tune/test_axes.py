"""Scales, choices and their cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.lab.errors import LabError
from irodori.lab.tune.axes import Scale, choice, linear, log, steps

powers = st.integers(-8, 2)
levels = st.integers(0, 6)


@given(powers, st.integers(1, 6), levels, st.data())
def test_a_point_lies_in_the_cell_it_was_drawn_for(
    low: int, decades: int, level: int, data: st.DataObject
) -> None:
    axis = log(10.0**low, 10.0 ** (low + decades))
    row = data.draw(st.integers(-3 * 2**level, (decades + 3) * 2**level - 1))
    seed = data.draw(st.integers(0, 1000))
    value = axis.draw(row, level, np.random.default_rng(seed))
    assert axis.least <= value <= axis.most
    assert axis.cell(value, level) == row
    assert row / 2**level <= axis.place(value) <= (row + 1) / 2**level


@given(levels, st.integers(0, 200))
def test_whole_numbers_stay_whole_and_in_their_cell(level: int, seed: int) -> None:
    axis = log(8, 128, factor=2, least=2, most=512, whole=True)
    rows = axis.rows(level)
    row = rows[seed % len(rows)]
    value = axis.draw(row, level, np.random.default_rng(seed))
    assert isinstance(value, int)
    assert axis.cell(value, level) == row
    assert all(axis.draw(r, level, np.random.default_rng(0)) for r in axis.beside(row, level))


def test_coarse_cells_span_a_factor_of_ten_and_fine_ones_three() -> None:
    axis = log(1e-4, 1e-1)
    assert axis.rows(0) == [0, 1, 2]
    assert [axis.value(place) for place in (0, 1, 1.5)] == pytest.approx([1e-4, 1e-3, 10**-2.5])
    assert axis.cell(3e-3, 0) == 1
    assert axis.cell(3e-3, 1) == 2
    assert axis.cell(4e-3, 1) == 3


def test_the_mesh_ends_where_the_axis_does() -> None:
    axis = linear(0.2, 0.5, cells=3, least=0.0, most=0.5)
    assert axis.beside(2, 0) == [1]
    assert axis.beside(0, 0) == [-1, 1]
    assert axis.beside(-2, 0) == [-1]
    assert axis.cell(0.5, 0) == 2  # the upper edge still belongs to the mesh


def test_choices_have_neighbors_only_while_coarse() -> None:
    free, ordered = choice("relu", "leaky", "silu"), steps(8, 16, 32, 64)
    assert free.beside(0, 0) == [1, 2]
    assert ordered.beside(1, 0) == [0, 2]
    assert free.beside(0, 1) == ordered.beside(1, 1) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: log(0, 1),
        lambda: log(1, 1),
        lambda: log(1, 10, factor=1),
        lambda: linear(2, 1),
        lambda: Scale(0.1, 0.2, 1, False, 0.15, 0.3),
        lambda: choice("only"),
        lambda: steps(8, 8),
    ],
)
def test_what_makes_no_axis_is_said(make: object) -> None:
    with pytest.raises(LabError) as caught:
        make()  # type: ignore[operator]
    assert "give" in str(caught.value)
