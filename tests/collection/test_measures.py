from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.collection.entanglement import entanglement
from irodori.collection.measures import COLUMNS, count_characters, measure, measure_picture
from irodori.collection.photo import photo_likeness, texture
from irodori.collection.reading import read_picture
from irodori.collection.writing import share_of_writing

figures = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("figures.py"))))

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def bundled(name: str) -> np.ndarray:
    import skimage

    return read_picture(Path(skimage.__file__).with_name("data") / name)


def test_every_column_has_a_value(tmp_path: Path) -> None:
    figure = figures.figure(np.random.default_rng(0))
    figures.save(tmp_path / "a.png", figure)
    values = measure(tmp_path, {"path": "a.png", "tags": ["1girl", "solo"]})
    assert values.keys() == set(COLUMNS.names)
    assert values["characters"] == 1
    assert None not in values.values()


@given(seeds)
@settings(max_examples=15)
def test_a_drawing_is_neither_blank_nor_a_photograph(random: np.random.Generator) -> None:
    values = measure_picture(figures.figure(random))
    assert values["contrast"] > 100
    assert values["edges"] > 0.05
    assert values["one_color"] < 0.95
    assert values["colored"] > 0.05
    assert values["photo"] < 0.2
    assert values["text"] < 0.1


@given(seeds)
@settings(max_examples=15)
def test_an_empty_page_has_no_edges_and_no_hash(random: np.random.Generator) -> None:
    values = measure_picture(figures.blank(random))
    assert values["contrast"] < 16
    assert values["edges"] < 0.001
    assert values["hashes"] is None


def test_a_gradient_and_a_speck_are_near_uniform() -> None:
    gradient = np.repeat(np.linspace(90, 190, 300).astype(np.uint8)[None], 200, 0)
    assert measure_picture(cv2.merge([gradient] * 3))["edges"] < 0.001
    speck = np.full((300, 200, 3), 240, np.uint8)
    speck[40:44, 50:54] = 0
    assert measure_picture(speck)["one_color"] > 0.995


def test_grey_has_no_hue_and_one_red_mark_has() -> None:
    grey = cv2.cvtColor(figures.figure(np.random.default_rng(1)), cv2.COLOR_RGB2GRAY)
    grey = cv2.merge([grey] * 3)
    assert measure_picture(grey)["colored"] == 0
    grey[100:140, 100:140] = (220, 30, 40)
    assert measure_picture(grey)["colored"] > 0.01


@pytest.mark.parametrize("name", ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"])
def test_photographs_are_known(name: str) -> None:
    assert photo_likeness(bundled(name)) > 0.5


def test_texture_of_any_shape() -> None:
    for height, width in ((10, 300), (64, 64), (130, 70), (900, 500)):
        squares = texture(np.full((height, width, 3), 200, np.uint8))
        assert squares.shape[1] == 19
        assert np.isfinite(squares).all()


def test_a_printed_page_is_writing_and_a_face_is_not() -> None:
    assert share_of_writing(bundled("page.png")) > 0.4
    assert share_of_writing(255 - bundled("page.png")) > 0.4
    assert share_of_writing(bundled("astronaut.png")) < 0.2


@pytest.mark.parametrize(
    ("tags", "count"),
    [
        (["1girl", "solo"], 1),
        (["2girls", "1boy"], 3),
        (["6+girls"], 6),
        (["multiple girls"], 2),
        (["solo"], 1),
        (["1other"], 1),
        (["red hair", "girl with a pearl", "scene"], None),
        ([], None),
    ],
)
def test_characters_by_tags(tags: list[str], count: int | None) -> None:
    assert count_characters(tags) == count


def scribble(random: np.random.Generator, strokes: int, side: int = 600) -> np.ndarray:
    page = np.full((side, side * 3 // 4, 3), 255, np.uint8)
    for _ in range(strokes):
        ends = (random.random((2, 2)) * (side * 3 // 4, side)).astype(int)
        cv2.line(page, ends[0].tolist(), ends[1].tolist(), (0, 0, 0), side // 200, cv2.LINE_AA)
    return page


@given(seeds)
@settings(max_examples=15)
def test_more_crossing_strokes_are_more_tangled(random: np.random.Generator) -> None:
    page = entanglement(scribble(random, 0))
    few, many = entanglement(scribble(random, 6)), entanglement(scribble(random, 60))
    assert 0 <= page <= 0.01
    assert few < many - 0.1
    assert many <= 1


@given(seeds)
@settings(max_examples=10)
def test_entanglement_does_not_grow_with_resolution(random: np.random.Generator) -> None:
    page = scribble(random, 25, 1200)
    half = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert entanglement(half) == pytest.approx(entanglement(page), abs=0.03)


def test_parallel_lines_are_less_tangled_than_crossing_ones() -> None:
    page = np.full((400, 300, 3), 255, np.uint8)
    page[:, ::10] = page[:, 1::10] = 0
    crossing = page.copy()
    crossing[::10] = crossing[1::10] = 0
    assert entanglement(page) < 0.5 * entanglement(crossing)
