"""Every format and mode that people bring, compared with the ink it was made from."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from irodori.color.containers import Picture
from irodori.color.drawing import Drawing
from irodori.color.pixels import from_srgb, normalize

SIZES = st.tuples(st.integers(8, 90), st.integers(8, 90)).filter(lambda size: size[0] != size[1])


def encode(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def grey_of(ink: np.ndarray) -> Image.Image:
    return Image.fromarray(255 - ink)


def assert_same(drawing: Drawing, ink: np.ndarray, tolerance: float = 2 / 255) -> None:
    assert drawing.ink.dtype == np.float32
    assert drawing.ink.shape == ink.shape
    assert drawing.size == ink.shape[::-1]
    assert np.abs(drawing.ink - ink / 255).max() <= tolerance


# Mode -> the picture of that mode which shows this ink, and how close its ink comes.
def as_mode(ink: np.ndarray, mode: str) -> tuple[Image.Image, float]:
    grey = grey_of(ink)
    if mode == "1":
        return grey.convert("1", dither=Image.Dither.NONE), 0.51
    if mode == "I;16":
        return Image.fromarray((255 - ink).astype(np.uint16) * 257), 2 / 255
    if mode == "I":
        return Image.fromarray((255 - ink).astype(np.int32) * 257), 2 / 255
    if mode == "F":
        return Image.fromarray(((255 - ink) / 255).astype(np.float32)), 2 / 255
    if mode == "LAB":
        srgb = ImageCms.createProfile("sRGB")
        lab = ImageCms.createProfile("LAB")
        made = ImageCms.profileToProfile(grey.convert("RGB"), srgb, lab, outputMode="LAB")
        assert made is not None
        return made, 6 / 255
    return grey.convert(mode), 4 / 255


MODES = [
    "1",
    "L",
    "LA",
    "P",
    "RGB",
    "RGBA",
    "RGBX",
    "CMYK",
    "YCbCr",
    "HSV",
    "LAB",
    "I",
    "F",
    "I;16",
]


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=8, deadline=None)
@given(size=SIZES)
def test_every_mode_and_size(sketch, mode: str, size: tuple[int, int]) -> None:
    ink = sketch(*size)
    image, tolerance = as_mode(ink, mode)
    drawing = Drawing.load(image)
    assert 0 <= drawing.ink.min() <= drawing.ink.max() <= 1
    if min(size) >= 32:  # thinner lines are never black, and so are stretched
        assert_same(drawing, ink, tolerance)
    assert drawing.ink.shape == size
    assert drawing.alpha is None


@pytest.mark.parametrize(
    ("format", "modes"),
    [
        ("PNG", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]),
        ("TIFF", ["1", "L", "RGB", "RGBA", "CMYK", "LAB", "I;16", "F"]),
        ("BMP", ["1", "L", "RGB"]),
        ("GIF", ["L", "P"]),
    ],
)
def test_lossless_formats_give_what_the_picture_gives(sketch, format: str, modes) -> None:
    for mode in modes:
        image, _ = as_mode(sketch(70, 97), mode)
        loaded = Drawing.load(encode(image, format))
        assert np.array_equal(loaded.ink, Drawing.load(image).ink), mode


@pytest.mark.parametrize("format", ["WEBP", "AVIF"])
def test_lossless_webp_and_fine_avif(sketch, format: str) -> None:
    ink = sketch(70, 97)
    options = {"lossless": True} if format == "WEBP" else {"quality": 100}
    assert_same(Drawing.load(encode(grey_of(ink).convert("RGB"), format, **options)), ink, 0.02)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_also_cmyk_as_adobe_inverts_it(sketch, mode: str) -> None:
    ink = sketch(70, 97)
    data = encode(as_mode(ink, mode)[0], "JPEG", quality=98)
    assert_same(Drawing.load(data), ink, 0.08)
    assert mode != "CMYK" or b"Adobe" in data


def test_sixteen_bit_rgb(sketch, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    ink = sketch(70, 97)
    deep = np.repeat((255 - ink).astype(np.uint16)[..., None] * 257, 3, axis=2)
    for name in ["deep.png", "deep.tif"]:
        cv2.imwrite(str(tmp_path / name), deep, [cv2.IMWRITE_TIFF_COMPRESSION, 1])
        assert_same(Drawing.load(tmp_path / name), ink)


def test_palette_with_transparency(sketch) -> None:
    ink = sketch(70, 97)
    image = Image.frombytes("P", ink.shape[::-1], (ink > 127).astype(np.uint8).tobytes())
    image.putpalette([9, 9, 9, 0, 0, 0])  # index 0, the paper, is nearly black but transparent
    drawing = Drawing.load(encode(image, "PNG", transparency=0))
    assert_same(drawing, np.where(ink > 127, 255, 0))
    assert drawing.alpha is not None
    assert drawing.ink_in_alpha


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_exif_orientation(sketch, orientation: int, format: str) -> None:
    """A picture turned by the inverse of its EXIF tag is the upright picture."""
    ink = sketch(64, 96)
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = grey_of(ink).convert("RGB")
    stored = image.transpose(turn[orientation]) if orientation in turn else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    dpi = {} if format == "WEBP" else {"dpi": (300, 150)}
    options = {"lossless": True} if format == "WEBP" else {"quality": 98}
    drawing = Drawing.load(encode(stored, format, exif=exif, **options, **dpi))
    assert_same(drawing, ink, 0.08)
    if dpi and format != "TIFF":
        turned = (150, 300) if orientation >= 5 else (300, 150)
        assert drawing.dpi == pytest.approx(turned, abs=1)


def test_alpha_is_kept_and_blended_over_white(sketch) -> None:
    ink = sketch(70, 97)
    image = grey_of(ink).convert("RGBA")
    alpha = np.full(ink.shape, 255, np.uint8)
    alpha[:, :9] = 0
    image.putalpha(Image.fromarray(alpha))
    drawing = Drawing.load(encode(image, "PNG"))
    assert drawing.alpha is not None
    assert np.array_equal(drawing.alpha, alpha)
    assert not drawing.ink_in_alpha
    assert_same(drawing, np.where(alpha > 0, ink, 0))


@pytest.mark.parametrize("tone", [0, 255])
def test_a_drawing_that_is_all_alpha(sketch, tone: int) -> None:
    ink = sketch(70, 97)
    image = Image.new("LA", ink.shape[::-1], (tone, 0))
    image.putalpha(Image.fromarray(ink))
    drawing = Drawing.load(encode(image, "PNG"))
    assert drawing.ink_in_alpha
    assert_same(drawing, ink)


@pytest.mark.parametrize("kind", ["ora", "kra"])
def test_ora_and_kra_give_their_merged_picture(sketch, tmp_path: Path, kind: str) -> None:
    ink = sketch(70, 97)
    path = tmp_path / f"page.{kind}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("mergedimage.png", encode(grey_of(ink).convert("RGBA"), "PNG"))
    drawing = Drawing.load(path)
    assert_same(drawing, ink)
    assert drawing.name == f"page.{kind}"


def test_every_source_gives_the_same(sketch, tmp_path: Path) -> None:
    ink = sketch(70, 97)
    path = tmp_path / "page.jpg"  # a PNG by its content, which is what counts
    path.write_bytes(encode(grey_of(ink), "PNG"))
    sources = [str(path), path, path.read_bytes(), io.BytesIO(path.read_bytes()), grey_of(ink)]
    sources += [255 - ink, (255 - ink)[..., None], np.stack([255 - ink] * 3, axis=2)]
    sources += [(255 - ink) / 255, ((255 - ink) / 255).astype(np.float16)]
    sources += [(255 - ink).astype(np.uint16) * 257, np.dstack([255 - ink] * 3 + [ink * 0 + 255])]
    for source in sources:
        assert_same(Drawing.load(source), ink)
    assert_same(Drawing.load(ink < 128), np.where(ink < 128, 0, 255))
    with path.open("rb") as file:
        assert Drawing.load(file).name == "page.jpg"
    assert Drawing.load(path.read_bytes()).name == "drawing"
    assert Drawing.load(path, name="other").name == "other"


def test_a_pillow_picture_is_left_as_it_was(sketch) -> None:
    image = as_mode(sketch(70, 97), "RGBA")[0]
    before = image.tobytes()
    drawing = Drawing.load(image)
    assert (image.mode, image.tobytes()) == ("RGBA", before)
    with pytest.raises(ValueError, match="read-only"):
        drawing.ink[0, 0] = 1


def profile_bytes(space: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()


def test_profile_and_resolution_are_kept(sketch) -> None:
    srgb = profile_bytes("sRGB")
    image = as_mode(sketch(70, 97), "RGB")[0]
    drawing = Drawing.load(encode(image, "PNG", icc_profile=srgb, dpi=(300, 300)))
    assert drawing.icc_profile == srgb
    assert drawing.dpi == pytest.approx((300, 300), abs=1)
    assert from_srgb(image, srgb).tobytes() == image.tobytes()


def odd_profile() -> bytes:
    """An RGB profile that is far from sRGB: red and green have changed places in it."""
    data = bytearray(profile_bytes("sRGB").replace("sRGB".encode("utf-16-be"), b"\0o\0R\0G\0B"))
    count = int.from_bytes(data[128:132], "big")
    rows = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = (slice(rows[key] + 4, rows[key] + 12) for key in (b"rXYZ", b"gXYZ"))
    data[red], data[green] = data[green], data[red]
    return bytes(data)


def test_numbers_of_another_rgb_become_srgb_and_can_go_back() -> None:
    profile = odd_profile()
    stored = Image.new("RGB", (32, 24), (0, 220, 0))  # red, as this profile has it
    pixels = normalize(Picture(Image.open(io.BytesIO(encode(stored, "PNG", icc_profile=profile)))))
    red, green, blue = (int(level) for level in pixels.over_white[5, 5])
    assert red > 200
    assert max(green, blue) < 20
    assert pixels.icc_profile == profile
    back = np.asarray(from_srgb(Image.fromarray(pixels.over_white), profile)).astype(int)
    assert np.abs(back - np.asarray(stored)).max() <= 3


@pytest.mark.parametrize("profile", [profile_bytes("LAB"), b"no profile at all", b"\0" * 200])
def test_a_profile_that_does_not_fit_is_dropped(sketch, profile: bytes) -> None:
    ink = sketch(70, 97)
    drawing = Drawing.load(encode(grey_of(ink).convert("RGB"), "PNG", icc_profile=profile))
    assert_same(drawing, ink)
    assert drawing.icc_profile is None


def test_of_several_frames_the_first(sketch) -> None:
    ink = sketch(70, 97)
    more = [Image.new("L", (97, 70), 0)]
    for format in ["GIF", "TIFF", "WEBP"]:
        first = grey_of(ink).convert("RGB" if format == "WEBP" else "L")
        options = {"lossless": True} if format == "WEBP" else {}
        data = encode(first, format, save_all=True, append_images=more, **options)
        assert_same(Drawing.load(data), ink)


def test_a_clean_drawing_needs_no_heavy_import(sketch, tmp_path: Path) -> None:
    path = tmp_path / "clean.png"
    grey_of(sketch(70, 97)).convert("RGB").save(path)
    heavy = "{'cv2', 'psd_tools', 'scipy', 'skimage', 'onnxruntime', 'torch'} & set(sys.modules)"
    code = (
        "import sys; from irodori.color.drawing import Drawing; "
        f"Drawing.load({str(path)!r}); assert not {heavy}, {heavy}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
