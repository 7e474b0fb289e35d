"""Hints: what the artist says about color at places, and how that is read, kept and rasterized.

    Hints((Dab(120, 80, "#C03030"),))                  from Python
    Hints.from_json("hints.json")                      dabs and strokes, pixels of the drawing
    Hints.from_image("hints.png", size=drawing.size)   whatever is painted on transparent ground

Later hints paint over earlier ones: first the patches of a hints picture, then the strokes, then
the dabs, each in the order given. White painted is a hint like any other color; it differs from
nothing said.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irodori.color import hint_json, raster
from irodori.color.errors import HintError
from irodori.color.marks import (
    DEFAULT_RADIUS,
    RGB,
    Dab,
    Mark,
    Patch,
    Stroke,
    as_color,
    format_color,
    parse_color,
    shown,
)

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "DEFAULT_RADIUS",
    "RGB",
    "Dab",
    "Hints",
    "Patch",
    "Stroke",
    "as_color",
    "format_color",
    "parse_color",
    "parse_dab",
]


def parse_dab(text: str) -> Dab:
    """``"X,Y,#RRGGBB"`` or ``"X,Y,#RRGGBB,RADIUS"``, in pixels of the drawing, as a Dab.

    Raises HintError.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (3, 4):
        raise HintError(f"hint {shown(text)} is not X,Y,#RRGGBB, such as 120,80,#FF8800")
    try:
        x, y = float(parts[0]), float(parts[1])
        radius = float(parts[3]) if len(parts) == 4 else DEFAULT_RADIUS
    except ValueError:
        raise HintError(
            f"hint {shown(text)}: X, Y and RADIUS are numbers; write it as 120,80,#FF8800"
        ) from None
    try:
        return Dab(x, y, parse_color(parts[2]), radius)
    except HintError as error:
        raise HintError(f"hint {shown(text)}: {error}") from None


_THIN = 0.1  # pixels


@dataclass(frozen=True, slots=True)
class Hints:
    """Any number of hints, none included. An immutable value: equal if made of equal parts."""

    dabs: tuple[Dab, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    patches: tuple[Patch, ...] = ()

    def __post_init__(self) -> None:
        for field in ("dabs", "strokes", "patches"):
            object.__setattr__(self, field, tuple(getattr(self, field)))

    def __len__(self) -> int:
        return len(self.dabs) + len(self.strokes) + len(self.patches)

    def __add__(self, other: Hints) -> Hints:
        """Both together; of each kind, those of ``other`` paint over ours."""
        return Hints(
            self.dabs + other.dabs, self.strokes + other.strokes, self.patches + other.patches
        )

    def with_dab(self, x: float, y: float, color: RGB | str, radius: float | None = None) -> Hints:
        """These hints and one dab more, on top."""
        dab = Dab(x, y, as_color(color), DEFAULT_RADIUS if radius is None else radius)
        return replace(self, dabs=(*self.dabs, dab))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Everything in the order of painting."""
        return (*self.patches, *self.strokes, *self.dabs)

    def colors(self) -> list[RGB]:
        """The different colors, in the order in which they are first painted."""
        return list(dict.fromkeys(mark.color for mark in self.marks))

    @classmethod
    def load(cls, path: str | PathLike[str], *, size: tuple[int, int] | None = None) -> Hints:
        """Hints from a file of either kind, known by its content. Raises HintError.

        size: (width, height) of the drawing; a picture of another size is refused.
        """
        if hint_json.holds_json(path):
            return cls.from_json(path)
        return cls.from_image(path, size=size)

    @classmethod
    def from_json(cls, source: str | PathLike[str] | dict[str, Any]) -> Hints:
        """Hints from JSON: a path, the text itself (it starts with ``{``), or the parsed dict.

        ``{"dabs": [{"x", "y", "color", "radius"}], "strokes": [{"points", "color", "radius"}]}``,
        the radius and either list may be left out. Raises HintError, one line that names the file,
        the entry and the remedy.
        """
        return cls(*hint_json.read_json(source))

    @classmethod
    def from_image(
        cls,
        source: str | PathLike[str] | Image | NDArray[np.uint8],
        *,
        size: tuple[int, int] | None = None,
    ) -> Hints:
        """Hints from an RGBA picture of the drawing's size, transparent but for the hints.

        Each connected blob of one color becomes one Patch with exactly its pixels. Pixels with
        alpha below 128 are ignored. An array is uint8 (H, W, 4). size: (width, height) of the
        drawing, to be checked. Raises HintError.
        """
        from irodori.color import hint_picture

        return cls(patches=hint_picture.read_picture(source, size))

    def to_json(self) -> dict[str, Any]:
        """The dict that ``from_json`` reads back as equal Hints.

        Raises HintError where there are patches: pixels are kept in a picture, not in JSON.
        """
        if self.patches:
            raise HintError("hints from a picture cannot be written as JSON; keep the picture")
        return hint_json.as_json(self.dabs, self.strokes)

    def check_inside(self, width: int, height: int) -> None:
        """Raise HintError if a dab's center, or a whole stroke, lies outside the drawing."""
        where = f"outside the drawing of {width} x {height} pixels; move it inside or leave it out"
        for number, dab in enumerate(self.dabs):
            if not (0 <= dab.x < width and 0 <= dab.y < height):
                raise HintError(f"hints: dabs[{number}] at ({dab.x:g}, {dab.y:g}) is {where}")
        for number, stroke in enumerate(self.strokes):
            xs, ys = zip(*stroke.points, strict=True)
            if max(xs) < 0 or max(ys) < 0 or min(xs) >= width or min(ys) >= height:
                raise HintError(f"hints: strokes[{number}] is {where}")
        for patch in self.patches:
            if patch.x + patch.width > width or patch.y + patch.height > height:
                raise HintError(f"hints: the patch at ({patch.x}, {patch.y}) is {where}")

    def without(self, colors: Collection[RGB]) -> Hints:
        """The marks that have none of these colors."""
        return Hints(
            tuple(dab for dab in self.dabs if dab.color not in colors),
            tuple(stroke for stroke in self.strokes if stroke.color not in colors),
            tuple(patch for patch in self.patches if patch.color not in colors),
        )

    def middles(self) -> Hints:
        """The same dabs and strokes as thin as they can be; a rim may lap over a line."""
        return replace(
            self,
            dabs=tuple(replace(dab, radius=_THIN) for dab in self.dabs),
            strokes=tuple(replace(stroke, radius=_THIN) for stroke in self.strokes),
        )

    def labels(
        self, height: int, width: int, *, drawing: tuple[int, int] | None = None
    ) -> NDArray[np.int32]:
        """What was said where: int32 (height, width).

        0 where nothing was said, k >= 1 where the k-th of ``colors()`` was painted last. drawing:
        (height, width) of the drawing, where the grid is coarser than its pixels.
        """
        shape = (height, width)
        return raster.paint_labels(self.marks, self.colors(), shape, drawing or shape)

    def rasterize(
        self, height: int, width: int, *, drawing_height: int, drawing_width: int
    ) -> NDArray[np.float32]:
        """The hints as the network sees them: float32 (4, height, width).

        R, G, B in 0..1 premultiplied by the mask, and the mask in 0..1: the share of the cell that
        was painted. White painted is (1, 1, 1, 1), nothing said (0, 0, 0, 0). The grid is as fine
        as the drawing or coarser; a brush smaller than 0.8 cells is painted that large, so that
        the cell with a dab's center has a mask of at least 0.5.
        """
        return raster.paint_cells(
            self.marks, self.colors(), (height, width), (drawing_height, drawing_width)
        )
