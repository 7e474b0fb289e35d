"""From a file to one decoded picture, whatever the file is called: its content decides.

Read are PNG, JPEG, WebP, TIFF, AVIF, GIF and BMP (first frame), and the merged picture of PSD,
PSB, ORA and KRA. The size in the header is held against the limit before anything is decoded.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageFile

from irodori.color.errors import DrawingError

SMALLEST = 8
"""Pixels: a picture narrower or lower than this holds no drawing."""

READABLE = "PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP, PSD, ORA or KRA"

# Without a handler of its own, Pillow's log would reach the terminal beside our one line.
logging.getLogger("PIL").addHandler(logging.NullHandler())

_MERGED = "mergedimage.png"
_PLUGINS = {
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "WebP": ("WebPImagePlugin", "WebPImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
    "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
}
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"8BPS": "PSD",
    b"PK\x03\x04": "zip",
}
# What people bring that we do not read, and what to do about it.
_ADVICE = {
    b"%PDF": "a PDF; export the page as PNG",
    b"gimp xcf": "a GIMP file; export it as PNG or ORA",
    b"CSFCHUNK": "a Clip Studio file; export it as PSD or PNG",
    b"<svg": "an SVG; export it as PNG",
    b"<?xml": "an XML file, perhaps an SVG; export it as PNG",
    b"%!PS": "a PostScript file; export it as PNG",
}


@dataclass(frozen=True)
class Picture:
    """A decoded picture: `image` in any of Pillow's modes.

    `alpha` (mode L) is set only where `image` has been blended over white already, as Photoshop
    does; otherwise transparency is in the image itself.
    """

    image: Image.Image
    alpha: Image.Image | None = None


def read_picture(file: BinaryIO, label: str, max_megapixels: float) -> Picture:
    """Decodes the picture in `file` (seekable, at its start); `label` names it in messages.

    Raises DrawingError when it is empty, of another format, damaged, cut short, smaller than
    `SMALLEST` on a side, or larger than `max_megapixels` (millions of pixels).
    """
    head = file.read(64)
    file.seek(0)
    format_name = _sniff(head, label)
    with _one_line_errors(label, format_name):
        if format_name == "PSD":
            return _read_psd(file, label, max_megapixels)
        if format_name == "zip":
            return _read_zip(file, label, max_megapixels)
        return Picture(_decode(file, format_name, label, max_megapixels))


def check_size(width: int, height: int, label: str, max_megapixels: float) -> None:
    """Raises DrawingError when a picture of this size (pixels) is too small or too large."""
    if width * height > max_megapixels * 1e6:
        raise DrawingError(
            f"{label}: {width} x {height} pixels is over the {max_megapixels:g} megapixel limit; "
            "raise it with --max-megapixels"
        )
    if min(width, height) < SMALLEST:
        raise DrawingError(
            f"{label}: {width} x {height} pixels is too small for a drawing; "
            f"it needs at least {SMALLEST} on each side"
        )


def _sniff(head: bytes, label: str) -> str:
    if not head:
        raise DrawingError(f"{label}: the file is empty; give a {READABLE} picture")
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        if b"avif" in head[8:] or b"avis" in head[8:]:
            return "AVIF"
        raise DrawingError(f"{label}: this is HEIC or a video; save it as PNG or JPEG")
    for magic, advice in _ADVICE.items():
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic):
            raise DrawingError(f"{label}: this is {advice}")
    kind = "text" if _is_text(head) else "no picture that can be read"
    raise DrawingError(f"{label}: this is {kind}; give a {READABLE} picture")


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    except UnicodeDecodeError as error:
        if len(head) - error.start >= 4:
            return False
        text = head[: error.start].decode()  # the last letter was cut in two
    return all(letter.isprintable() or letter.isspace() for letter in text)


def _decode(file: BinaryIO, format_name: str, label: str, max_megapixels: float) -> Image.Image:
    """Opened by its own plug-in: `Image.open` would hold sizes against a limit of its own."""
    module, name = _PLUGINS[format_name]
    plugin: type[ImageFile.ImageFile] = getattr(importlib.import_module(f"PIL.{module}"), name)
    image = plugin(file)
    check_size(*image.size, label, max_megapixels)
    with _without_stderr() if format_name == "TIFF" else nullcontext():
        image.load()
    return image


@contextmanager
def _without_stderr() -> Iterator[None]:
    """libtiff, in C, prints its complaints about damaged files; we have said our own line."""
    try:
        kept = os.dup(2)
    except OSError:  # a program without a terminal may have closed it
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _read_psd(file: BinaryIO, label: str, max_megapixels: float) -> Picture:
    from irodori.color import psd

    header = psd.read_header(file)
    check_size(header.width, header.height, label, max_megapixels)
    file.seek(0)
    image, alpha = psd.read_merged(file)
    if alpha is None or image.mode == "LAB" or _is_over_white(image, alpha):
        return Picture(image, alpha)
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    image.putalpha(alpha)  # some programs write the colours unblended
    return Picture(image)


def _is_over_white(image: Image.Image, alpha: Image.Image) -> bool:
    """Whether nearly all that is transparent shows white."""
    clear = alpha.point([255] + [0] * 255)
    seen = image.convert("L").histogram(clear)
    return sum(seen[250:]) >= 0.99 * sum(seen)


def _read_zip(file: BinaryIO, label: str, max_megapixels: float) -> Picture:
    import zipfile

    with zipfile.ZipFile(file) as archive:
        try:
            entry = archive.getinfo(_MERGED)
        except KeyError:
            raise DrawingError(
                f"{label}: this zip archive holds no {_MERGED}, so it is no ORA or KRA drawing; "
                "save it again from Krita or GIMP, or give a PNG"
            ) from None
        # No honest PNG is much larger than its pixels; a larger one is a bomb.
        if entry.file_size > 16e6 + 9e6 * max_megapixels:
            raise DrawingError(
                f"{label}: its {_MERGED} unpacks to {entry.file_size / 1e6:.0f} MB, over the "
                f"{max_megapixels:g} megapixel limit; raise it with --max-megapixels"
            )
        with archive.open(entry) as member:
            if not member.read(8).startswith(b"\x89PNG"):
                raise DrawingError(f"{label}: its {_MERGED} is no PNG; save it again as PNG")
        with archive.open(entry) as member:
            # ZipExtFile seeks backwards by unpacking anew; a PNG is read straight through.
            return Picture(_decode(member, "PNG", label, max_megapixels))  # type: ignore[arg-type]


_quiet = threading.Lock()


@contextmanager
def _one_line_errors(label: str, format_name: str) -> Iterator[None]:
    """Turns whatever decoders raise into a DrawingError, and keeps their warnings to themselves.

    Every `Exception` is meant: on damaged files Pillow and zipfile raise a dozen unrelated kinds.
    """
    # The list of warning filters belongs to the process: two threads must not take turns on it.
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except DrawingError:
            raise
        except MemoryError as error:
            raise DrawingError(f"{label}: there is not enough memory to decode it") from error
        except Image.DecompressionBombError as error:
            raise DrawingError(f"{label}: more pixels than can be decoded; {error}") from error
        except Exception as error:
            kind = "ORA or KRA" if format_name == "zip" else format_name
            reason = str(error) or type(error).__name__
            raise DrawingError(
                f"{label}: damaged or cut short, cannot be read as {kind} ({reason}); "
                "save or copy it again"
            ) from error
