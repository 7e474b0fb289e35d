"""Pictures as arrays, read and written one way by all that pairs, shards and trains."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from irodori.collection.errors import CollectionError

Bytes = NDArray[np.uint8]


def decode(data: bytes, mode: str, name: str) -> Bytes:
    """A picture turned the right way up, what is transparent on white.

    mode: "RGB" gives uint8 (H, W, 3), "L" gives (H, W). Raises CollectionError with `name`.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(on_white(ImageOps.exif_transpose(image)).convert(mode))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CollectionError(f"{name}: cannot be read: {error}; run irodori data clean") from None


def on_white(image: Image.Image) -> Image.Image:
    """The same picture, white where it was transparent."""
    if not image.has_transparency_data:
        return image
    whole = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole)


def encode(picture: Bytes) -> bytes:
    """A picture as WebP without loss, uint8 (H, W) or (H, W, 3); the same bytes every time."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "webp", lossless=True, quality=20, method=0)
    return out.getvalue()
