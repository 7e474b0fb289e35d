from __future__ import annotations

import errno
import io
import os
import runpy
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from psd_tools import PSDImage

from irodori.color import flat_file, layers
from irodori.color.drawing import Drawing
from irodori.color.errors import OutputError

sample_coloring = runpy.run_path(str(Path(__file__).with_name("samples.py")))["sample_coloring"]

NAMES = ["flats", "shade", "ink", "hints"]
BLENDS = {"flats": "normal", "shade": "multiply", "ink": "multiply", "hints": "normal"}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

both = pytest.mark.parametrize("transparent", [False, True], ids=["opaque", "transparent"])
each_format = pytest.mark.parametrize("format", layers.FORMATS)
levels = st.integers(0, 255)


def written(coloring: Any, format: str) -> io.BytesIO:
    file = io.BytesIO()
    layers.write(coloring, file, format=format)
    file.seek(0)
    return file


def shown_by(stack: dict[str, np.ndarray], alpha: np.ndarray | None) -> np.ndarray:
    """What layers (H, W, 4) show, in floating point: the oracle for the composite."""
    color = stack["flats"][..., :3].astype(float)
    for name in ("shade", "ink"):
        source, opacity = stack[name][..., :3] / 255, stack[name][..., 3:] / 255
        color = color * (1 - opacity) + color * source * opacity
    if alpha is None:
        return color
    return np.concatenate([color, alpha[..., None]], 2)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestComposite:
    @given(st.tuples(levels, levels, levels), levels, levels)
    def test_is_the_product_rounded_twice(
        self, color: tuple[int, int, int], shade: int, dark: int
    ) -> None:
        flats = np.full((3, 2, 3), color, np.uint8)
        ink = np.full((3, 2), dark / 255, np.float32)
        picture = layers.composite(flats, np.full((3, 2), shade, np.uint8), ink)
        shaded = np.floor(np.array(color) * shade / 255 + 0.5)
        expected = np.floor(shaded * (255 - dark) / 255 + 0.5)
        np.testing.assert_array_equal(picture, np.broadcast_to(expected, (3, 2, 3)))

    def test_neither_shade_nor_ink_leaves_the_flats(self) -> None:
        coloring = sample_coloring()
        full = np.full_like(coloring.shade, 255)
        np.testing.assert_array_equal(layers.composite(coloring.flats, full), coloring.flats)
        none = np.zeros_like(coloring.drawing.ink)
        np.testing.assert_array_equal(layers.composite(coloring.flats, full, none), coloring.flats)

    def test_full_ink_is_black_and_more_rows_than_a_band(self) -> None:
        coloring = sample_coloring(40, 700)
        picture = layers.composite(coloring.flats, coloring.shade, coloring.drawing.ink)
        assert not picture[coloring.drawing.ink == 1].any()
        alone = layers.composite(
            coloring.flats[650:], coloring.shade[650:], coloring.drawing.ink[650:]
        )
        np.testing.assert_array_equal(picture[650:], alone)


