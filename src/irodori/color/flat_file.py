"""One flat picture as PNG or WebP, with its profile, resolution and transparency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from PIL.Image import Image

_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _INCH = 282, 283, 296, 2  # EXIF


def write(picture: Image, file: BinaryIO, format: str) -> None:
    """Write an RGB or RGBA picture as "png" or "webp" (lossless), with what is in its ``info``."""
    options: dict[str, Any] = {}
    if "icc_profile" in picture.info:
        options["icc_profile"] = picture.info["icc_profile"]
    dpi = picture.info.get("dpi")
    if format == "png":
        # Flat colors pack well at any level; higher ones cost several times the time for little.
        options |= {"compress_level": 4} | ({"dpi": dpi} if dpi else {})
    else:
        options |= {"lossless": True, "quality": 30, "method": 2}
        if dpi:
            exif = picture.getexif()
            exif[_X_RESOLUTION], exif[_Y_RESOLUTION] = dpi
            exif[_RESOLUTION_UNIT] = _INCH
            options["exif"] = exif
    picture.save(file, format, **options)
