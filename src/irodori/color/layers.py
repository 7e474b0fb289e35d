"""A coloring as layers and as one picture, and either as a file.

Bottom to top: flats (normal), shade (multiply), ink (multiply), hints (normal, hidden). Ink and
shade are black whose opacity says how dark it is, so that an artist recolors a line by filling it
with opacity locked. The flat picture is defined here, once, as what 8-bit layers show:

    picture = flats * (255 - shade's opacity) * (255 - ink's opacity), each product rounded

Layers know nothing of a drawing's transparency: each file format has its own way to cut them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from irodori.color.errors import OutputError
from irodori.color.safe_file import replace_file

if TYPE_CHECKING:
    from PIL.Image import Image

    from irodori.color.coloring import Coloring

FORMATS = ("png", "webp", "psd", "ora")
"""What can be written: two kinds of flat picture, two of layered file."""

_MOST_PIXELS = {"webp": 16383, "psd": 30000}  # a side, by the formats' own rules
_ROWS = 256  # worked on at a time, so that a large page needs little memory beside itself

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of the drawing's own size.

    color: uint8 (H, W, 3) in the file's color space, None for black. alpha: uint8 (H, W), its
    opacity, None for opaque. One of the two is given.
    """

    name: str
    blend: Literal["normal", "multiply"]
    color: Bytes | None
    alpha: Bytes | None
    visible: bool = True

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return len(self._plane)

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self._plane.shape[1])

    @property
    def _plane(self) -> Bytes:
        plane = self.color if self.alpha is None else self.alpha
        assert plane is not None
        return plane


def composite(
    flats: Bytes,
    shade: Bytes,
    ink: NDArray[np.float32] | None = None,
    alpha: Bytes | None = None,
) -> Bytes:
    """The picture that the layers show: uint8 (H, W, 3).

    flats: uint8 (H, W, 3); shade: uint8 (H, W), 255 where there is none; ink: float32 (H, W),
    0..1, left out for the colors alone; alpha: uint8 (H, W), the transparency that the picture
    is going to have, None for none.
    """
    picture = np.empty_like(flats)
    for start in range(0, len(flats), _ROWS):
        rows = slice(start, start + _ROWS)
        picture[rows] = _multiply(flats[rows], shade[rows])
        if ink is not None:
            dark = _opacity(ink[rows], None if alpha is None else alpha[rows])
            picture[rows] = _multiply(picture[rows], 255 - dark)
    return picture


def flatten(coloring: Coloring) -> Image:
    """The coloring as one picture, RGB, or RGBA where the drawing has transparency.

    It is in the color space of the drawing's profile, if it has one, and carries profile and
    resolution in ``info``, where saving finds them.
    """
    from PIL import Image

    drawing = coloring.drawing
    flats = _in_profile(coloring.flats, drawing.icc_profile)
    alpha = coloring.alpha()
    picture = Image.fromarray(composite(flats, coloring.shade, drawing.ink, alpha))
    if alpha is not None:
        picture.putalpha(Image.fromarray(alpha))
    if drawing.icc_profile is not None:
        picture.info["icc_profile"] = drawing.icc_profile
    if drawing.dpi is not None:
        picture.info["dpi"] = drawing.dpi
    return picture


def stack(coloring: Coloring) -> Iterator[Layer]:
    """The layers from bottom to top, one at a time: each is as large as the page."""
    drawing = coloring.drawing
    yield Layer("flats", "normal", _in_profile(coloring.flats, drawing.icc_profile), None)
    yield Layer("shade", "multiply", None, 255 - coloring.shade)
    yield Layer("ink", "multiply", None, _opacity(drawing.ink, coloring.alpha()))
    color, opacity = _hints(coloring)
    yield Layer("hints", "normal", _in_profile(color, drawing.icc_profile), opacity, visible=False)


