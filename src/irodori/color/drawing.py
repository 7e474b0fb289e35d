"""A drawing as loaded: its ink, and what is kept of its file to be written back."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from irodori.color import ink as inks
from irodori.color.containers import Picture, check_size, read_picture
from irodori.color.errors import DrawingError
from irodori.color.pixels import Pixels, normalize
from irodori.storage.places import place

Source = str | Path | bytes | BinaryIO | Image.Image | npt.NDArray[np.generic]
"""What a drawing can be loaded from; `Drawing.load` says how each is read."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """Line art: ink on paper, any size.

    `ink`: float32 (H, W), 0 paper .. 1 ink, read-only.
    `alpha`: uint8 (H, W), the source's alpha; None when it had none or was opaque everywhere.
    `ink_in_alpha`: the drawing lies on transparent paper, and only its ink is opaque.
    `icc_profile`: the source's RGB profile, None when it had none or one of another kind. All of
    Irodori's colours are sRGB: who embeds this profile converts first (`pixels.from_srgb`), who
    embeds none has sRGB.
    `dpi`: pixels per inch, across and down.
    `name`: for messages and for the default name of what is written.
    """

    ink: npt.NDArray[np.float32]
    alpha: npt.NDArray[np.uint8] | None = None
    ink_in_alpha: bool = False
    icc_profile: bytes | None = None
    dpi: tuple[float, float] | None = None
    name: str = "drawing"

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.ink.shape[0])

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.ink.shape[1])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, as Pillow has it."""
        return self.width, self.height

    @classmethod
    def load(
        cls, source: Source, *, name: str | None = None, max_megapixels: float = 100.0
    ) -> Drawing:
        """Loads a drawing and separates its ink from its paper.

        `source` is one of
        - a path, the bytes of a file, or a file opened for binary reading: PNG, JPEG, WebP, TIFF,
          AVIF, GIF, BMP (first frame), or the merged picture of a PSD, PSB, ORA or KRA. The
          content decides, whatever the extension says;
        - a Pillow image of any mode;
        - an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), the picture as it is seen (0 black):
          uint8 and uint16 over their full range, floats 0..1, bool with True white.

        EXIF rotation is applied. `name` replaces the file's name in messages. `max_megapixels`
        (millions of pixels) is held against the header, before anything is decoded.

        Raises DrawingError, one line, for everything that cannot be loaded: missing, damaged,
        another format, below 8 pixels a side, over the limit, no lines, or black all over.
        """
        label = name or _label(source)
        picture = _picture(source, label, max_megapixels)
        try:
            pixels = normalize(picture)
        except MemoryError as error:
            raise DrawingError(f"{label}: there is not enough memory for it") from error
        del picture  # a page is large: hold it once
        return cls.from_pixels(pixels, name=name or Path(label).name, label=label)

    @classmethod
    def from_pixels(cls, pixels: Pixels, *, name: str, label: str | None = None) -> Drawing:
        """The drawing in a picture that is decoded already. `label` names it in messages.

        Raises DrawingError where it has no lines, or is black all over.
        """
        label = label or name
        try:
            ink, ink_in_alpha = _ink(pixels)
        except inks.NoInkError as error:
            raise DrawingError(f"{label}: {error}") from None
        except MemoryError as error:
            raise DrawingError(f"{label}: there is not enough memory for it") from error
        ink.flags.writeable = False
        return cls(
            ink=ink,
            alpha=pixels.alpha,
            ink_in_alpha=ink_in_alpha,
            icc_profile=pixels.icc_profile,
            dpi=pixels.dpi,
            name=name,
        )


def _label(source: Source) -> str:
    if isinstance(source, str | Path):
        return str(source)
    named = getattr(source, "name", None) or getattr(source, "filename", None)
    return named if isinstance(named, str) else "drawing"


def _picture(source: Source, label: str, max_megapixels: float) -> Picture:
    if isinstance(source, Image.Image):
        check_size(*source.size, label, max_megapixels)
        return Picture(source)
    if isinstance(source, np.ndarray):
        return Picture(_from_array(source, label, max_megapixels))
    if isinstance(source, str | Path):
        return _from_path(source, label, max_megapixels)
    if isinstance(source, bytes | bytearray | memoryview):
        return read_picture(io.BytesIO(source), label, max_megapixels)
    return read_picture(_from_file(source, label), label, max_megapixels)


def _from_path(path: str | Path, label: str, max_megapixels: float) -> Picture:
    try:
        if place(path).is_dir():
            raise DrawingError(f"{label}: this is a folder; give the drawings in it")
        with place(path).open("rb") as file:
            return read_picture(file, label, max_megapixels)
    except FileNotFoundError:
        raise DrawingError(f"{label}: there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
        reason = getattr(error, "strerror", None) or error
        raise DrawingError(f"{label}: cannot be opened ({reason})") from error


def _from_file(file: BinaryIO, label: str) -> BinaryIO:
    """The rest of an open file, in memory: a pipe cannot be sought in."""
    read: Callable[[], object] | None = getattr(file, "read", None)
    if read is None:
        kind = type(file).__name__
        raise DrawingError(
            f"a drawing cannot be loaded from {kind}; give a path, bytes, a file, "
            "a Pillow image or an array"
        )
    try:
        data = read()
    except (OSError, ValueError) as error:  # UnicodeDecodeError is a ValueError
        raise DrawingError(f"{label}: cannot be read ({error})") from error
    if not isinstance(data, bytes):
        raise DrawingError(f"{label}: the file is open for text; open it in mode 'rb'")
    return io.BytesIO(data)


def _from_array(array: npt.NDArray[np.generic], label: str, max_megapixels: float) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim != 2 and not (array.ndim == 3 and array.shape[2] in (3, 4)):
        raise DrawingError(
            f"{label}: an array of shape {array.shape} is no picture; "
            "give (H, W), (H, W, 3) or (H, W, 4)"
        )
    check_size(array.shape[1], array.shape[0], label, max_megapixels)
    if array.dtype == np.bool_:
        levels = array.astype(np.uint8) * np.uint8(255)
    elif array.dtype == np.uint16:
        levels = (array.astype(np.uint16) >> 8).astype(np.uint8)
    elif np.issubdtype(array.dtype, np.floating):
        low, high = float(array.min()), float(array.max())
        if not (low >= -1e-3 and high <= 1 + 1e-3):  # NaN fails too
            raise DrawingError(
                f"{label}: its values run from {low:g} to {high:g}; "
                "floats go from 0, black, to 1, white"
            )
        levels = np.clip(array.astype(np.float32) * 255 + 0.5, 0, 255).astype(np.uint8)
    elif array.dtype == np.uint8:
        levels = array.astype(np.uint8, copy=False)
    else:
        raise DrawingError(
            f"{label}: an array of {array.dtype} is no picture; give uint8, uint16, bool or floats"
        )
    return Image.fromarray(np.ascontiguousarray(levels))


def _ink(pixels: Pixels) -> tuple[npt.NDArray[np.float32], bool]:
    """The ink of a picture, and whether only its ink is opaque."""
    alpha = pixels.alpha
    if alpha is None:
        return inks.separate(pixels.over_white), False
    try:
        ink = inks.separate(pixels.over_white)
    except inks.NoInkError:
        # White lines on nothing, or one flat tone: then the alpha draws.
        return inks.separate(255 - alpha), True
    # A cut-out figure has paper inside it; where all that is opaque is ink, nothing is cut out.
    weight = alpha.astype(np.float32)
    covered = float(weight[ink > 0.4].sum())
    return ink, bool(covered > 0.7 * float(weight.sum()))
