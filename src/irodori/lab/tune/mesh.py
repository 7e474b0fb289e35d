"""Where to try next: coarse cells spread out, then the best one's neighbors, then finer cells.

The whole rule is a function of what was tried, so any number of workers follow it together, and a
search goes on after a crash as if there had been none.

1. A first look at the coarse mesh: cells in rows that were tried least, until each row of each axis
   was seen once.
2. The best cell's neighbors along each axis, those outside the mesh, too: a best cell on the border
   moves the mesh, as often as it takes. First comes the neighbor in the direction that has paid.
3. Once worse cells surround the best one, it is halved along each axis, and so on.

Axes are searched in groups: those of one group together, the others stand where they are best.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice, product

import numpy as np

from irodori.lab.tune.axes import ANYWHERE, FINEST, Cell, Space, Span, Values, cell_of

_MANY = 20_000  # cells that are looked through, at most


@dataclass(frozen=True)
class Tried:
    """A trial, or one that another worker has just begun.

    score: lower is better; infinite if it failed, or has not ended.

    look: the group of whose first look it was part; None if it was of no first look.
    """

    values: Values
    score: float = math.inf
    look: int | None = None


@dataclass(frozen=True)
class Step:
    """A cell to try, at which level.

    look: the group whose first look it belongs to, if any. values: the very point, where it is not
    to be drawn at random from the cell.
    """

    level: int
    cell: Cell
    look: int | None = None
    values: Values | None = None
    spans: tuple[Span, ...] | None = None

    def draw(self, space: Space, random: np.random.Generator) -> Values:
        """The point to try: its place inside the cell is left to chance."""
        if self.values is not None:
            return dict(self.values)
        spans = self.spans or (ANYWHERE,) * len(self.cell)
        axes = zip(space.items(), self.cell, spans, strict=True)
        return {name: axis.draw(row, self.level, random, span) for (name, axis), row, span in axes}


@dataclass(frozen=True)
class Mesh:
    """How to go through a space.

    groups: names of axes that are searched together, one group after the other. start: the values
    that stand until better ones are found; given: tried first, as they are. first, last: levels to
    begin and end with. looks: coarse cells in a group's first look; by default as many as its
    longest axis has rows.
    """

    space: Space
    groups: Sequence[Sequence[str]]
    start: Values
    given: Sequence[Values] = ()
    first: int = 0
    last: int = FINEST
    looks: int | None = None

    def step(self, tried: Sequence[Tried], random: np.random.Generator) -> Step | None:
        """What to try next; None once every cell was tried."""
        visited = self._visited(tried, self.first)
        for values in self.given:
            cell = cell_of(self.space, values, self.first)
            if cell not in visited:
                return Step(self.first, cell, values=values)
        best = min(tried, key=lambda each: each.score, default=None)
        here = self.start if best is None or best.score == math.inf else best.values
        for level in range(self.first, self.last + 1):
            visited = self._visited(tried, level)
            for number, group in enumerate(self.groups):
                axes = [n for n, name in enumerate(self.space) if name in group]
                looked = sum(each.look == number for each in tried)
                if level == 0 and looked < self._looks(axes):
                    free = self._unseen(here, axes, visited, 0)
                    if free:
                        return Step(0, _least_seen(free, visited, random), number)
                beside = self._beside(here, axes, visited, level)
                if beside:
                    cell = self._promising(beside, tried, level, random)
                    return Step(level, cell, spans=self._spans(here, cell, level))
        return self._anywhere(here, tried, random)

    def _visited(self, tried: Sequence[Tried], level: int) -> set[Cell]:
        return {cell_of(self.space, each.values, level) for each in tried}

    def _looks(self, axes: Sequence[int]) -> int:
        every = list(self.space.values())
        return self.looks if self.looks is not None else max(every[n].cells for n in axes)

    def _unseen(
        self, here: Values, axes: Sequence[int], visited: Collection[Cell], level: int
    ) -> list[Cell]:
        """Untried cells of the first mesh along some axes."""
        fixed = cell_of(self.space, here, level)
        rows = [
            axis.rows(level) if n in axes else (fixed[n],)
            for n, axis in enumerate(self.space.values())
        ]
        return [cell for cell in islice(product(*rows), _MANY) if cell not in visited]

    def _beside(
        self, here: Values, axes: Sequence[int], visited: Collection[Cell], level: int
    ) -> list[tuple[Cell, Cell]]:
        """Untried neighbors of a place along each axis, each with the cell opposite."""
        middle = cell_of(self.space, here, level)
        found = []
        for n, axis in enumerate(self.space.values()):
            for row in axis.beside(middle[n], level) if n in axes else ():
                cell = (*middle[:n], row, *middle[n + 1 :])
                opposite = (*middle[:n], 2 * middle[n] - row, *middle[n + 1 :])
                if cell not in visited:
                    found.append((cell, opposite))
        return found

    def _promising(
        self,
        beside: Sequence[tuple[Cell, Cell]],
        tried: Sequence[Tried],
        level: int,
        random: np.random.Generator,
    ) -> Cell:
        """The neighbor whose opposite was worst: there it goes downhill."""
        scores: dict[Cell, float] = {}
        for each in tried:
            cell = cell_of(self.space, each.values, level)
            scores[cell] = min(scores.get(cell, math.inf), each.score)
        slopes = [scores.get(opposite, -math.inf) for _, opposite in beside]
        top = [cell for (cell, _), s in zip(beside, slopes, strict=True) if s == max(slopes)]
        return top[int(random.integers(len(top)))]

    def _spans(self, here: Values, cell: Cell, level: int) -> tuple[Span, ...]:
        """Half a cell away along the axis that is moved along, no further than that along others.

        Else chance may put the neighbor's point next to the best one, or far off to the side, and
        the best would seem to be surrounded where it is not.
        """
        width = 0.5**level
        spans = []
        for row, before, (name, axis) in zip(
            cell, cell_of(self.space, here, level), self.space.items(), strict=True
        ):
            at = axis.place(here[name])
            if row == before:
                spans.append((at - 0.5 * width, at + 0.5 * width))
            elif row > before:
                spans.append((at + 0.5 * width, math.inf))
            else:
                spans.append((-math.inf, at - 0.5 * width))
        return tuple(spans)

    def _anywhere(
        self, here: Values, tried: Sequence[Tried], random: np.random.Generator
    ) -> Step | None:
        """Any cell of the first mesh that is left, the coarsest first."""
        for level in range(self.first, self.last + 1):
            visited = self._visited(tried, level)
            free = self._unseen(here, range(len(self.space)), visited, level)
            if free:
                return Step(level, _least_seen(free, visited, random))
        return None


def _least_seen(
    free: Sequence[Cell], visited: Collection[Cell], random: np.random.Generator
) -> Cell:
    """A cell in rows that were tried least."""
    seen = [Counter(rows) for rows in zip(*visited, strict=True)]
    counts = [sum(s[row] for s, row in zip(seen, cell, strict=False)) for cell in free]
    top = [cell for cell, count in zip(free, counts, strict=True) if count == min(counts)]
    return top[int(random.integers(len(top)))]