class TestFlat:
    @both
    def test_the_layers_show_it(self, transparent: bool) -> None:
        coloring = sample_coloring(transparent=transparent)
        stack = {}
        for layer in layers.stack(coloring):
            rgba = np.full((layer.height, layer.width, 4), 255, np.uint8)
            rgba[..., :3] = 0 if layer.color is None else layer.color
            rgba[..., 3] = 255 if layer.alpha is None else layer.alpha
            stack[layer.name] = rgba
        assert list(stack) == NAMES
        flat = np.asarray(layers.flatten(coloring)).astype(float)
        assert np.abs(flat - shown_by(stack, coloring.alpha())).max() <= 1

    def test_a_soft_black_line_on_nothing_stays_black(self) -> None:
        alpha = np.tile(np.arange(0, 256, 3, dtype=np.uint8), (30, 1))
        pixels = np.zeros((*alpha.shape, 4), np.uint8)
        pixels[..., 3] = alpha
        drawing = Drawing(alpha / np.float32(255), alpha)
        flats = np.full((*alpha.shape, 3), (250, 200, 90), np.uint8)
        coloring = sample_coloring()._replace(
            drawing=drawing, flats=flats, shade=np.full_like(alpha, 255)
        )
        np.testing.assert_array_equal(np.asarray(layers.flatten(coloring))[:, 1:], pixels[:, 1:])

    @both
    @pytest.mark.parametrize("format", ["png", "webp"])
    def test_kept_in_the_file(self, format: str, transparent: bool) -> None:
        coloring = sample_coloring(transparent=transparent, icc_profile=PROFILE, dpi=(300, 600))
        with Image.open(written(coloring, format)) as picture:
            assert picture.format == format.upper()
            assert picture.size == (97, 61)
            assert picture.mode == ("RGBA" if transparent else "RGB")
            assert picture.info["icc_profile"] == PROFILE
            found, wanted = np.asarray(picture), np.asarray(layers.flatten(coloring))
            exif = picture.getexif()
            dpi = picture.info["dpi"] if format == "png" else (exif[282], exif[283])
        assert tuple(round(float(value)) for value in dpi) == (300, 600)
        seen = wanted[..., 3] > 0 if transparent else np.ones((61, 97), bool)
        np.testing.assert_array_equal(found[seen], wanted[seen])
        if transparent:
            np.testing.assert_array_equal(found[..., 3], coloring.drawing.alpha)

    def test_nothing_is_embedded_that_was_not_there(self) -> None:
        with Image.open(written(sample_coloring(), "png")) as picture:
            assert not {"icc_profile", "dpi"} & set(picture.info)


class TestPsd:
    @both
    def test_layers(self, transparent: bool) -> None:
        coloring = sample_coloring(transparent=transparent)
        psd = PSDImage.open(written(coloring, "psd"))
        found = [layer for layer in psd.descendants() if not layer.is_group()]
        assert [layer.name for layer in found] == NAMES
        assert {layer.name: layer.blend_mode.name.lower() for layer in found} == BLENDS
        assert [layer.visible for layer in found] == [True, True, True, False]
        assert {layer.bbox for layer in found} == {(0, 0, 97, 61)}
        pixels = {layer.name: np.asarray(layer.topil().convert("RGBA")) for layer in found}
        flat = np.asarray(layers.flatten(coloring)).astype(float)
        assert np.abs(flat - shown_by(pixels, coloring.alpha())).max() <= 1
        np.testing.assert_array_equal(pixels["flats"][..., :3], coloring.flats)
        labels = coloring.hints.labels(61, 97)
        np.testing.assert_array_equal(pixels["hints"][..., 3], (labels > 0) * 255)
        colors = np.array(coloring.hints.colors())
        np.testing.assert_array_equal(
            pixels["hints"][labels > 0, :3], colors[labels[labels > 0] - 1]
        )

    def test_transparency_is_the_mask_of_a_group(self) -> None:
        coloring = sample_coloring(transparent=True)
        psd = PSDImage.open(written(coloring, "psd"))
        group, hints = psd
        assert (group.name, hints.name) == ("coloring", "hints")
        assert [layer.name for layer in group] == NAMES[:3]
        np.testing.assert_array_equal(np.asarray(group.mask.topil()), coloring.drawing.alpha)

    @both
    def test_merged_picture_profile_and_resolution(self, transparent: bool) -> None:
        coloring = sample_coloring(transparent=transparent, icc_profile=PROFILE, dpi=(300, 600))
        file = written(coloring, "psd")
        with Image.open(file) as picture:
            assert picture.size == (97, 61)
            assert picture.info["icc_profile"] == PROFILE
            flat = layers.flatten(coloring)
            paper = Image.new("RGB", flat.size, "white")
            paper.paste(flat, mask=flat.getchannel("A") if transparent else None)
            np.testing.assert_array_equal(np.asarray(picture)[..., :3], np.asarray(paper))
        again = Drawing.load(file.getvalue())
        assert again.size == (97, 61)
        assert again.dpi == pytest.approx((300, 600))
        if transparent:
            np.testing.assert_array_equal(again.alpha, coloring.drawing.alpha)
        else:
            assert again.alpha is None

    def test_no_hints_is_an_empty_layer(self) -> None:
        psd = PSDImage.open(written(sample_coloring(hints=False), "psd"))
        assert psd[-1].name == "hints"
        assert not np.asarray(psd[-1].topil().convert("RGBA"))[..., 3].any()


