from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from irodori.collection.reading import UnreadableError, fit, read_picture

WIDTH, HEIGHT = 90, 60


def pixels() -> np.ndarray:
    random = np.random.default_rng(1)
    coarse = random.integers(0, 256, (HEIGHT // 10, WIDTH // 10, 3), np.uint8)
    return np.kron(coarse, np.ones((10, 10, 1), np.uint8))


def encoded(kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels()).save(out, kind, **how)
    return out.getvalue()


KINDS = {
    "png": encoded("png"),
    "webp": encoded("webp", lossless=True),
    "jpeg": encoded("jpeg", quality=95, subsampling=0),
    "progressive": encoded("jpeg", progressive=True),
}


@pytest.mark.parametrize("kind", ["png", "webp", "gif", "tiff", "bmp"])
def test_every_kind_gives_the_pixels_that_were_stored(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind}"
    how = {"lossless": True} if kind == "webp" else {}
    image = Image.fromarray(pixels())
    (image.quantize(255, dither=Image.Dither.NONE) if kind == "gif" else image).save(path, **how)
    with Image.open(path) as stored:
        expected = np.asarray(stored.convert("RGB"))
    np.testing.assert_array_equal(read_picture(path), expected)


@given(kind=st.sampled_from(sorted(KINDS)), share=st.floats(0, 1))
def test_a_file_that_is_cut_off_anywhere_is_no_picture(
    kind: str, share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = KINDS[kind]
    path = tmp_path_factory.mktemp("cut") / "a"
    path.write_bytes(data[: int(share * (len(data) - 1))])
    with pytest.raises(UnreadableError, match="unreadable"):
        read_picture(path)


def test_what_is_transparent_is_on_white(tmp_path: Path) -> None:
    clear = np.zeros((20, 30, 4), np.uint8)
    clear[5:10, 5:10] = (200, 10, 20, 255)
    clear[12:15] = (0, 0, 0, 128)
    Image.fromarray(clear).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[6, 6].tolist() == [200, 10, 20]
    assert picture[13, 3].tolist() == [127, 127, 127]


def test_sixteen_bits_and_grey(tmp_path: Path) -> None:
    deep = (pixels().astype(np.uint16) * 257)[..., ::-1]
    (tmp_path / "deep.png").write_bytes(cv2.imencode(".png", deep)[1].tobytes())
    np.testing.assert_array_equal(read_picture(tmp_path / "deep.png"), pixels())
    Image.fromarray(pixels()[..., 0]).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "grey.png")[..., 1], pixels()[..., 0])


def test_a_jpeg_stands_upright_and_may_come_smaller(tmp_path: Path) -> None:
    image = Image.fromarray(pixels()).resize((900, 600))
    exif = image.getexif()
    exif[0x0112] = 6  # taken with the camera on its side
    image.save(tmp_path / "a.jpg", exif=exif)
    assert read_picture(tmp_path / "a.jpg").shape == (900, 600, 3)
    assert read_picture(tmp_path / "a.jpg", enough=200).shape == (225, 150, 3)


def test_missing_empty_and_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("no picture")
    for name in ("empty", "text", "missing"):
        with pytest.raises(UnreadableError):
            read_picture(tmp_path / name)


@given(st.integers(8, 300), st.integers(8, 300), st.integers(8, 300))
def test_fit_keeps_the_aspect(width: int, height: int, side: int) -> None:
    fitted = fit(np.zeros((height, width, 3), np.uint8), side)
    assert max(fitted.shape[:2]) == side
    short = min(width, height) * side / max(width, height)
    assert abs(min(fitted.shape[:2]) - max(8, short)) <= 0.5
