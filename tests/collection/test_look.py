"""Contact sheets of selections: the right pictures in the right places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irodori.cli import main
from irodori.collection.look import look, small_picture, spread
from irodori.collection.pair import COLUMNS
from irodori.collection.store import Collection

STEP = 216  # pixels from a cell to the next


@pytest.fixture
def grays(tmp_path: Path) -> Collection:
    """Twelve pictures, each of its own gray; every third has line art, which is red here."""
    made = Collection.create(tmp_path / "grays")
    rows = []
    for number in range(12):
        name = f"g{number:02d}"
        Image.new("L", (90, 60), 20 * number).save(made.folder / f"{name}.png")
        row = {"id": name, "path": f"{name}.png", "width": 100 - number, "tags": ["gray"]}
        if number % 3 == 0:
            Image.new("RGB", (90, 60), "red").save(made.folder / f"{name}.line.png")
            row["line_path"] = f"{name}.line.png"
        rows.append(row)
    made.add(rows)
    return made


def seen(sheet: Image.Image, column: int, row: int, height: int) -> tuple[int, ...]:
    """The color in the middle of a place."""
    pixels = np.asarray(sheet)
    return tuple(pixels[8 + row * height + 104, 8 + column * STEP + 104].tolist())


def test_pictures_stand_in_order(grays: Collection) -> None:
    sheet, shown, selected = look(grays, "line_path IS NULL AND width > 90")
    assert (shown, selected) == (6, 6)
    found = [seen(sheet, column, 0, 0)[0] for column in range(6)]
    assert found == [20 * number for number in (1, 2, 4, 5, 7, 8)]


def test_line_art_stands_beside_its_picture(grays: Collection) -> None:
    sheet, _, _ = look(grays, "width > 96")
    row = [seen(sheet, column, 0, 0) for column in range(6)]
    assert row[:3] == [(0, 0, 0), (255, 0, 0), (20, 20, 20)]
    assert row[4] == (40, 40, 40)
    assert row[3] == row[5] == (244, 244, 244)


def test_drawn_line_art_and_flats_stand_there_too(grays: Collection) -> None:
    for name, color in (("l0", "blue"), ("l1", "lime"), ("flats", "orange")):
        Image.new("RGB", (90, 60), color).save(grays.folder / f"{name}.png")
    row = {
        "id": "g01",
        "lines": ["l0.png", "l1.png"],
        "pens": ["dog thickness +0.00 strength 1.00", "flow thickness +1.00 strength 0.50"],
        "flat_path": "flats.png",
    }
    grays.set_columns([row], COLUMNS)
    sheet, _, _ = look(grays, "id IN ('g01', 'g02')")
    colors = [seen(sheet, column, 0, 0) for column in range(5)]
    assert colors == [(20, 20, 20), (0, 0, 255), (0, 255, 0), (255, 165, 0), (40, 40, 40)]


def test_sorted_by_a_column(grays: Collection) -> None:
    low, _, _ = look(grays, "line_path IS NULL", sort="width", limit=2)
    high, _, _ = look(grays, "line_path IS NULL", sort="-width", limit=2)
    assert [seen(low, column, 0, 0)[0] for column in (0, 1)] == [220, 200]
    assert [seen(high, column, 0, 0)[0] for column in (0, 1)] == [20, 40]


def test_a_sample_is_from_all_over() -> None:
    records = [{"id": number} for number in range(100)]
    assert [record["id"] for record in spread(records, 4)] == [0, 33, 66, 99]
    assert spread(records[:3], 4) == records[:3]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "I;16", "CMYK", "1"])
def test_small_pictures_of_any_kind(mode: str, tmp_path: Path) -> None:
    kind = "tif" if mode in ("CMYK", "I;16") else "png"
    image = Image.new(mode, (400, 200))
    if mode in ("RGBA", "LA"):
        image.putalpha(0)
    image.save(tmp_path / f"a.{kind}")
    small = small_picture(tmp_path / f"a.{kind}", 100)
    assert (small.mode, small.size) == ("RGB", (100, 50))
    if mode in ("RGBA", "LA"):
        assert small.getpixel((50, 25)) == (255, 255, 255)


def test_a_photograph_turned_by_its_camera(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200)).save(tmp_path / "a.jpg", exif=exif)
    assert small_picture(tmp_path / "a.jpg", 100).size == (50, 100)


def test_a_damaged_picture_is_shown_as_such(grays: Collection, tmp_path: Path) -> None:
    (grays.folder / "g01.png").write_bytes(b"nothing")
    assert main(["data", "look", str(grays.folder), "-o", str(tmp_path / "sheet.png")]) == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 1000


def test_what_cannot_be_meant(
    grays: Collection, tmp_path: Path, refused: Callable[..., str]
) -> None:
    said = {
        "selec": "columns are id, path",
        "'": "condition",
        "width > 1000": "no picture meets",
    }
    for where, expected in said.items():
        line = refused("data", "look", grays.folder, "--where", where, folder=tmp_path)
        assert expected in line
    line = refused("data", "look", grays.folder, "--sort", "-beauty", folder=tmp_path)
    assert "no such column" in line
    assert "no such folder" in refused("data", "look", tmp_path / "none", folder=tmp_path)
