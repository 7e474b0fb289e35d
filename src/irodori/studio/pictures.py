"""Pictures for the page: the ink to lay over colors, thumbnails, the source, the region map."""

from __future__ import annotations

import io
import struct
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color import layers
from irodori.color.coloring import Coloring
from irodori.color.pixels import Pixels
from irodori.studio.shelf import Prepared

PictureSize = Literal["full", "frame", "thumb"]

THUMB = 192
"""Long side of a thumbnail, in pixels."""

_REGIONS = struct.Struct("<IIII")


def ink_png(prepared: Prepared, size: PictureSize) -> bytes:
    """The ink as black with opacity, PNG."""
    drawing = prepared.drawing if size == "full" else prepared.frame.drawing
    opacity = np.rint(drawing.ink * 255).astype(np.uint8)
    if size == "thumb":
        opacity = _thumb(opacity)
    black = np.zeros_like(opacity)
    return encode_png(np.dstack([black, black, black, opacity]))


def picture_png(coloring: Coloring, size: PictureSize) -> bytes:
    """The coloring with its ink, PNG, sRGB."""
    picture = layers.composite(coloring.flats, coloring.shade, coloring.drawing.ink)
    alpha = coloring.alpha()
    shown = picture[..., ::-1]
    if alpha is not None:
        shown = np.dstack([shown, alpha])
    return encode_png(_thumb(shown) if size == "thumb" else shown)


def source_png(pixels: Pixels, longest: int) -> bytes:
    """What was loaded, over white, at most `longest` pixels a side, PNG."""
    picture = pixels.over_white
    if picture.ndim == 3:
        picture = picture[..., ::-1]
    return encode_png(_shrunk(picture, longest))


def region_bytes(prepared: Prepared) -> bytes:
    """The region map: header, a part number per frame pixel, the region number of each part."""
    regions = prepared.frame.regions
    height, width = regions.parts.shape
    wide = regions.count > 65535
    numbers = regions.parts.astype("<u4" if wide else "<u2")
    head = _REGIONS.pack(width, height, regions.count, int(wide))
    return head + numbers.tobytes() + regions.region_of.astype("<u4").tobytes()


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """PNG of a gray, BGR or BGRA picture, quickly."""
    _, packed = cv2.imencode(
        ".png", np.ascontiguousarray(picture), [cv2.IMWRITE_PNG_COMPRESSION, 2]
    )
    return bytes(packed.tobytes())


def webp_thumb(coloring: Coloring, longest: int = 256) -> bytes:
    """A small WebP of the coloring with its ink."""
    picture = layers.composite(coloring.flats, coloring.shade, coloring.drawing.ink)
    small = _shrunk(picture[..., ::-1], longest)
    _, packed = cv2.imencode(".webp", np.ascontiguousarray(small), [cv2.IMWRITE_WEBP_QUALITY, 90])
    return bytes(packed.tobytes())


def file_bytes(coloring: Coloring, format: str) -> bytes:
    """A coloring as a file of one of `layers.FORMATS`. Raises OutputError."""
    buffer = io.BytesIO()
    layers.write(coloring, buffer, format=format)
    return buffer.getvalue()


def _thumb(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return _shrunk(picture, THUMB)


def _shrunk(picture: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(
        cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA), np.uint8
    )
