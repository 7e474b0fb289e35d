"""The merged picture of a Photoshop file (PSD and PSB), and nothing else of it.

A PSD ends with a flat copy of the whole picture. Reading only that one costs the memory of one
channel beside the result, whatever the number of layers. Follows Adobe's "Photoshop File Formats
Specification"; numbers are big endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from PIL import Image

# Photoshop's colour mode -> (Pillow's mode, channels that hold colour)
_MODES = {
    0: ("1", 1),
    1: ("L", 1),
    2: ("P", 1),
    3: ("RGB", 3),
    4: ("CMYK", 4),
    7: ("L", 1),  # multichannel: the first plate
    8: ("L", 1),  # duotone: its grey picture
    9: ("LAB", 3),
}
_RESOLUTION, _ICC, _VERSION = 1005, 1039, 1057  # image resources that are looked at
# Blocks whose length takes 8 bytes in a PSB.
_LONG_BLOCKS = frozenset(
    b"LMsk Lr16 Lr32 Layr Mt16 Mt32 Mtrn Alph FMsk lnk2 FEid FXid PxSD".split()
)


@dataclass(frozen=True)
class Header:
    """The first 26 bytes: sizes in pixels, depth in bits (1, 8, 16 or 32)."""

    large: bool  # a PSB: some lengths take twice the bytes
    channels: int
    width: int
    height: int
    depth: int
    mode: int


def read_header(file: BinaryIO) -> Header:
    """The header of the PSD or PSB that starts where `file` stands.

    Raises ValueError when it is none, or of a kind that Photoshop does not write.
    """
    signature, version, channels, height, width, depth, mode = struct.unpack(
        ">4sH6xHIIHH", _read(file, 26)
    )
    if signature != b"8BPS" or version not in (1, 2) or mode not in _MODES:
        raise ValueError("not a PSD of a known colour mode")
    if depth not in (1, 8, 16, 32) or (depth == 1) != (mode == 0):
        raise ValueError(f"{depth} bits in Photoshop's colour mode {mode}")
    if channels < _MODES[mode][1]:
        raise ValueError("not enough channels")
    return Header(version == 2, channels, width, height, depth, mode)


def read_merged(file: BinaryIO) -> tuple[Image.Image, Image.Image | None]:
    """The merged picture of the PSD or PSB that starts where `file` stands, and its alpha.

    The picture has mode 1, L, P, RGB, CMYK or LAB and 8 bits a channel, with `icc_profile` and
    `dpi` in its `info`; alpha has mode L, or is None. Where alpha is partial, Photoshop has
    already blended the picture over white. Raises ValueError or another parse error on damage.
    """
    header = read_header(file)
    mode, count = _MODES[header.mode]
    color_table = _read_section(file, 4)
    info = _read_resources(_read_section(file, 4))
    with_alpha = _skip_layers(file, header) and header.channels > count
    bands = _read_channels(file, header, count + with_alpha)
    alpha = bands.pop() if with_alpha else None
    picture = bands[0] if count == 1 else Image.merge(mode, bands)
    if mode == "CMYK":  # Photoshop stores ink as 0 = full
        picture = picture.point([255 - level for level in range(256)] * 4)
    elif mode == "P":
        planes = np.frombuffer(color_table[:768], np.uint8).reshape(3, -1)
        picture.putpalette(planes.T.tobytes())
    picture.info.update(info)
    return picture, alpha


def _read(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise ValueError("the file ends too early")
    return data


def _read_number(file: BinaryIO, width: int) -> int:
    return int.from_bytes(_read(file, width), "big")


def _read_section(file: BinaryIO, width: int) -> bytes:
    return _read(file, _read_number(file, width))


def _read_resources(data: bytes) -> dict[str, object]:
    info: dict[str, object] = {}
    at = 0
    while at + 12 <= len(data):
        kind = int.from_bytes(data[at + 4 : at + 6], "big")
        at += 6 + (data[at + 6] + 2) // 2 * 2  # a Pascal string, padded to an even length
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 4 + length]
        at += 4 + (length + 1) // 2 * 2
        if kind == _ICC:
            info["icc_profile"] = body
        elif kind == _RESOLUTION and len(body) >= 12:
            across, down = struct.unpack(">I4xI", body[:12])
            info["dpi"] = (across / 65536, down / 65536)  # 16.16 fixed point, pixels per inch
        elif kind == _VERSION and len(body) >= 5 and body[4] == 0:
            raise ValueError(
                "it was saved without its merged picture; save it again with 'Maximize "
                "Compatibility' on, or export a PNG"
            )
    return info


def _skip_layers(file: BinaryIO, header: Header) -> bool:
    """Moves behind the layers; says whether the first spare channel is the picture's alpha.

    Other spare channels are selections that somebody saved, and say nothing about the picture.
    """
    width = 8 if header.large else 4
    end = _read_number(file, width)
    end += file.tell()
    is_alpha = False
    length = _read_number(file, width) if file.tell() + width <= end else 0
    after_layers = file.tell() + length
    if length >= 2:
        is_alpha = int.from_bytes(_read(file, 2), "big", signed=True) < 0
    file.seek(after_layers)
    if file.tell() + 4 <= end:
        file.seek(_read_number(file, 4), 1)
    while file.tell() + 12 <= end:  # deep files keep their layers, and this flag, in blocks
        signature, key = _read(file, 4), _read(file, 4)
        if signature not in (b"8BIM", b"8B64"):
            break
        is_alpha = is_alpha or key in (b"Mtrn", b"Mt16", b"Mt32")
        length = _read_number(file, 8 if header.large and key in _LONG_BLOCKS else 4)
        file.seek((length + 3) // 4 * 4, 1)
    file.seek(end)
    return is_alpha


def _read_channels(file: BinaryIO, header: Header, count: int) -> list[Image.Image]:
    """The first `count` channels, each an image of mode L (1 for depth 1)."""
    compression = _read_number(file, 2)
    row = (header.width * header.depth + 7) // 8
    if compression == 0:
        return [_channel(_read(file, row * header.height), header) for _ in range(count)]
    if compression != 1:
        raise ValueError(f"compression {compression} in the merged picture")
    kind = np.dtype(">u4" if header.large else ">u2")
    table = _read(file, header.channels * header.height * kind.itemsize)
    lengths = np.frombuffer(table, kind).reshape(header.channels, -1).sum(axis=1, dtype=np.int64)
    channels = []
    for length in lengths[:count]:
        packed = _read(file, int(length))
        rows = Image.frombytes("L", (row, header.height), packed, "packbits", "L")
        channels.append(rows if header.depth == 8 else _channel(rows.tobytes(), header))
    return channels


def _channel(data: bytes, header: Header) -> Image.Image:
    size = (header.width, header.height)
    if header.depth == 1:
        return Image.frombytes("1", size, data, "raw", "1;I")  # a set bit is black
    if header.depth == 8:
        return Image.frombytes("L", size, data)
    shape = (header.height, header.width)
    if header.depth == 16:
        return Image.fromarray(np.frombuffer(data, ">u2").reshape(shape).view("u1")[:, ::2].copy())
    # 32 bits are linear light; the square-root-like sRGB curve makes them as the others are.
    light = np.nan_to_num(np.frombuffer(data, ">f4").reshape(shape).astype(np.float32))
    light = np.clip(light, 0, 1)
    level = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return Image.fromarray((level * 255 + 0.5).astype(np.uint8))