class TestOra:
    @both
    def test_layers(self, transparent: bool) -> None:
        coloring = sample_coloring(transparent=transparent, icc_profile=PROFILE, dpi=(300, 600))
        with zipfile.ZipFile(written(coloring, "ora")) as archive:
            assert archive.testzip() is None
            first = archive.infolist()[0]
            assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
            assert archive.read("mimetype") == b"image/openraster"
            root = ElementTree.fromstring(archive.read("stack.xml"))
            pictures = {
                name: Image.open(io.BytesIO(archive.read(name)))
                for name in archive.namelist()
                if name.endswith(".png")
            }
        assert root.attrib.items() >= {"w": "97", "h": "61", "xres": "300", "yres": "600"}.items()
        entries = list(root.find("stack"))
        assert [entry.get("name") for entry in entries] == NAMES[::-1]
        assert [entry.get("visibility") for entry in entries] == ["hidden"] + ["visible"] * 3
        operators = ["src-over", "multiply", "multiply", "src-over"]
        if transparent:
            operators[1:3] = ["src-atop", "src-atop"]
        assert [entry.get("composite-op") for entry in entries] == [f"svg:{op}" for op in operators]
        assert {picture.info["icc_profile"] for picture in pictures.values()} == {PROFILE}
        assert max(pictures["Thumbnails/thumbnail.png"].size) <= 256
        flat = np.asarray(layers.flatten(coloring))
        np.testing.assert_array_equal(np.asarray(pictures["mergedimage.png"]), flat)
        stack = {
            entry.get("name"): np.asarray(pictures[entry.get("src")].convert("RGBA"))
            for entry in entries
        }
        shown = shown_by(stack, stack["flats"][..., 3] if transparent else None)
        assert np.abs(flat.astype(float) - shown).max() <= 1

    def test_a_large_one_has_a_small_thumbnail(self) -> None:
        with zipfile.ZipFile(written(sample_coloring(400, 700), "ora")) as archive:
            thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
            merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
        assert thumbnail.size == (146, 256)
        assert merged.size == (400, 700)


class TestProfile:
    @each_format
    def test_colors_are_what_the_profile_calls_them(self, format: str) -> None:
        """A profile that swaps red and green must come with red and green swapped."""
        profile = _swapped_profile()
        coloring = sample_coloring(icc_profile=profile)
        plain = sample_coloring()
        file = written(coloring, format)
        if format == "ora":
            with zipfile.ZipFile(file) as archive:
                file = io.BytesIO(archive.read("mergedimage.png"))
        with Image.open(file) as picture:
            assert picture.info["icc_profile"] == profile
            found = np.asarray(picture).astype(int)
        seen = np.asarray(layers.flatten(plain)).astype(int)
        assert np.abs(found[..., [1, 0, 2]] - seen).mean() < 2
        assert np.abs(found - seen).mean() > 10


