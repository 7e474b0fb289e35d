from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from irodori.collection.synth.canvas import Canvas, Style
from irodori.collection.synth.curves import box, ellipse, path
from irodori.collection.synth.pen import Pen

PEN = Pen("technical", 4)
STYLE = Style(PEN, "none", (-0.8, -0.6), (0.8, 0.7, 0.9), (0, 0, 0))
RED, BLUE = (220, 40, 40), (40, 60, 210)


def canvas(style: Style = STYLE, seed: int = 0) -> Canvas:
    return Canvas((160, 96), style, np.random.default_rng(seed))


def test_a_shape_has_even_color_inside_and_ink_around() -> None:
    sheet = canvas()
    sheet.shape(box(20, 20, 100, 70), RED)
    color, line = sheet.finish()
    assert color.shape == (96, 160, 3)
    assert line.shape == (96, 160)
    assert (color[24:66, 24:96] == RED).all()
    assert (line[24:66, 24:96] == 255).all()
    assert line[20, 30:90].max() < 130
    assert (color[80:] == 255).all()


def test_a_shape_hides_what_is_behind_it_in_both_pictures() -> None:
    sheet = canvas()
    sheet.shape(box(20, 20, 100, 70), RED, depth=10)
    sheet.fill(box(60, 10, 150, 90), BLUE)
    color, line = sheet.finish()
    assert (color[12:88, 62:148] == BLUE).all()
    assert (line[12:88, 62:148] == 255).all()


def test_nothing_is_drawn_outside_of_an_inside() -> None:
    sheet = canvas()
    with sheet.inside(ellipse((80, 48), (30, 20))):
        sheet.shape(box(0, 0, 160, 96), RED)
        with sheet.inside(box(80, 0, 160, 96)):
            sheet.fill(box(0, 0, 160, 96), BLUE)
    color, line = sheet.finish()
    assert (color[:26] == 255).all()
    assert (color[48, 55:78] == RED).all()
    assert (color[48, 82:105] == BLUE).all()
    assert (line == 255).all()  # its outline lies outside


def test_an_inside_may_lie_off_the_sheet() -> None:
    sheet = canvas()
    with sheet.inside(ellipse((-200, -200), (30, 20))):
        sheet.shape(box(0, 0, 160, 96), RED)
    assert (sheet.finish()[0] == 255).all()


def test_what_is_placed_is_moved_scaled_turned_and_flipped() -> None:
    sheet = canvas()
    with sheet.placed((80, 48), 2, turn=90), sheet.placed((0, 0), flipped=True):
        sheet.fill(box(-20, -5, -10, 5), RED)  # flipped to the right, turned down, twice as large
    color, _ = sheet.finish()
    assert (color[70:86, 72:88] == RED).all()
    assert (color[:60] == 255).all()


def test_an_outline_is_open_where_shapes_grow_together() -> None:
    sheet = canvas()
    sheet.shape(ellipse((80, 48), (40, 30), steps=120), RED, open_at=[((120, 48), 12)])
    _, line = sheet.finish()
    assert line[48, 118:122].min() > 250
    assert line[48, 38:42].min() < 100


@pytest.mark.parametrize("shading", ["hard", "soft"])
def test_shade_lies_on_the_side_away_from_the_light(shading: str) -> None:
    sheet = canvas(replace(STYLE, shading=shading))
    sheet.shape(box(20, 10, 140, 86), RED, depth=20)
    color, line = sheet.finish()
    assert (color[40, 50] == RED).all()
    assert color[40, 134, 0] < RED[0] * 0.86
    assert line[40, 134] == 255


@pytest.mark.parametrize("kind", ["technical", "brush", "ballpoint", "pencil", "scan"])
def test_colors_change_only_where_there_is_ink(kind: str) -> None:
    pen = replace(PEN, kind=kind, varying=0.3, tapered=True, wavering=0.5, broken=0.5)
    sheets = [canvas(replace(STYLE, pen=pen)) for _ in range(2)]
    for sheet in sheets:
        sheet.fill(box(0, 0, 160, 96), RED)
    sheets[0].line(path((10, 20), (80, 60), (150, 30)))
    color, line = sheets[0].finish()
    assert (line < 255).sum() > 200
    assert (color[line == 255] == RED).all()
    assert (color[line < 110].mean(0) < np.array(RED)).all()


def test_a_gap_of_a_broken_pen_is_seen() -> None:
    whole, broken = (canvas(replace(STYLE, pen=replace(PEN, broken=b))) for b in (0.0, 1.0))
    for sheet in (whole, broken):
        sheet.line(path((5, 48), (155, 48)))
    inked = [(sheet.finish()[1][48] < 128).sum() for sheet in (whole, broken)]
    assert 2 <= inked[0] - inked[1] <= 12


def test_the_same_seed_draws_the_same() -> None:
    pen = Pen("pencil", 2, 0.3, True, 0.8, 0.5)
    pictures = []
    for _ in range(2):
        sheet = canvas(replace(STYLE, pen=pen), seed=5)
        sheet.shape(ellipse((80, 48), (60, 30)), RED)
        pictures.append(sheet.finish())
    assert (pictures[0][0] == pictures[1][0]).all()
    assert (pictures[0][1] == pictures[1][1]).all()
