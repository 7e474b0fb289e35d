"""Our reader of merged pictures against psd-tools, on files of psd-tools and of our own."""

from __future__ import annotations

import contextlib
import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from irodori.color.drawing import Drawing
from irodori.color.errors import DrawingError
from irodori.color.psd import read_merged

psd_tools = pytest.importorskip("psd_tools")


def packed(row: bytes) -> bytes:
    """PackBits, literal runs only."""
    parts = [row[at : at + 128] for at in range(0, len(row), 128)]
    return b"".join(bytes([len(part) - 1]) + part for part in parts)


def write(planes, *, mode: int, large=False, rle=False, alpha=False, table=b"", resources=b""):
    """A PSD (or PSB) without layers of these planes, each (H, W) of uint8, >u2 or >f4."""
    height, width = planes[0].shape
    depth = planes[0].dtype.itemsize * 8
    wide = ">Q" if large else ">I"
    layers = struct.pack(wide, 2) + struct.pack(">h", -1 if alpha else 0) if alpha else b""
    head = struct.pack(">4sH6xHII", b"8BPS", 1 + large, len(planes), height, width)
    data = head + struct.pack(">HH", depth, mode)
    data += struct.pack(">I", len(table)) + table + struct.pack(">I", len(resources)) + resources
    data += struct.pack(wide, len(layers)) + layers
    if not rle:
        return data + struct.pack(">H", 0) + b"".join(plane.tobytes() for plane in planes)
    rows = [packed(row.tobytes()) for plane in planes for row in plane]
    lengths = b"".join(struct.pack(">I" if large else ">H", len(row)) for row in rows)
    return data + struct.pack(">H", 1) + lengths + b"".join(rows)


def resource(kind: int, body: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", kind, 0, len(body)) + body + bytes(len(body) % 2)


def theirs(data: bytes) -> Image.Image:
    image = psd_tools.PSDImage.open(io.BytesIO(data)).topil(apply_icc=False)
    assert image is not None
    return image


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@settings(max_examples=10, deadline=None)
@given(width=st.integers(8, 300), height=st.integers(8, 40))
def test_files_of_psd_tools(sketch, mode: str, width: int, height: int) -> None:
    picture = Image.fromarray(255 - sketch(height, width)).convert(mode)
    file = io.BytesIO()
    psd_tools.PSDImage.frompil(picture).save(file)
    ours, alpha = read_merged(io.BytesIO(file.getvalue()))
    assert alpha is None
    assert ours.mode == mode
    assert np.array_equal(np.asarray(ours), np.asarray(theirs(file.getvalue())))


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("rle", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, ">u2", ">f4"])
def test_depths_compressions_and_psb(sketch, large: bool, rle: bool, kind) -> None:
    ink = sketch(64, 301)
    full = {1: 1, 2: 257, 4: 1 / 255}[np.dtype(kind).itemsize]
    grey = ((255 - ink.astype(np.float64)) * full).astype(kind)
    if kind == ">f4":  # stored as linear light
        grey = np.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4).astype(kind)
    data = write([grey] * 3, mode=3, large=large, rle=rle)
    assert np.abs(Drawing.load(data).ink - ink / 255).max() <= 2 / 255
    if kind != ">f4":  # psd-tools leaves the light linear
        ours = np.asarray(read_merged(io.BytesIO(data))[0]).astype(int)
        assert np.abs(ours - np.asarray(theirs(data))).max() <= 1


def test_one_bit_and_palette(sketch) -> None:
    ink = sketch(64, 301)
    bits = np.packbits(ink > 127, axis=1)
    data = bytearray(write([bits], mode=0))
    data[18:24] = struct.pack(">IH", 301, 1)
    assert np.array_equal(Drawing.load(bytes(data)).ink, (ink > 127).astype(np.float32))
    levels = np.arange(256, dtype=np.uint8)
    data = write([ink], mode=2, table=np.stack([255 - levels] * 3).tobytes())
    assert np.abs(Drawing.load(data).ink - ink / 255).max() <= 1e-6


def test_lab(sketch) -> None:
    ink = sketch(64, 301)
    middle = np.full_like(ink, 128)
    found = Drawing.load(write([255 - ink, middle, middle], mode=9)).ink
    assert np.corrcoef(found.ravel(), ink.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("blended", [True, False])
def test_alpha_blended_or_not(sketch, blended: bool) -> None:
    """Black lines on nothing: Photoshop shows them over white, others leave black below."""
    ink = sketch(64, 301)
    grey = 255 - ink if blended else np.zeros_like(ink)
    drawing = Drawing.load(write([grey] * 3 + [ink], mode=3, alpha=True))
    assert drawing.ink_in_alpha
    assert drawing.alpha is not None
    assert np.array_equal(drawing.alpha, ink)
    assert np.abs(drawing.ink - ink / 255).max() <= 2 / 255


def test_a_saved_selection_is_no_alpha(sketch) -> None:
    ink = sketch(64, 301)
    drawing = Drawing.load(write([255 - ink] * 3 + [np.zeros_like(ink)], mode=3))
    assert drawing.alpha is None
    assert np.abs(drawing.ink - ink / 255).max() <= 1e-6


def test_layers_are_skipped(sketch) -> None:
    ink = sketch(64, 96)
    psd = psd_tools.PSDImage.new("RGB", (96, 64))
    psd.create_pixel_layer(Image.fromarray(255 - ink).convert("RGBA"), name="ink")
    file = io.BytesIO()
    psd.save(file)
    assert np.abs(Drawing.load(file.getvalue()).ink - ink / 255).max() <= 2 / 255


def test_resolution_and_missing_merged_picture(sketch) -> None:
    ink = sketch(64, 96)
    size = resource(1005, struct.pack(">IHHIHH", 300 << 16, 1, 1, 150 << 16, 1, 1))
    assert Drawing.load(write([255 - ink], mode=1, resources=size)).dpi == (300, 150)
    unmerged = resource(1057, struct.pack(">IB", 1, 0) + bytes(8))
    with pytest.raises(DrawingError, match="Maximize Compatibility"):
        Drawing.load(write([255 - ink], mode=1, resources=unmerged))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_or_cut_short_anywhere(sketch, data) -> None:
    planes = [255 - sketch(40, 61)] * 3 + [sketch(40, 61)]
    size = resource(1005, struct.pack(">IHHIHH", 300 << 16, 1, 1, 150 << 16, 1, 1))
    rle = data.draw(st.booleans())
    whole = bytearray(write(planes, mode=3, rle=rle, alpha=True, resources=size))
    whole[data.draw(st.integers(0, 200))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DrawingError):
        Drawing.load(bytes(whole[: data.draw(st.integers(0, len(whole)))]), max_megapixels=1)