def _swapped_profile() -> bytes:
    """sRGB with the tags of its red and green primaries exchanged."""
    data = bytearray(PROFILE)
    count = int.from_bytes(data[128:132], "big")
    for entry in range(132, 132 + 12 * count, 12):
        name = bytes(data[entry : entry + 4])
        data[entry : entry + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
    start = data.index(b"s\0R\0G\0B") if b"s\0R\0G\0B" in data else data.index(b"sRGB")
    data[start] = ord("x")  # no longer the profile it calls itself
    return bytes(data)


class TestWriting:
    @each_format
    def test_the_ending_decides_unless_a_format_is_given(self, tmp_path: Path, format: str) -> None:
        coloring = sample_coloring()
        layers.write(coloring, tmp_path / f"a.{format.upper()}")
        layers.write(coloring, str(tmp_path / "a.other"), format=format)
        assert (tmp_path / "a.other").read_bytes() == (
            tmp_path / f"a.{format.upper()}"
        ).read_bytes()

    @pytest.mark.parametrize(
        ("name", "format", "says"),
        [
            ("a.jpg", None, r"ends in \.jpg; end it in one of png, webp, psd, ora"),
            ("picture", None, "has no ending; end it in one of"),
            ("a.png", "gif", "'gif' is not a format that can be written; use png"),
        ],
    )
    def test_other_formats(self, tmp_path: Path, name: str, format: str | None, says: str) -> None:
        with pytest.raises(OutputError, match=says):
            layers.write(sample_coloring(), tmp_path / name, format=format)
        assert not list(tmp_path.iterdir())

    def test_an_open_file_needs_a_format(self) -> None:
        with pytest.raises(OutputError, match="an open file needs a format"):
            layers.write(sample_coloring(), io.BytesIO())

    def test_an_existing_file_is_replaced_only_by_force(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(b"old")
        with pytest.raises(OutputError, match=r"a\.png: exists; .*--force"):
            layers.write(sample_coloring(), path)
        assert path.read_bytes() == b"old"
        layers.write(sample_coloring(), path, force=True)
        assert path.read_bytes().startswith(b"\x89PNG")
        assert names(tmp_path) == ["a.png"]

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "real.png").write_bytes(b"old")
        (tmp_path / "link.png").symlink_to("real.png")
        layers.write(sample_coloring(), tmp_path / "link.png", force=True)
        assert (tmp_path / "link.png").is_symlink()
        assert (tmp_path / "real.png").read_bytes().startswith(b"\x89PNG")

    def test_permissions_are_a_new_files(self, tmp_path: Path) -> None:
        layers.write(sample_coloring(), tmp_path / "a.png")
        (tmp_path / "b").touch()
        assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "b").stat().st_mode

    def test_the_longest_name(self, tmp_path: Path) -> None:
        name = "色" * 83 + "ab.png"  # 255 bytes, all that the system takes
        layers.write(sample_coloring(), tmp_path / name)
        assert names(tmp_path) == [name]

    @pytest.mark.parametrize(
        ("path", "says"),
        [
            ("missing/a.png", r"cannot be written \(No such file or directory\)"),
            ("folder.png", "is a folder; name a file in it"),
            ("/dev/full", "is not a regular file"),
            ("a\0b.png", "cannot be written"),
            ("/proc/a.png", "cannot be written"),
            ("c" * 300 + ".png", r"cannot be written \(File name too long\)"),
        ],
    )
    def test_places_that_take_no_file(self, tmp_path: Path, path: str, says: str) -> None:
        (tmp_path / "folder.png").mkdir()
        with pytest.raises(OutputError, match=says) as caught:
            layers.write(sample_coloring(), tmp_path / path, format="png", force=True)
        assert "\n" not in str(caught.value)
        assert names(tmp_path) == ["folder.png"]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
    def test_a_read_only_folder(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="Permission denied"):
            layers.write(sample_coloring(), tmp_path / "a.png")

    @pytest.mark.parametrize(
        "failure",
        [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), MemoryError()],
    )
    def test_what_fails_halfway_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
    ) -> None:
        def fail(picture: object, file: Any, format: str) -> None:
            file.write(b"half")
            raise failure

        monkeypatch.setattr(flat_file, "write", fail)
        (tmp_path / "a.png").write_bytes(b"old")
        expected = OutputError if isinstance(failure, OSError) else type(failure)
        with pytest.raises(expected) as caught:
            layers.write(sample_coloring(), tmp_path / "a.png", force=True)
        assert names(tmp_path) == ["a.png"]
        assert (tmp_path / "a.png").read_bytes() == b"old"
        if expected is OutputError:
            assert "a.png: cannot be written (No space left on device)" in str(caught.value)

    @pytest.mark.parametrize(("format", "limit"), [("webp", 16383), ("psd", 30000)])
    def test_formats_have_limits(self, tmp_path: Path, format: str, limit: int) -> None:
        large = sample_coloring()._replace(
            drawing=Drawing(np.broadcast_to(np.float32(0), (8, limit + 1)))
        )
        with pytest.raises(OutputError, match=f"{limit + 1} x 8 pixels is over the {limit} of"):
            layers.write(large, tmp_path / f"a.{format}")
