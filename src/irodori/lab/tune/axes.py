"""What may be set, and over which values: scales that are cut into cells, and choices.

A place is where a value lies, counted in coarse cells from the lower edge of the first mesh; below
0 and above the mesh's cells it lies outside. At each finer level a coarse cell is halved once more,
so that a cell that spans a factor of ten spans about three, then 1.8, 1.3, ...
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from irodori.lab.errors import LabError

Option: TypeAlias = str | int | float | bool | None

Span: TypeAlias = tuple[float, float]
"""From one place to another."""

ANYWHERE: Span = (-math.inf, math.inf)

FINEST = 12
"""Levels below the coarse one: a cell that spanned a factor of ten spans 1.0006 there."""


@dataclass(frozen=True)
class Scale:
    """Numbers from low to high, in so many coarse cells, on a logarithmic scale or a linear one.

    least, most: how far the mesh may be moved beyond low and high. whole: only integers.
    """

    low: float
    high: float
    cells: int
    log: bool
    least: float
    most: float
    whole: bool = False
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.least <= self.low < self.high <= self.most:
            raise LabError(
                f"a scale from {self.low:g} to {self.high:g} within {self.least:g} to "
                f"{self.most:g}; give least <= low < high <= most"
            )
        if self.log and self.least <= 0:
            raise LabError(f"a logarithmic scale cannot hold {self.least:g}; begin above 0")

    def place(self, value: float) -> float:
        """Where a value lies, in coarse cells from `low`."""
        low, high, at = (self._bent(each) for each in (self.low, self.high, value))
        return (at - low) / (high - low) * self.cells

    def value(self, place: float) -> float:
        """The value at a place, within least and most."""
        low, high = self._bent(self.low), self._bent(self.high)
        bent = low + place / self.cells * (high - low)
        value = min(self.most, max(self.least, math.pow(10, bent) if self.log else bent))
        return round(value) if self.whole else value

    def cell(self, value: float, level: int) -> int:
        """The number of the cell that holds a value; an upper edge belongs to the cell above."""
        cell = math.floor(self.place(value) * (1 << level) + 1e-9)
        top = self.cells << level
        return top - 1 if cell == top and value <= self.high * (1 + 1e-12) else cell

    def rows(self, level: int) -> list[int]:
        """The cells of the first mesh at a level."""
        return [cell for cell in range(self.cells << level) if self._some(cell, level)]

    def beside(self, cell: int, level: int) -> list[int]:
        """The cells next to one, below and above, that may be tried; none where it is too fine."""
        return [each for each in (cell - 1, cell + 1) if self._some(each, level)]

    def draw(
        self, cell: int, level: int, random: np.random.Generator, span: Span = ANYWHERE
    ) -> float:
        """A value at random inside a cell, within a span of places as far as the cell has any."""
        low, high = self._ends(cell, level)
        if self.whole:
            every = self._integers(cell, level)
            some = [n for n in every if span[0] <= self.place(n) <= span[1]]
            return int(random.choice(some or every))
        margin = 1e-6  # of the cell: an edge is the next cell's
        first, last = self.place(low), self.place(high)
        narrow = max(first, span[0]), min(last, span[1])
        first, last = narrow if narrow[0] < narrow[1] else (first, last)
        inside = random.uniform(first + margin * (last - first), last - margin * (last - first))
        return self.value(float(inside))

    def _some(self, cell: int, level: int) -> bool:
        """Whether a cell holds any value that may be tried."""
        low, high = self._ends(cell, level)
        if low > high:
            return False
        if not self.whole:
            return self.place(high) - self.place(low) > 1e-6 * 0.5**level
        return bool(self._integers(cell, level))

    def _integers(self, cell: int, level: int) -> list[int]:
        low, high = self._ends(cell, level)
        every = range(math.floor(low), math.ceil(high) + 1)
        return [n for n in every if self.least <= n <= self.most and self.cell(n, level) == cell]

    def _ends(self, cell: int, level: int) -> tuple[float, float]:
        low, high = self._bent(self.low), self._bent(self.high)
        ends = [low + k * 0.5**level / self.cells * (high - low) for k in (cell, cell + 1)]
        first, last = (math.pow(10, end) if self.log else end for end in ends)
        return max(first, self.least), min(last, self.most)

    def _bent(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def distribution(self) -> BaseDistribution:
        """What Optuna is told: all values that may ever be tried."""
        if self.whole:
            return IntDistribution(round(self.least), round(self.most), log=self.log)
        return FloatDistribution(self.least, self.most, log=self.log)


@dataclass(frozen=True)
class Choice:
    """One of several options. ordered: only those next to each other are near (8, 16, 32, 64)."""

    options: tuple[Option, ...]
    ordered: bool = False

    @property
    def cells(self) -> int:
        """As many as there are options; a choice never becomes finer."""
        return len(self.options)

    def place(self, value: Option) -> float:
        """The middle of the option's cell."""
        return self.cell(value, 0) + 0.5

    def value(self, place: float) -> Option:
        """The option at a place."""
        return self.options[min(len(self.options) - 1, max(0, math.floor(place)))]

    def cell(self, value: Option, level: int) -> int:
        """The option's number, at any level."""
        return self.options.index(value)

    def rows(self, level: int) -> list[int]:
        """One for each option."""
        return list(range(len(self.options)))

    def beside(self, cell: int, level: int) -> list[int]:
        """Every other option, or only the next ones; at finer levels none: it is locked."""
        if level:
            return []
        others = [n for n in range(len(self.options)) if n != cell]
        return [n for n in others if not self.ordered or abs(n - cell) == 1]

    def draw(
        self, cell: int, level: int, random: np.random.Generator, span: Span = ANYWHERE
    ) -> Option:
        """The option itself."""
        return self.options[cell]

    def distribution(self) -> BaseDistribution:
        """What Optuna is told."""
        return CategoricalDistribution(self.options)


