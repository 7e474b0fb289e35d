"""Reading a picture as a person sees it: whole, upright, on white; half a file is an error."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from irodori.collection.errors import CollectionError

Picture: TypeAlias = NDArray[np.uint8]
"""RGB, (H, W, 3)."""

MEGAPIXELS = 100  # a header that claims more is damaged, or meant to fill the memory


class UnreadableError(CollectionError):
    """A picture's file is missing, damaged, cut off, or of a kind that is not known."""


def read_picture(path: Path, *, enough: int | None = None) -> Picture:
    """The whole picture, uint8 (H, W, 3) RGB, what is transparent on white.

    enough: a long side, in pixels, below which a JPEG need not be brought; it is then read at a
    half, a quarter or an eighth, which is several times faster, and yet to its last byte. Raises
    UnreadableError.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"unreadable ({error.strerror})") from None
    if not data:
        raise UnreadableError("unreadable (the file is empty)")
    try:
        width, height = Image.open(io.BytesIO(data)).size  # the header alone
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise UnreadableError(
            "unreadable (damaged, cut off, or no picture of a known kind)"
        ) from None
    if width * height > MEGAPIXELS * 1_000_000:
        raise UnreadableError(f"unreadable (over {MEGAPIXELS} megapixels)")
    picture = _decode(data, _reduction(max(width, height), enough))
    if picture is None:
        raise UnreadableError("unreadable (damaged or cut off)")
    return picture


def _reduction(side: int, enough: int | None) -> int:
    if enough is None:
        return 1
    return next((step for step in (8, 4, 2) if side >= enough * step), 1)


def _decode(data: bytes, reduction: int) -> Picture | None:
    """OpenCV reads the common kinds, three times as fast as Pillow; Pillow the others."""
    if data.startswith(b"\xff\xd8"):
        flag = {
            1: cv2.IMREAD_COLOR,
            2: cv2.IMREAD_REDUCED_COLOR_2,
            4: cv2.IMREAD_REDUCED_COLOR_4,
            8: cv2.IMREAD_REDUCED_COLOR_8,
        }[reduction]
    elif data.startswith(b"\x89PNG"):
        if b"IEND" not in data[-64:]:  # OpenCV would find out too, but talk about it
            return None
        flag = cv2.IMREAD_UNCHANGED
    elif data[8:12] == b"WEBP":
        flag = cv2.IMREAD_UNCHANGED
    else:
        return _decode_slowly(data)
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error:
        return None
    return None if decoded is None else _on_white(decoded)


def _on_white(decoded: NDArray[Any]) -> Picture:
    """OpenCV's grey, BGR or BGRA of 8 or 16 bits as RGB of 8."""
    if decoded.dtype != np.uint8:
        decoded = (decoded.astype(np.float32) / 257).astype(np.uint8)
    if decoded.ndim == 2:
        return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_GRAY2RGB), np.uint8)
    if decoded.shape[2] == 3:
        return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
    opacity = decoded[..., 3:].astype(np.float32) / 255
    color = decoded[..., 2::-1].astype(np.float32)
    return np.asarray(np.rint(color * opacity + 255 * (1 - opacity)), np.uint8)


def _decode_slowly(data: bytes) -> Picture | None:
    try:
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    white = Image.new("RGBA", upright.size, "white")
    return np.asarray(Image.alpha_composite(white, upright).convert("RGB"))


def fit(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture scaled so that its longer side is `side`; no side is under 8 pixels."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    if size == (width, height):
        return picture
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)
