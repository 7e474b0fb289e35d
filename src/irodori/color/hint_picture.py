"""Hints as a picture: transparent but for the hints, which become patches of exact pixels."""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from irodori.color.errors import HintError
from irodori.color.hint_json import unreadable
from irodori.color.marks import RGB, Patch

if TYPE_CHECKING:
    from PIL.Image import Image

SAME_COLOR = 12
"""Pixels whose channels all differ by at most this much are one color of one brush: the rounding of
half-transparent edges and lossy compression differ by less, and nobody picks two hints so alike."""

MOST_COLORS = 256
MOST_PATCHES = 4096


def read_picture(
    source: str | PathLike[str] | Image | NDArray[np.uint8], size: tuple[int, int] | None
) -> tuple[Patch, ...]:
    """The patches of a hints picture; see ``Hints.from_image``. Raises HintError."""
    name, pixels = _pixels(source)
    found = (pixels.shape[1], pixels.shape[0])
    if size is not None and found != tuple(size):
        raise HintError(
            f"{name}: is {found[0]} x {found[1]} pixels but the drawing is {size[0]} x {size[1]};"
            " paint the hints on a layer of the drawing's own size"
        )
    painted = pixels[..., 3] >= 128
    if painted.all():
        raise HintError(f"{name}: has no transparent pixel; leave it transparent but for the hints")
    return tuple(_patches(pixels, painted, name))


def _pixels(source: str | PathLike[str] | Image | NDArray[np.uint8]) -> tuple[str, NDArray[Any]]:
    """The name for messages, and the picture as uint8 (H, W, 4)."""
    import PIL.Image

    if isinstance(source, np.ndarray):
        if source.ndim != 3 or source.shape[2] != 4 or source.dtype != np.uint8:
            raise HintError(
                f"hints: an array {source.dtype} {source.shape} is no picture; give uint8 (H, W, 4)"
            )
        return "hints", source
    if isinstance(source, PIL.Image.Image):
        return "hints", _with_alpha(source, "hints")
    name = fspath(source)
    try:
        with PIL.Image.open(name) as picture:
            return name, _with_alpha(picture, name)
    except PIL.UnidentifiedImageError:
        raise HintError(f"{name}: is not a picture; hints are JSON or an RGBA picture") from None
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        raise unreadable(name, error) from None


def _with_alpha(picture: Image, name: str) -> NDArray[Any]:
    if not picture.has_transparency_data:
        raise HintError(
            f"{name}: has no transparency; save the hints alone, on transparent ground, as RGBA PNG"
        )
    return np.asarray(picture.convert("RGBA"))


class _Colors(NamedTuple):
    """Which of the few colors each of the many in a picture belongs to."""

    codes: NDArray[np.uint32]  # every color of the picture, 0xRRGGBB, ascending
    number: NDArray[np.int16]  # for each code, that of its main color
    main: list[RGB]


def _patches(pixels: NDArray[Any], painted: NDArray[np.bool_], name: str) -> list[Patch]:
    """One patch per connected blob of one color, from the top left down."""
    import cv2

    count, blobs, boxes, _ = cv2.connectedComponentsWithStats(painted.astype(np.uint8))
    if count - 1 > MOST_PATCHES:
        raise _too_many(name, f"{count - 1} separate hints", MOST_PATCHES)
    colors = _main_colors(_codes(pixels[painted]), name)
    patches: list[Patch] = []
    for blob in range(1, count):
        x, y, width, height, _ = (int(value) for value in boxes[blob])
        box = np.s_[y : y + height, x : x + width]
        inside = blobs[box] == blob
        index = np.full((height, width), -1, np.int16)
        index[inside] = colors.number[np.searchsorted(colors.codes, _codes(pixels[box][inside]))]
        patches += _split(index, colors.main, x, y)
    if len(patches) > MOST_PATCHES:
        raise _too_many(name, f"{len(patches)} separate hints", MOST_PATCHES)
    return patches


def _too_many(name: str, found: str, limit: int) -> HintError:
    return HintError(f"{name}: has {found}, over the limit of {limit}; paint a few flat dabs")


def _codes(pixels: NDArray[Any]) -> NDArray[np.uint32]:
    """(N, 4) uint8 as (N,) 0xRRGGBB."""
    codes = np.zeros(len(pixels), np.uint32)
    for channel in range(3):
        codes <<= np.uint32(8)
        codes |= pixels[:, channel]
    return codes


def _main_colors(codes: NDArray[np.uint32], name: str) -> _Colors:
    """The most frequent color takes all that are nearly the same, then the next, and so on."""
    known, counts = np.unique(codes, return_counts=True)
    rgb = np.stack([known >> 16, (known >> 8) & 255, known & 255], 1).astype(np.int16)
    index = np.full(len(known), -1, np.int16)
    main: list[RGB] = []
    for candidate in np.argsort(-counts, kind="stable"):
        if index[candidate] >= 0:
            continue
        if len(main) == MOST_COLORS:
            raise _too_many(name, f"more than {MOST_COLORS} different colors", MOST_COLORS)
        alike = (np.abs(rgb - rgb[candidate]) <= SAME_COLOR).all(1) & (index < 0)
        index[alike] = len(main)
        red, green, blue = (int(channel) for channel in rgb[candidate])
        main.append((red, green, blue))
    return _Colors(known, index, main)


def _split(index: NDArray[np.int16], main: list[RGB], x: int, y: int) -> list[Patch]:
    """The patches of one blob (height, width) of color numbers, -1 outside it.

    Where one color is painted over another, the brush's soft edge leaves a line of mixed color
    between the two. Nobody said that color: such a line is left out.
    """
    import cv2

    numbers = [int(number) for number in np.unique(index) if number >= 0]
    if len(numbers) == 1:
        return [Patch.of(index >= 0, x, y, main[numbers[0]])]
    patches = []
    for number in numbers:
        count, parts, boxes, _ = cv2.connectedComponentsWithStats((index == number).view(np.uint8))
        for part in range(1, count):
            left, top, width, height, _ = (int(value) for value in boxes[part])
            around = np.s_[max(0, top - 1) : top + height + 1, max(0, left - 1) : left + width + 1]
            if _is_mixed_edge(parts[around] == part, index[around], number):
                continue
            mask = parts[top : top + height, left : left + width] == part
            patches.append(Patch.of(mask, x + left, y + top, main[number]))
    return patches


def _is_mixed_edge(mask: NDArray[np.bool_], index: NDArray[np.int16], number: int) -> bool:
    """Whether a part is nowhere 3 pixels thick and lies between two other colors."""
    import cv2

    square = np.ones((3, 3), np.uint8)
    thick = cv2.erode(mask.view(np.uint8), square, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    if thick.any():
        return False
    touched = np.unique(index[cv2.dilate(mask.view(np.uint8), square).astype(bool)])
    return len(set(touched.tolist()) - {-1, number}) >= 2
