"""Vector drawings as exact pairs."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from irodori.collection.errors import CollectionError
from irodori.collection.importing import Given, import_pictures
from irodori.collection.store import Collection
from irodori.collection.vector import SIDE, draw_vector

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10">'
FLAT = HEAD + '<rect x="2" y="2" width="8" height="6" fill="#d02020"/></svg>'
INKED = HEAD + (
    '<rect x="2" y="2" width="8" height="6" fill="#d02020" stroke="black" stroke-width="0.8"/>'
    '<rect x="4" y="4" width="2" height="2" fill="#ffb0b0"/></svg>'
)


def line_of(svg: str, **options: float) -> NDArray[np.uint8]:
    pair = draw_vector(svg.encode(), side=200, **options)
    assert pair.line is not None
    return np.asarray(pair.line)


def test_a_flat_shape_is_outlined_where_it_ends_and_white_inside() -> None:
    pair = draw_vector(FLAT.encode(), side=200, outline=4)
    assert pair.color.size == (200, 100)
    assert pair.line is not None
    assert pair.line.size == (200, 100)
    assert pair.color.getpixel((60, 50)) == (208, 32, 32)
    line = np.asarray(pair.line)
    assert line[50, 60] == 255
    assert line[50, 150] == 255
    dark = np.flatnonzero(line[50] < 128)
    assert dark.tolist() == [*range(18, 22), *range(98, 102)]


@given(st.integers(2, 8), st.sampled_from(["scale(4)", "matrix(4 0 0 4 0 0)", "scale(4 4)"]))
def test_an_outline_is_as_wide_as_asked_whatever_stretches_the_shape(
    outline: int, transform: str
) -> None:
    shape = f'<rect x="0.5" y="0.5" width="2" height="1.5" fill="red" transform="{transform}"/>'
    line = line_of(f"{HEAD}{shape}</svg>", outline=outline)
    assert (line[50] < 128).sum() == pytest.approx(2 * outline, abs=2)


def test_a_drawing_with_outlines_keeps_them_and_its_lights_get_none() -> None:
    line = line_of(INKED, outline=4)
    across = np.flatnonzero(line[50] < 128)
    assert across.tolist() == [*range(16, 24), *range(96, 104)]


def test_what_lies_behind_stays_hidden() -> None:
    front = '<circle cx="10" cy="5" r="3" fill="gold"/>'
    assert line_of(FLAT.replace("</svg>", front + "</svg>"))[50, 100] == 255


@pytest.mark.parametrize(
    "shape",
    [
        '<rect x="2" y="2" width="8" height="6" fill="#111" fill-opacity="0.3"/>',
        '<g opacity="0.5"><rect x="2" y="2" width="8" height="6" fill="red"/></g>',
        '<rect x="2" y="2" width="8" height="6" fill="red" style="display: none"/>',
    ],
)
def test_shade_light_and_what_is_hidden_leave_no_line(shape: str) -> None:
    assert (line_of(f"{HEAD}{shape}</svg>") == 255).all()


def test_glass_keeps_the_outline_that_it_has() -> None:
    glass = INKED.replace('fill="#d02020"', 'fill="#d02020" fill-opacity="0.2"')
    assert line_of(glass)[50, 20] < 128


def test_style_sheets_of_classes_are_heeded() -> None:
    sheet = "<style>.ink, .eye {fill: #101010}</style>"
    shape = '<rect x="2" y="2" width="8" height="6" class="eye"/>'
    solid = f"{HEAD}{sheet}{shape}</svg>"
    assert line_of(solid)[50, 60] == 0
    assert line_of(solid, solid=False)[50, 60] == 255


def test_lengths_in_points_stand_for_a_view_box() -> None:
    svg = FLAT.replace('viewBox="0 0 20 10"', 'width="15pt" height="7.5pt"')
    assert np.array_equal(line_of(svg), line_of(FLAT))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg", "no SVG"),
        (b"<html/>", "<html>"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "viewBox"),
        (gzip.compress(b" " * (70 << 20)), "MiB"),
        (b"\x1f\x8b broken", "no SVG"),
    ],
)
def test_what_is_no_drawing_is_named(data: bytes, said: str) -> None:
    with pytest.raises(CollectionError, match=said):
        draw_vector(data)


def test_import_makes_pairs_and_keeps_what_is_broken_for_cleaning_to_name(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    folder.mkdir()
    (folder / "plain.svg").write_text(FLAT)
    (folder / "packed.svgz").write_bytes(gzip.compress(FLAT.encode()))
    (folder / "photo.svg").write_text(FLAT.replace("</svg>", '<image width="1"/></svg>'))
    (folder / "broken.svg").write_text("<svg")
    (folder / "both.color.svg").write_text(FLAT)
    (folder / "both.line.svg").write_text(FLAT)
    assert import_pictures(tmp_path / "art", folder, Given()).new == 5
    collection = Collection.open(tmp_path / "art")
    rows = {row["id"]: row for row in collection.records()}
    for name in ("plain", "packed", "both"):
        row = rows[f"vectors-{name}"]
        assert (row["width"], row["height"]) == (SIDE, SIDE // 2)
        with Image.open(collection.path(row["line_path"])) as line:
            assert line.size == (SIDE, SIDE // 2)
    assert rows["vectors-photo"]["line_path"] is None
    assert rows["vectors-broken"]["width"] is None
