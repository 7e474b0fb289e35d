"""One thing told to a colorist is varied while all else is held: a hint, its place, a palette."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np
from torch import nn

from irodori.color.hints import Dab, Hints
from irodori.color.palette import Palette
from irodori.lab.inspect.calling import Call
from irodori.lab.inspect.influence import Influence, occlusion
from irodori.lab.modes import evaluation
from irodori.training.artist import give_hints
from irodori.training.augment import with_inside
from irodori.training.cells import on_grid
from irodori.training.design import Design
from irodori.training.drawings import STRIDE, Arrays
from irodori.training.feed import Batch, collate, make_sample

HUES = 8
RADIUS = 6.0  # pixels of a hint


class Probe:
    """One drawing, and what a design's network makes of it when it is told this or that."""

    def __init__(self, design: Design, drawing: Arrays) -> None:
        self.design, self.drawing = design, with_inside(drawing)
        self.cells = on_grid(self.drawing)
        flat = self.cells.flat()
        parts = self.cells.parts.ravel()[flat]
        numbers, count = np.unique(parts, return_counts=True)
        largest = flat[parts == numbers[np.argsort(count)[-2:][0]]]
        self._cell = int(largest[len(largest) // 2])

    def told(self, hints: Hints | None = None, palette: Palette | None = None) -> Batch:
        """A batch of one: the drawing with these hints and this palette."""
        sample = make_sample(self.drawing, self.cells, hints or Hints(), palette or Palette.of([]))
        return collate([sample])

    @property
    def call(self) -> Call:
        """Calls the network for the picture that a person would see, (N, 3, H, W)."""
        design = self.design

        def picture(network: nn.Module, batch: Batch) -> object:
            answer = network(batch["ink"], batch["hints"], batch["palette"])
            return design.picture(answer, batch).clamp(0, 1) * (1 - batch["ink"])

        return picture

    @property
    def place(self) -> tuple[float, float]:
        """Where hints are put: x and y, in pixels, inside a large part of the drawing."""
        columns = self.cells.parts.shape[1]
        return (
            (self._cell % columns + 0.5) * STRIDE,
            (self._cell // columns + 0.5) * STRIDE,
        )

    def hint_colors(self) -> tuple[Callable[[Batch, str], Batch], list[str]]:
        """One hint at `place` in every hue: how to vary it, and the values."""
        x, y = self.place
        return lambda batch, color: self.told(Hints((Dab(x, y, _rgb(color), RADIUS),))), _hues()

    def hint_places(self) -> tuple[Callable[[Batch, str], Batch], list[str]]:
        """One red hint, moved across the drawing from left to right."""
        width = self.drawing["ink"].shape[1]
        _, y = self.place
        places = [f"x {round(width * (0.1 + 0.8 * step / (HUES - 1)))}" for step in range(HUES)]
        red = (214, 48, 56)
        return (
            lambda batch, at: self.told(Hints((Dab(float(at[2:]), y, red, RADIUS),))),
            places,
        )

    def palette_colors(self) -> tuple[Callable[[Batch, str], Batch], list[str]]:
        """A palette of three colors, of which one takes every hue."""
        held = [(248, 216, 194), (64, 56, 60)]
        return lambda batch, color: self.told(None, Palette.of([_rgb(color), *held])), _hues()

    def hints_that_moved(self, count: int = 5) -> tuple[Hints, list[Influence]]:
        """Some hints with the artist's colors, and how much each moved the part at `place`.

        The strongest first; `Influence.part` is the hint's number in `Hints.dabs`.
        """
        random = np.random.default_rng(0)
        hints = Hints(give_hints(self.cells, random, 4 * count).dabs[:count])
        parts = self.cells.parts
        inside = parts == parts.ravel()[self._cell]
        rows, columns = np.nonzero(inside)

        def region(picture: object) -> object:
            values = picture[..., ::STRIDE, ::STRIDE]  # type: ignore[index]
            return values[:, :, rows, columns]

        without = {
            str(number): self.told(Hints((*hints.dabs[:number], *hints.dabs[number + 1 :])))
            for number in range(len(hints.dabs))
        }
        with evaluation(self.design.network):
            moved = occlusion(
                self.design.network,
                self.told(hints),
                without,
                region=region,  # type: ignore[arg-type]
                call=self.call,
            )
        return hints, moved


def _hues() -> list[str]:
    colors = [colorsys.hsv_to_rgb(step / HUES, 0.65, 0.85) for step in range(HUES)]
    return ["#" + "".join(f"{round(255 * channel):02x}" for channel in rgb) for rgb in colors]


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
