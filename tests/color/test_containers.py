"""Files that are no drawing: each must end in one clear line, and in nothing else."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from irodori.color.drawing import Drawing
from irodori.color.errors import DrawingError


def encode(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is this large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        png_chunk(*chunk) for chunk in [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    )


def psd_bomb(width: int, height: int) -> bytes:
    return struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, height, width, 8, 3) + bytes(14)


SMALL = Image.new("L", (20, 12), 255)
BAD = {
    "empty.png": (b"", "the file is empty"),
    "notes.png": ("Dear diary, été — ½\n".encode() * 9, "this is text"),
    "utf16.png": ("Dear diary".encode("utf-16"), "this is text"),
    "noise.png": (bytes(range(130, 250)), "no picture that can be read"),
    "page.pdf": (b"%PDF-1.7\n", "export the page as PNG"),
    "logo.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "export it as PNG"),
    "page.clip": (b"CSFCHUNK" + bytes(90), "Clip Studio"),
    "page.xcf": (b"gimp xcf v011" + bytes(90), "PNG or ORA"),
    "phone.heic": (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
    "dot.png": (encode(Image.new("L", (1, 1)), "PNG"), "1 x 1 pixels is too small"),
    "white.png": (encode(SMALL, "PNG"), "no lines"),
    "black.png": (encode(Image.new("1", (20, 12)), "PNG"), "ink all over"),
    "clear.png": (encode(Image.new("RGBA", (20, 12)), "PNG"), "no lines"),
    "signature.png": (b"\x89PNG\r\n\x1a\n", "damaged or cut short"),
    "bomb.png": (png_bomb(40_000, 30_000), "40000 x 30000 pixels is over the 100 megapixel limit"),
    "bomb.psd": (psd_bomb(40_000, 30_000), "40000 x 30000 pixels is over the 100 megapixel limit"),
    "bomb.kra": (zipped("mergedimage.png", png_bomb(90_000, 9_000)), "90000 x 9000 pixels is over"),
    "other.zip": (zipped("readme.txt", b"hello"), "no mergedimage.png"),
    "wrong.ora": (zipped("mergedimage.png", encode(SMALL, "JPEG")), "is no PNG"),
    "half.zip": (zipped("mergedimage.png", encode(SMALL, "PNG"))[:60], "damaged or cut short"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_end_in_one_line(tmp_path: Path, name: str) -> None:
    data, says = BAD[name]
    path = tmp_path / name
    path.write_bytes(data)
    for source in (path, str(path)):
        with pytest.raises(DrawingError) as caught:
            Drawing.load(source)
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        assert says in message
        assert "\n" not in message
        assert len(message) < len(str(path)) + 240
    with pytest.raises(DrawingError, match=r"^drawing: "):
        Drawing.load(data)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("nowhere.png", "no such file"),
        (".", "this is a folder"),
        ("a\0b.png", "cannot be opened"),
        ("x" * 3000, "cannot be opened"),
        (io.StringIO("text"), "open it in mode 'rb'"),
        ([1, 2], "cannot be loaded from list"),
        (np.zeros((20, 30), np.int64), "array of int64"),
        (np.zeros((20, 30, 2), np.uint8), "shape (20, 30, 2)"),
        (np.full((20, 30), 3.0), "from 3 to 3"),
        (np.full((20, 30), np.nan), "nan"),
        (np.zeros((0, 30), np.uint8), "too small"),
        (np.zeros((7, 30), np.uint8), "30 x 7 pixels is too small"),
        (Image.new("L", (300, 7)), "300 x 7 pixels is too small"),
    ],
)
def test_bad_sources(source, says: str) -> None:
    with pytest.raises(DrawingError) as caught:
        Drawing.load(source)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_limit_can_be_raised_and_lowered(sketch) -> None:
    image = Image.fromarray(255 - sketch(300, 400))
    for source in (image, encode(image, "PNG"), np.asarray(image)):
        assert Drawing.load(source, max_megapixels=0.12).size == (400, 300)
        with pytest.raises(DrawingError, match=r"400 x 300 pixels is over the 0\.11 megapixel"):
            Drawing.load(source, max_megapixels=0.11)


def test_a_merged_picture_that_unpacks_to_far_more_than_its_pixels() -> None:
    data = zipped("mergedimage.png", b"\x89PNG\r\n\x1a\n" + bytes(30_000_000))
    assert len(data) < 40_000
    with pytest.raises(DrawingError, match="unpacks to 30 MB, over the 1 megapixel limit"):
        Drawing.load(data, max_megapixels=1)


def test_larger_than_pillow_itself_would_warn_about(monkeypatch, sketch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert Drawing.load(encode(Image.fromarray(255 - sketch(64, 96)), "PNG")).size == (96, 64)


def test_libtiff_does_not_add_lines_of_its_own(sketch, capfd) -> None:
    whole = encode(Image.fromarray(255 - sketch(40, 61)), "TIFF", compression="tiff_lzw")
    at = whole.index(b"\x80", 8)
    with pytest.raises(DrawingError, match="damaged or cut short"):
        Drawing.load(whole[:at] + b"\xff" * 40 + whole[at + 40 :])
    assert capfd.readouterr() == ("", "")


FORMATS = {
    "PNG": {},
    "JPEG": {},
    "TIFF": {"compression": "tiff_lzw"},
    "GIF": {},
    "BMP": {},
    "WEBP": {"lossless": True},
    "AVIF": {},
    "ORA": {},
}


def whole_file(sketch, format: str) -> bytes:
    image = Image.fromarray(255 - sketch(40, 61)).convert("RGB")
    if format == "ORA":
        return zipped("mergedimage.png", encode(image, "PNG"))
    return encode(image, format, **FORMATS[format])


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_cut_short_anywhere(sketch, format: str, data) -> None:
    whole = whole_file(sketch, format)
    load_or_drawing_error(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damaged_anywhere(sketch, format: str, data) -> None:
    damaged = bytearray(whole_file(sketch, format))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    load_or_drawing_error(bytes(damaged))


def load_or_drawing_error(data: bytes) -> None:
    try:
        drawing = Drawing.load(data, max_megapixels=1)
    except DrawingError:
        return
    assert np.isfinite(drawing.ink).all()
    assert 0 <= drawing.ink.min() <= drawing.ink.max() <= 1
