"""Palettes: colors without a place. A set of 0 to 16 colors, each with a weight, in no order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irodori.color.errors import HintError, PaletteError
from irodori.color.marks import RGB, as_color, format_color, shown

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_COLORS = 16

Entry = tuple[RGB, float]
"""A color and its weight: 0 (excluded) to 1 (as important as any)."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colors the artist wants, wherever they belong. Equal palettes are equal in any order.

    A color given twice counts once, with its larger weight. Raises PaletteError for more than 16
    colors, a bad color or a weight outside 0..1.
    """

    entries: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        weights: dict[RGB, float] = {}
        for color, weight in self.entries:
            rgb = _color(color)
            weights[rgb] = max(weights.get(rgb, 0.0), _weight(weight, rgb))
        if len(weights) > MOST_COLORS:
            raise PaletteError(
                f"palette: {len(weights)} colors are more than {MOST_COLORS}; leave some out"
            )
        # One canonical order, so that equal sets compare and hash equal and give equal arrays.
        ordered = sorted(weights.items(), key=lambda entry: (-entry[1], entry[0]))
        object.__setattr__(self, "entries", tuple(ordered))

    def __len__(self) -> int:
        return len(self.entries)

    @classmethod
    def of(cls, colors: Iterable[RGB | str]) -> Palette:
        """The palette of some colors, ``(r, g, b)`` or ``"#RRGGBB"``, each of weight 1."""
        return cls(tuple((_color(color), 1.0) for color in colors))

    @classmethod
    def parse(cls, text: str) -> Palette:
        """``"#RRGGBB,#RRGGBB:WEIGHT,..."`` as a palette; "" is the empty one.

        The weight is more than 0 and at most 1, and 1 if left out. Raises PaletteError.
        """
        parts = [part.strip() for part in text.split(",")]
        return cls(tuple(_parse_entry(part) for part in parts if part))

    @classmethod
    def read(cls, text: str) -> Palette:
        """What a person may write for a palette: colors, or else the path of a picture.

        It is colors if it starts with ``#`` or is empty. Raises PaletteError.
        """
        colors = not text.strip() or text.lstrip().startswith("#")
        return cls.parse(text) if colors else cls.from_image(text)

    @classmethod
    def from_image(cls, source: str | PathLike[str] | Image, n: int = 8) -> Palette:
        """The at most ``n`` (1..16) colors that a picture is mostly made of.

        A weight is the color's area relative to the largest one's. White paper and black ink are
        left out where they are a small part of the picture. Raises PaletteError.
        """
        if not 1 <= n <= MOST_COLORS:
            raise PaletteError(f"palette: {n} colors cannot be taken; take 1 to {MOST_COLORS}")
        from irodori.color.dominant import dominant_colors

        name, pixels = _pixels(source)
        if not len(pixels):
            raise PaletteError(f"{name}: is all transparent; give a picture with colors")
        found = dominant_colors(pixels, n)
        largest = max(share for _, share in found)
        return cls(tuple((color, share / largest) for color, share in found))

    def colors(self) -> list[RGB]:
        """The colors, the heaviest first."""
        return [color for color, _ in self.entries]

    def array(self) -> NDArray[np.float32]:
        """float32 (16, 4): R, G, B in 0..1 and the weight in 0..1; unused rows are all zero."""
        rows = np.zeros((MOST_COLORS, 4), np.float32)
        for row, (color, weight) in zip(rows, self.entries, strict=False):
            row[:3] = np.array(color) / 255
            row[3] = weight
        return rows

    def __str__(self) -> str:
        """The text that ``parse`` reads back as an equal palette."""
        return ",".join(
            format_color(color) + ("" if weight == 1 else f":{weight!r}")
            for color, weight in self.entries
        )


def _color(color: object) -> RGB:
    try:
        return as_color(color)
    except HintError as error:
        raise PaletteError(f"palette: {error}") from None


def _weight(weight: Any, color: RGB) -> float:
    try:
        value = float(weight)
    except (TypeError, ValueError, OverflowError):
        value = float("nan")
    if not 0 < value <= 1:
        raise PaletteError(
            f"palette: weight {shown(weight)} of {format_color(color)} is not more than 0 and at"
            " most 1; write it as #RRGGBB:0.5"
        )
    return value


def _parse_entry(text: str) -> Entry:
    color, colon, weight = text.partition(":")
    rgb = _color(color)
    return rgb, _weight(weight.strip(), rgb) if colon else 1.0


def _pixels(source: str | PathLike[str] | Image) -> tuple[str, NDArray[np.uint8]]:
    """The name for messages, and the picture's opaque pixels as (N, 3), some 65,000 of them."""
    import PIL.Image

    if isinstance(source, PIL.Image.Image):
        return "palette", _opaque(source)
    name = fspath(source)
    try:
        with PIL.Image.open(name) as picture:
            return name, _opaque(picture)
    except PIL.UnidentifiedImageError:
        raise PaletteError(
            f"{name}: is neither colors nor a picture; write colors as #RRGGBB,#RRGGBB"
        ) from None
    except FileNotFoundError:
        raise PaletteError(
            f"{name}: is neither a color nor a file; write colors as #RRGGBB,#RRGGBB"
        ) from None
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PaletteError(f"{name}: cannot be read ({reason}); check the path") from None


def _opaque(picture: Image) -> NDArray[np.uint8]:
    import PIL.Image

    picture.draft("RGB", (256, 256))  # lets JPEG decode at a fraction of its size
    scale = min(1.0, 256 / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    # Nearest: an averaged pixel on an edge would be a color that the picture does not have.
    small = picture.convert("RGBA").resize(size, PIL.Image.Resampling.NEAREST)
    pixels = np.asarray(small).reshape(-1, 4)
    return pixels[pixels[:, 3] >= 128, :3]
