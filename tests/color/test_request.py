"""What people hand in is understood, whatever form it has."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import irodori
from irodori.color.request import read_hints, read_palette

HINTS = {"dabs": [{"x": 40, "y": 60, "color": "#20a040", "radius": 5}]}


def test_every_form_of_a_drawing_gives_the_same_picture(drawing: Path) -> None:
    picture = Image.open(drawing)
    forms = [
        drawing,
        str(drawing),
        drawing.read_bytes(),
        io.BytesIO(drawing.read_bytes()),
        picture,
        np.asarray(picture),
        irodori.Drawing.load(drawing),
    ]
    pictures = [np.asarray(irodori.colorize(form).image()) for form in forms]
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)
    assert pictures[0].shape == (80, 120, 3)


def test_every_form_of_hints_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "hints.json"
    path.write_text(json.dumps(HINTS))
    expected = irodori.Hints((irodori.Dab(40, 60, (0x20, 0xA0, 0x40), 5),))
    for form in (HINTS, json.dumps(HINTS), path, str(path), expected):
        assert read_hints(form, size=(120, 80)) == expected
    assert len(read_hints(None, size=(120, 80))) == 0


def test_hints_must_fit_the_drawing() -> None:
    with pytest.raises(irodori.HintError, match="outside"):
        read_hints(HINTS, size=(30, 80))


def test_every_form_of_a_palette_is_the_same(tmp_path: Path) -> None:
    expected = irodori.Palette.of([(255, 0, 0), (0, 0, 255)])
    for form in ("#ff0000,#0000ff", ["#0000ff", "#ff0000"], [(255, 0, 0), (0, 0, 255)], expected):
        assert read_palette(form) == expected
    assert len(read_palette(None)) == 0
    halves = Image.new("RGB", (40, 20), "#ff0000")
    halves.paste("#0000ff", (20, 0, 40, 20))
    halves.save(tmp_path / "flag.png")
    colors = set(read_palette(tmp_path / "flag.png").colors())
    assert colors == {(255, 0, 0), (0, 0, 255)}


def test_a_colorist_by_its_folder(drawing: Path, tmp_path: Path) -> None:
    with pytest.raises(irodori.ColoristError, match="monet"):
        irodori.colorize(drawing, colorist=tmp_path / "monet")


def test_seeds_differ_and_repeat(drawing: Path) -> None:
    first, again, other = (irodori.colorize(drawing, seed=seed).color() for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
