"""What a caller may hand in, turned into the values the colorist takes.

A path, a text or a finished object: people give what they have at hand, and every door into the
room (the command line, Python) should understand the same things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from irodori.color.coloring import Coloring
from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.hints import RGB, Hints
from irodori.color.palette import Palette

if TYPE_CHECKING:
    from PIL.Image import Image

DrawingLike: TypeAlias = (
    "Drawing | str | PathLike[str] | bytes | BinaryIO | Image | NDArray[np.generic]"
)
HintsLike: TypeAlias = "Hints | str | PathLike[str] | Mapping[str, Any] | None"
PaletteLike: TypeAlias = "Palette | str | PathLike[str] | Iterable[RGB | str] | None"


def colorize(
    drawing: DrawingLike,
    hints: HintsLike = None,
    palette: PaletteLike = None,
    *,
    seed: int = 0,
    colorist: Colorist | str | PathLike[str] = "quick",
    max_megapixels: float = 100.0,
) -> Coloring:
    """Color one drawing, in one call.

    drawing: a path, the bytes of a file, an open binary file, a PIL image, a uint8 array (H, W),
    (H, W, 3) or (H, W, 4), or a Drawing. hints: `Hints`, a hints file (JSON, or a transparent
    picture of the drawing's size) or the dict of such a JSON file. palette: a `Palette`,
    "#RRGGBB,#RRGGBB", a list of colors, or a picture to take the colors from. seed chooses among
    equally good answers: the same seed gives the same picture. colorist: a loaded one, its name or
    its folder; a name is loaded once and kept.

    To try many hints on one drawing, keep what is costly: `Colorist.encode`.
    Raises a branch of `IrodoriError`.
    """
    sheet = read_drawing(drawing, max_megapixels=max_megapixels)
    said = read_hints(hints, size=sheet.size)
    colors = read_palette(palette)
    painter = colorist if isinstance(colorist, Colorist) else _loaded(fspath(colorist))
    return painter.colorize(sheet, said, colors, seed=seed)


@lru_cache(maxsize=2)
def _loaded(name: str) -> Colorist:
    """Loading costs as much as coloring a small picture, so that a loop should not repeat it."""
    return Colorist.load(name)


def read_drawing(source: DrawingLike, *, max_megapixels: float) -> Drawing:
    """A `Drawing` as it is; anything else is loaded. Raises DrawingError."""
    if isinstance(source, Drawing):
        return source
    if isinstance(source, PathLike):
        source = Path(source)
    return Drawing.load(source, max_megapixels=max_megapixels)


def read_hints(source: HintsLike, *, size: tuple[int, int]) -> Hints:
    """Hints that fit a drawing of ``size`` (width, height). Raises HintError."""
    if source is None:
        return Hints()
    if isinstance(source, Hints):
        hints = source
    elif isinstance(source, Mapping):
        hints = Hints.from_json(dict(source))
    elif isinstance(source, str) and source.lstrip().startswith("{"):
        hints = Hints.from_json(source)
    else:
        hints = Hints.load(source, size=size)
    hints.check_inside(*size)
    return hints


def read_palette(source: PaletteLike) -> Palette:
    """A palette from "#RRGGBB,...", a list of colors, or a picture. Raises PaletteError."""
    if source is None:
        return Palette()
    if isinstance(source, Palette):
        return source
    if isinstance(source, str | PathLike):
        return Palette.read(fspath(source))
    return Palette.of(source)