Axis: TypeAlias = Scale | Choice
Space: TypeAlias = Mapping[str, Axis]
Values: TypeAlias = dict[str, Any]
Cell: TypeAlias = tuple[int, ...]
"""Number of the cell on each axis, in the order of the space."""


def log(
    low: float,
    high: float,
    *,
    factor: float = 10,
    least: float | None = None,
    most: float | None = None,
    whole: bool = False,
) -> Scale:
    """A logarithmic scale in coarse cells that span about `factor`.

    The mesh may move four cells' worth of `factor` beyond either end unless least and most say
    otherwise. Raises LabError for ends that make no scale.
    """
    if not 0 < low < high:
        raise LabError(f"a logarithmic scale from {low:g} to {high:g}; give 0 < low < high")
    if factor <= 1:
        raise LabError(f"cells that span a factor of {factor:g}; give more than 1")
    cells = max(1, round(math.log(high / low) / math.log(factor)))
    least = low / factor**4 if least is None else least
    most = high * factor**4 if most is None else most
    return Scale(low, high, cells, True, max(1, least) if whole else least, most, whole)


def linear(
    low: float,
    high: float,
    *,
    cells: int = 4,
    least: float | None = None,
    most: float | None = None,
    whole: bool = False,
) -> Scale:
    """A linear scale in so many coarse cells. The mesh may move twice its width to either side.

    Raises LabError for ends that make no scale.
    """
    least = low - 2 * (high - low) if least is None else least
    most = high + 2 * (high - low) if most is None else most
    return Scale(low, high, cells, False, least, most, whole)


def choice(*options: Option) -> Choice:
    """Options of which none is nearer to another. Raises LabError for less than two."""
    return _choice(options, ordered=False)


def steps(*options: Option) -> Choice:
    """Options in an order, such as batch sizes 8, 16, 32, 64. Raises LabError for less than two."""
    return _choice(options, ordered=True)


def _choice(options: Sequence[Option], *, ordered: bool) -> Choice:
    if len(options) < 2 or len(set(options)) < len(options):
        raise LabError(f"options {options}: give two or more that differ")
    return Choice(tuple(options), ordered)


def cell_of(space: Space, values: Mapping[str, Any], level: int) -> Cell:
    """The cell that values lie in."""
    return tuple(axis.cell(values[name], level) for name, axis in space.items())


def middle(space: Space) -> Values:
    """The values in the middle of the first mesh."""
    return {name: axis.value(axis.cells / 2) for name, axis in space.items()}
