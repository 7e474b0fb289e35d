"""What a hint can be: a dab, a stroke, or a patch of painted pixels; and how a color is written.

All positions are in pixels of the drawing as loaded, origin at the top left corner of the top left
pixel: the point (x, y) lies in the pixel of column ``floor(x)`` and row ``floor(y)``.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irodori.color.errors import HintError

RGB = tuple[int, int, int]
"""A color in sRGB, each channel 0..255."""

DEFAULT_RADIUS = 4.0
"""Radius of a dab or stroke that names none, in pixels of the drawing.

As small as a pen's dot, so that it fits into a sleeve or an eye: a hint says which color, and the
region it lies in says how far. On pages so large that the dot is smaller than what the network
sees, it is enlarged there (see ``raster.py``), never lost.
"""

WHITE: RGB = (255, 255, 255)

FARTHEST = 1e6
"""No position or radius is beyond this many pixels; no drawing is nearly as large."""

_HEX_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def shown(value: object) -> str:
    """``value`` as a short piece of one line, for an error message."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def parse_color(text: str) -> RGB:
    """``"#FF8800"`` or ``"#f80"`` as (255, 136, 0). Raises HintError for anything else."""
    if not isinstance(text, str) or not _HEX_COLOR.fullmatch(text.strip()):
        raise HintError(f"{shown(text)} is not a color; write it as #RRGGBB, such as #FF8800")
    digits = text.strip()[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def format_color(color: RGB) -> str:
    """(255, 136, 0) as ``"#FF8800"``, the inverse of ``parse_color``."""
    return "#{:02X}{:02X}{:02X}".format(*color)


@dataclass(frozen=True, slots=True)
class Dab:
    """A disc of one color around (x, y). Raises HintError for what is no dab.

    The color may be given as ``"#RRGGBB"`` too; the field holds three integers. ``empty``: no
    color but the paper itself, which stays transparent where the drawing is; its color is white.
    """

    x: float
    y: float
    color: RGB
    radius: float = DEFAULT_RADIUS
    empty: bool = False

    def __post_init__(self) -> None:
        _set(self, "x", _number("x", self.x))
        _set(self, "y", _number("y", self.y))
        _set(self, "color", WHITE if self.empty is True else as_color(self.color))
        _set(self, "radius", _radius(self.radius))
        _check_empty(self.empty)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A round brush of one color drawn along one or more points. Raises HintError for no stroke.

    ``empty``: as of a dab.
    """

    points: tuple[tuple[float, float], ...]
    color: RGB
    radius: float = DEFAULT_RADIUS
    empty: bool = False

    def __post_init__(self) -> None:
        points = tuple(_point(point) for point in self.points)
        if not points:
            raise HintError("a stroke has no points; give it at least one [x, y]")
        _set(self, "points", points)
        _set(self, "color", WHITE if self.empty is True else as_color(self.color))
        _set(self, "radius", _radius(self.radius))
        _check_empty(self.empty)


@dataclass(frozen=True, slots=True)
class Patch:
    """Painted pixels of one color, exactly as they were in a hints picture.

    ``x, y, width, height`` is the box around them in pixels of the drawing; ``bits`` holds one bit
    a pixel, row after row (``numpy.packbits``), so that a patch is small, hashable and comparable.
    """

    x: int
    y: int
    width: int
    height: int
    bits: bytes
    color: RGB

    @classmethod
    def of(cls, mask: NDArray[np.bool_], x: int, y: int, color: RGB) -> Patch:
        """The patch of a mask (height, width) whose top left pixel is at column x and row y."""
        height, width = mask.shape
        return cls(x, y, width, height, np.packbits(mask).tobytes(), as_color(color))

    def mask(self) -> NDArray[np.bool_]:
        """The painted pixels as bool (height, width)."""
        packed = np.frombuffer(self.bits, np.uint8)
        flat = np.unpackbits(packed, count=self.height * self.width)
        return flat.reshape(self.height, self.width).astype(bool)


Mark = Dab | Stroke | Patch


def as_color(color: object) -> RGB:
    """A color given as text or as three integers 0..255 (NumPy's too). Raises HintError."""
    if isinstance(color, str):
        return parse_color(color)
    try:
        red, green, blue = (operator.index(channel) for channel in color)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise HintError(
            f"{shown(color)} is not a color; give #RRGGBB or three integers 0 to 255"
        ) from None
    if not all(0 <= channel <= 255 for channel in (red, green, blue)):
        raise HintError(f"color {(red, green, blue)} is out of range; channels go from 0 to 255")
    return red, green, blue


def _set(mark: Dab | Stroke, field: str, value: object) -> None:
    object.__setattr__(mark, field, value)  # the class is frozen for everyone but its own check


def _number(name: str, value: Any) -> float:
    """A float within reason, or a HintError that says which field was what."""
    if isinstance(value, (bool, str, bytes)):
        raise HintError(f"{name} is {shown(value)}; it has to be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    except (TypeError, ValueError):
        raise HintError(f"{name} is {shown(value)}; it has to be a number") from None
    if not abs(number) <= FARTHEST:  # this way around it catches NaN too
        raise HintError(f"{name} is {shown(number)}; it has to be a number of pixels")
    return number


def _radius(value: Any) -> float:
    radius = _number("radius", value)
    if radius <= 0:
        raise HintError(f"radius is {radius:g}; it has to be more than 0 pixels")
    return radius


def _check_empty(value: object) -> None:
    if not isinstance(value, bool):
        raise HintError(f"empty is {shown(value)}; it has to be true or false")


def _point(point: Any) -> tuple[float, float]:
    if isinstance(point, (str, bytes, dict)):
        raise HintError(f"point {shown(point)} is not a place; write it as [x, y]")
    try:
        x, y = point
    except (TypeError, ValueError):
        raise HintError(f"point {shown(point)} is not a place; write it as [x, y]") from None
    return _number("x", x), _number("y", y)
