"""From any of Pillow's modes to 8-bit sRGB over white paper, and the alpha beside it.

Where the picture's profile says that its numbers are not sRGB, they are converted; a profile that
speaks of RGB is kept, so that what is made of the drawing can go back to it (`from_srgb`).
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from irodori.color.containers import Picture

_ORIENTATION = 0x0112  # the EXIF tag: 1 upright, 2..8 turned or mirrored
_SWAPS_AXES = range(5, 9)
_PROFILE_SPACE = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}


@dataclass(frozen=True, eq=False)
class Pixels:
    """A picture in the one form that the rest of the room works on.

    `over_white`: uint8 (H, W) grey or (H, W, 3) sRGB, blended over white where it was transparent.
    `alpha`: uint8 (H, W), or None where the picture is opaque everywhere.
    `icc_profile`: the bytes of the picture's RGB profile, or None: then its colours are sRGB.
    `dpi`: pixels per inch across and down, or None.
    """

    over_white: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.uint8] | None
    icc_profile: bytes | None
    dpi: tuple[float, float] | None


def normalize(picture: Picture) -> Pixels:
    """Turns upright, converts to sRGB, splits the alpha off and blends over white."""
    image, dpi = _upright(picture.image)
    # What the steps below would drop from `info` is read before them.
    profile = image.info.get("icc_profile") or None
    image, alpha = _split_alpha(_eight_bits(image))
    if picture.alpha is not None:
        alpha = picture.alpha
    image, icc_profile = to_srgb(image, profile)
    if alpha is not None and alpha.getextrema() == (255, 255):
        alpha = None
    if alpha is not None and picture.alpha is None:
        paper = Image.new(image.mode, image.size, "white")
        paper.paste(image, mask=alpha)
        image = paper
    return Pixels(np.asarray(image), None if alpha is None else np.asarray(alpha), icc_profile, dpi)


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None]:
    """`image` (mode L, RGB, CMYK or LAB) as sRGB (mode L or RGB), and the profile to keep.

    The profile is kept when it is an RGB one that fits the picture; any other is spent by the
    conversion, or ignored when it is damaged or speaks of another mode.
    """
    if profile is None and image.mode in ("L", "RGB"):
        return image, None
    from PIL import ImageCms

    if profile is not None:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if source.profile.xcolor_space.strip() == _PROFILE_SPACE[image.mode]:
                keep = profile if image.mode == "RGB" else None
                if keep and _is_srgb(source):
                    return image, keep
                return _convert(image, source, ImageCms.createProfile("sRGB")), keep
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a damaged profile must not cost the drawing
    if image.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _convert(image, lab, ImageCms.createProfile("sRGB")), None
    return (image if image.mode in ("L", "RGB") else image.convert("RGB")), None


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """`image` (mode RGB, sRGB) in the numbers of `profile`, as a file that embeds it must hold.

    The way back of `to_srgb`. A profile of sRGB leaves the picture untouched.
    """
    from PIL import ImageCms

    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if _is_srgb(target):
        return image
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return _convert(image, srgb, target)


def _convert(image: Image.Image, source: object, target: object) -> Image.Image:
    from PIL import ImageCms

    # Relative colorimetric with black point compensation: paper stays white, full ink black.
    made = ImageCms.profileToProfile(
        image,
        source,  # type: ignore[arg-type]
        target,  # type: ignore[arg-type]
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert made is not None  # None only when converting in place
    # A grey picture comes back with three equal channels.
    return made.getchannel(0) if image.mode == "L" else made


def _is_srgb(profile: object) -> bool:
    from PIL import ImageCms

    name = ImageCms.getProfileDescription(profile)  # type: ignore[arg-type]
    return "sRGB" in name and "linear" not in name.lower()


def _upright(image: Image.Image) -> tuple[Image.Image, tuple[float, float] | None]:
    """The picture as its EXIF orientation wants it seen, and its resolution."""
    dpi = _resolution(image.info.get("dpi"))
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
        if orientation in range(2, 9):
            image = ImageOps.exif_transpose(image)
            if dpi and orientation in _SWAPS_AXES:
                dpi = dpi[1], dpi[0]
    except Exception:
        # Damaged EXIF raises errors of every kind, and must not cost the drawing.
        pass
    return image, dpi


def _resolution(value: object) -> tuple[float, float] | None:
    try:
        across, down = (float(part) for part in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    sane = all(math.isfinite(part) and part > 0 for part in (across, down))
    return (across, down) if sane else None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Any mode as one of L, LA, RGB, RGBA, CMYK, LAB, with 8 bits a channel."""
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        if "transparency" in image.info and image.mode in ("L", "RGB"):
            return image.convert("LA" if image.mode == "L" else "RGBA")
        return image
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _scaled(image)
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "La":
        return image.convert("LA")
    with_alpha = image.has_transparency_data or image.mode in ("PA", "RGBa")
    return image.convert("RGBA" if with_alpha else "RGB")


def _scaled(image: Image.Image) -> Image.Image:
    """A deep grey picture (modes I, I;16 and F) in 8 bits; Pillow's own way would clip it."""
    levels = np.asarray(image)
    if image.mode.startswith("I;16"):
        clear = image.info.get("transparency")
        grey = Image.fromarray((levels >> 8).astype(np.uint8))
        if isinstance(clear, int):
            opaque = np.where(levels == clear, 0, 255).astype(np.uint8)
            grey.putalpha(Image.fromarray(opaque))
        return grey
    levels = np.nan_to_num(levels.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    top = float(levels.max(initial=0))
    # Neither mode says what white is: it's the end of the smallest common range that fits.
    white = next((end for end in (1.0, 255.0, 65535.0, 4294967295.0) if top <= end), top)
    if image.mode == "I" and white == 1.0:
        white = 255.0
    return Image.fromarray(np.clip(levels * (255 / white) + 0.5, 0, 255).astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    if image.mode == "LA":
        return image.getchannel("L"), image.getchannel("A")
    if image.mode == "RGBA":
        return image.convert("RGB"), image.getchannel("A")
    return image, None
