"""Pictures as arrays, read and written one way by all that pairs, shards and trains."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from irodori.collection.errors import CollectionError
from irodori.color.safe_file import replace_file

Bytes = NDArray[np.uint8]


def decode(data: bytes, mode: str, name: str) -> Bytes:
    """A picture turned the right way up, what is transparent on white.

    mode: "RGB" gives uint8 (H, W, 3), "L" gives (H, W). Raises CollectionError with `name`.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:
                whole = upright.convert("RGBA")
                paper = Image.new("RGBA", whole.size, "white")
                upright = Image.alpha_composite(paper, whole)
            return np.asarray(upright.convert(mode))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CollectionError(f"{name}: cannot be read: {error}; run irodori data clean") from None


def encode(picture: Bytes) -> bytes:
    """A picture as WebP without loss, uint8 (H, W) or (H, W, 3); the same bytes every time."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "webp", lossless=True, quality=20, method=0)
    return out.getvalue()


def write(path: Path, data: bytes) -> None:
    """Puts a file in place, whole; its folder is made if need be. Raises OutputError."""

    def fill(file: BinaryIO) -> None:
        file.write(data)

    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(os.fspath(path), fill, force=True)