def format_of(path: str | PathLike[str], format: str | None = None) -> str:
    """The format to write: the one asked for, or what the file's name says.

    Raises OutputError for one that there is not.
    """
    known = ", ".join(FORMATS)
    if format is not None:
        if format.lower() not in FORMATS:
            raise OutputError(f"{format!r} is not a format that can be written; use {known}")
        return format.lower()
    name = fspath(path)
    suffix = Path(name).suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        ending = f"ends in .{suffix}" if suffix else "has no ending"
        raise OutputError(f"{name}: {ending}; end it in one of {known}, or name the format")
    return suffix


def write(
    coloring: Coloring,
    target: str | PathLike[str] | BinaryIO,
    *,
    format: str | None = None,
    force: bool = False,
) -> None:
    """Write a coloring to a path, or to a file open for writing and seeking.

    format: one of FORMATS; without it the path's ending decides. A file that exists is replaced
    only by ``force``. A path holds either the whole result or what it held before, whatever fails.
    Raises OutputError.
    """
    if not isinstance(target, str | PathLike):
        if format is None:
            raise OutputError(f"an open file needs a format; use one of {', '.join(FORMATS)}")
        _writer(coloring, format_of("", format), "picture")(target)
        return
    path = fspath(target)
    write_to = _writer(coloring, format_of(path, format), path)
    replace_file(path, write_to, force=force)


def _writer(coloring: Coloring, format: str, name: str) -> Callable[[BinaryIO], None]:
    """What writes the coloring to an open file. Raises OutputError if it is too large for that."""
    width, height = coloring.drawing.size
    limit = _MOST_PIXELS.get(format)
    if limit is not None and max(width, height) > limit:
        raise OutputError(
            f"{name}: {width} x {height} pixels is over the {limit} of {format.upper()};"
            f" write {'png' if format == 'webp' else 'ora'} instead"
        )
    if format in ("png", "webp"):
        from irodori.color import flat_file

        return lambda file: flat_file.write(flatten(coloring), file, format)
    if format == "psd":
        from irodori.color import psd_file

        return lambda file: psd_file.write(stack(coloring), flatten(coloring), file)
    from irodori.color import ora_file

    return lambda file: ora_file.write(stack(coloring), flatten(coloring), file)


def _multiply(color: Bytes, light: Bytes) -> Bytes:
    """round(color * light / 255) for each channel, as Krita and others have it in 8 bits."""
    import cv2

    if light.min() == 255:
        return color
    product = cv2.multiply(color, cv2.merge([light] * color.shape[2]), scale=1 / 255)
    return np.asarray(product, np.uint8)


def _opacity(ink: NDArray[np.float32], alpha: Bytes | None) -> Bytes:
    """Ink 0..1 as 0..255.

    Ink is measured over white paper, so that the soft edge of a black line on transparent ground
    counts as grey. It is black that is half transparent, and becomes so again: no pale fringe.
    """
    opacity = np.empty(ink.shape, np.uint8)
    for start in range(0, len(ink), _ROWS):
        rows = slice(start, start + _ROWS)
        level = ink[rows] * 255
        if alpha is not None:
            level *= np.float32(255) / np.maximum(alpha[rows], 1)
        opacity[rows] = np.rint(np.clip(level, 0, 255))
    return opacity


def _in_profile(colors: Bytes, profile: bytes | None) -> Bytes:
    """sRGB colors (H, W, 3) as the numbers that a file with this profile holds."""
    if profile is None:
        return colors
    from PIL import Image

    from irodori.color.pixels import from_srgb

    return np.asarray(from_srgb(Image.fromarray(colors), profile))


def _hints(coloring: Coloring) -> tuple[Bytes, Bytes]:
    """The hints as they were painted: colors (H, W, 3) and opacity (H, W)."""
    drawing, hints = coloring.drawing, coloring.hints
    table = np.array([(0, 0, 0), *hints.colors()], np.uint8)
    if not hints:
        blank = np.zeros((drawing.height, drawing.width), np.uint8)
        return np.broadcast_to(table[0], (*blank.shape, 3)), blank
    labels = hints.labels(drawing.height, drawing.width)
    return table[labels], np.where(labels > 0, np.uint8(255), np.uint8(0))
