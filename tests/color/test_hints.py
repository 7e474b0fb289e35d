from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.errors import HintError
from irodori.color.hints import (
    DEFAULT_RADIUS,
    Dab,
    Hints,
    Patch,
    Stroke,
    format_color,
    parse_color,
    parse_dab,
)

HEIGHT, WIDTH = 90, 140  # of the drawing in most tests
RED, GREEN, WHITE = (255, 0, 0), (0, 160, 32), (255, 255, 255)

colors = st.tuples(*[st.integers(0, 255)] * 3)
radii = st.floats(0.1, 30)
xs, ys = st.floats(0, WIDTH, exclude_max=True), st.floats(0, HEIGHT, exclude_max=True)
dabs = st.builds(Dab, xs, ys, colors, radii)
strokes = st.builds(
    Stroke, st.lists(st.tuples(xs, ys), min_size=1, max_size=4).map(tuple), colors, radii
)
hints = st.builds(
    Hints, st.lists(dabs, max_size=5).map(tuple), st.lists(strokes, max_size=3).map(tuple)
)
grids = st.tuples(st.integers(1, HEIGHT), st.integers(1, WIDTH))


def rasterize(what: Hints, height: int = 45, width: int = 35) -> np.ndarray:
    return what.rasterize(height, width, drawing_height=HEIGHT, drawing_width=WIDTH)


def distances(stroke: Stroke) -> np.ndarray:
    """The oracle: how far each pixel's center is from a stroke's line."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    best = np.full((HEIGHT, WIDTH), np.inf)
    for (ax, ay), (bx, by) in pairwise(stroke.points):
        for t in np.linspace(0, 1, 2000):
            best = np.minimum(best, np.hypot(x - ax - (bx - ax) * t, y - ay - (by - ay) * t))
    return best


class TestColor:
    def test_long_and_short(self) -> None:
        assert parse_color("#FF8800") == parse_color("#f80") == parse_color(" #ff8800 ")
        assert parse_color("#0a141e") == (10, 20, 30)

    @given(colors)
    def test_text_and_back(self, color: tuple[int, int, int]) -> None:
        assert parse_color(format_color(color)) == color

    @pytest.mark.parametrize("text", ["red", "#12", "", "#12345", "#1234567", "#gg0000", "FF8800"])
    def test_what_is_no_color(self, text: str) -> None:
        with pytest.raises(HintError, match=r"is not a color; write it as #RRGGBB") as caught:
            parse_color(text)
        assert repr(text) in str(caught.value)

    @pytest.mark.parametrize("color", [(1, 2), (1, 2, 256), (-1, 0, 0), (0.5, 0, 0), None, 7])
    def test_what_is_no_triple(self, color: object) -> None:
        with pytest.raises(HintError):
            Dab(1, 1, color)  # type: ignore[arg-type]


class TestDab:
    def test_numpy_values_become_plain_ones(self) -> None:
        dab = Dab(np.int64(3), np.float32(4), tuple(np.array([1, 2, 3], np.uint8)))
        assert dab == Dab(3, 4, (1, 2, 3)) == Dab(3, 4, "#010203")
        assert type(dab.x) is float
        assert type(dab.color[0]) is int

    @pytest.mark.parametrize("text", ["12,8.5,#ff0000", " 12 , 8.5 , #f00 ", "12,8.5,#ff0000,4"])
    def test_parsed(self, text: str) -> None:
        assert parse_dab(text) == Dab(12, 8.5, RED, DEFAULT_RADIUS)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("1,2", "is not X,Y,#RRGGBB"),
            ("1,2,#fff,3,4", "is not X,Y,#RRGGBB"),
            ("a,2,#fff", "are numbers"),
            ("1,2,red", "'red' is not a color"),
            ("nan,2,#fff", "x is nan"),
            ("1,inf,#fff", "y is inf"),
            ("1,2,#fff,0", "radius is 0"),
            ("1,2,#fff,-3", "radius is -3"),
        ],
    )
    def test_not_parsed(self, text: str, says: str) -> None:
        with pytest.raises(HintError, match=says) as caught:
            parse_dab(text)
        assert repr(text) in str(caught.value)


class TestHints:
    def test_nothing(self) -> None:
        assert not Hints()
        assert len(Hints()) == 0
        assert Hints().colors() == []

    def test_with_dab_leaves_the_old_alone(self) -> None:
        old = Hints((Dab(1, 1, RED),))
        new = old.with_dab(2, 3, "#00A020", 9)
        assert len(old) == 1
        assert new.dabs == (Dab(1, 1, RED), Dab(2, 3, GREEN, 9))
        assert new.colors() == [RED, GREEN]

    def test_a_color_used_twice_is_one_color(self) -> None:
        twice = Hints((Dab(1, 1, RED), Dab(20, 20, GREEN), Dab(50, 50, RED)))
        assert twice.colors() == [RED, GREEN]
        assert twice.labels(HEIGHT, WIDTH)[50, 50] == twice.labels(HEIGHT, WIDTH)[1, 1] == 1

    @given(hints)
    def test_adding_nothing_changes_nothing(self, some: Hints) -> None:
        assert some + Hints() == some == Hints() + some
        np.testing.assert_array_equal(rasterize(some + Hints()), rasterize(some))

    @pytest.mark.parametrize(("x", "y"), [(-0.1, 5), (WIDTH, 5), (5, -1), (5, HEIGHT), (1e5, 5)])
    def test_a_dab_outside(self, x: float, y: float) -> None:
        with pytest.raises(HintError, match=r"dabs\[1\] at .* is outside the drawing of 140 x 90"):
            Hints((Dab(1, 1, RED), Dab(x, y, RED))).check_inside(WIDTH, HEIGHT)

    def test_a_stroke_may_leave_the_drawing_but_not_stay_outside(self) -> None:
        Hints(strokes=(Stroke(((-9, 5), (WIDTH + 9, 5)), RED),)).check_inside(WIDTH, HEIGHT)
        with pytest.raises(HintError, match=r"strokes\[0\] is outside"):
            Hints(strokes=(Stroke(((-9, 5), (-2, 8)), RED),)).check_inside(WIDTH, HEIGHT)

    @given(hints)
    def test_what_is_inside_passes(self, some: Hints) -> None:
        some.check_inside(WIDTH, HEIGHT)

    def test_importing_is_light(self) -> None:
        code = (
            "import sys, irodori.color.hints; print({'cv2', 'PIL', 'psd_tools'} & set(sys.modules))"
        )
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert out.stdout.strip() == "set()"

    def test_marks_of_some_colors_can_be_left_out(self) -> None:
        red, blue = (200, 0, 0), (0, 0, 200)
        patch = Patch.of(np.ones((2, 2), np.bool_), 3, 3, red)
        stroke = Stroke(((1, 1), (5, 5)), red, 2)
        hints = Hints((Dab(1, 2, red), Dab(3, 4, blue)), (stroke,), (patch,))
        assert hints.without([red]) == Hints((Dab(3, 4, blue),))
        assert hints.without([blue]) == Hints((Dab(1, 2, red),), (stroke,), (patch,))
        assert hints.without([]) == hints


class TestLabels:
    def test_disc(self) -> None:
        labels = Hints((Dab(40.3, 30.8, RED, 12.5),)).labels(HEIGHT, WIDTH)
        y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
        expected = np.hypot(x - 40.3, y - 30.8) <= 12.5
        np.testing.assert_array_equal(labels, expected.astype(np.int32))
        assert labels.dtype == np.int32

    def test_stroke(self) -> None:
        stroke = Stroke(((10.2, 80.1), (70.7, 12.3), (138, 60)), RED, 3.3)
        painted = Hints(strokes=(stroke,)).labels(HEIGHT, WIDTH) > 0
        away = distances(stroke)
        assert painted[away < 3.28].all()
        assert not painted[away > 3.32].any()

    @given(dabs)
    def test_the_pixel_under_the_center_is_always_painted(self, dab: Dab) -> None:
        assert Hints((dab,)).labels(HEIGHT, WIDTH)[int(dab.y), int(dab.x)] == 1

    def test_later_paints_over_earlier_and_dabs_over_strokes(self) -> None:
        over = Hints(
            (Dab(30, 30, RED, 9), Dab(34, 30, GREEN, 9)), (Stroke(((0, 30), (99, 30)), WHITE, 3),)
        )
        labels = over.labels(HEIGHT, WIDTH)
        assert over.colors() == [WHITE, RED, GREEN]
        assert [labels[30, x] for x in (5, 22, 33, 42)] == [1, 2, 3, 3]

    def test_a_page_takes_its_own_size_and_little_more(self) -> None:
        page = Hints((Dab(10, 10, RED, 300),), (Stroke(((0, 0), (5999, 4499)), GREEN, 4),))
        labels = page.labels(4500, 6000)
        assert labels.nbytes == 4500 * 6000 * 4
        assert labels[2250, 3000] == 1
        assert labels[5, 5] == 2


class TestRasterize:
    def test_nothing_said_is_zero_and_white_is_one(self) -> None:
        assert not rasterize(Hints()).any()
        painted = rasterize(Hints((Dab(70, 45, WHITE, 20),)))
        np.testing.assert_array_equal(painted[:, 22, 17], [1, 1, 1, 1])
        assert painted.shape == (4, 45, 35)
        assert painted.dtype == np.float32

    @given(dabs, grids)
    def test_the_cell_of_the_center_is_half_covered_at_least(
        self, dab: Dab, grid: tuple[int, int]
    ) -> None:
        height, width = grid
        mask = rasterize(Hints((dab,)), height, width)[3]
        assert mask[int(dab.y * height / HEIGHT), int(dab.x * width / WIDTH)] >= 0.5

    @given(hints, grids)
    def test_colors_are_premultiplied_and_in_range(
        self, some: Hints, grid: tuple[int, int]
    ) -> None:
        painted = rasterize(some, *grid)
        assert painted.min(initial=0) >= 0
        assert painted[3].max() <= 1
        assert (painted[:3] <= painted[3] + 1e-6).all()

    @given(st.lists(dabs, min_size=1, max_size=4), colors, grids)
    def test_one_color_comes_back_exactly(
        self, some: list[Dab], color: tuple[int, int, int], grid: tuple[int, int]
    ) -> None:
        same = Hints(tuple(Dab(dab.x, dab.y, color, dab.radius) for dab in some))
        painted = rasterize(same, *grid)
        said = painted[3] > 0
        np.testing.assert_allclose(
            (painted[:3, said] / painted[3, said]).T * 255, [color] * said.sum(), atol=1e-4
        )

    @given(st.floats(50, 90), st.floats(35, 55), st.floats(6, 30))
    def test_the_mask_is_the_area_of_the_disc(self, x: float, y: float, radius: float) -> None:
        mask = rasterize(Hints((Dab(x, y, RED, radius),)))[3]  # cells of 2 x 4 pixels
        assert mask.sum() * 8 == pytest.approx(math.pi * radius**2, rel=0.04)

    def test_the_mask_is_the_share_of_each_cell(self) -> None:
        dab = Dab(61.4, 43.7, RED, 21.3)
        mask = rasterize(Hints((dab,)))[3]
        y, x = (np.mgrid[: HEIGHT * 8, : WIDTH * 8] + 0.5) / 8  # a much finer grid
        fine = (x - dab.x) ** 2 + (y - dab.y) ** 2 <= dab.radius**2
        exact = fine.reshape(45, 16, 35, 32).mean((1, 3))
        np.testing.assert_allclose(mask, exact, atol=0.13)
        assert np.abs(mask - exact).mean() < 0.003

    @given(st.data())
    def test_hints_that_do_not_touch_may_come_in_any_order(self, data: st.DataObject) -> None:
        slots = data.draw(st.lists(st.integers(0, 11), unique=True, min_size=2))
        apart = [
            Dab(17 + 35 * (slot % 4), 15 + 30 * (slot // 4), data.draw(colors), 9) for slot in slots
        ]
        mixed = data.draw(st.permutations(apart))
        np.testing.assert_array_equal(
            rasterize(Hints(tuple(apart))), rasterize(Hints(tuple(mixed)))
        )

    @given(dabs, dabs)
    def test_a_later_hint_covers_what_is_under_it(self, first: Dab, last: Dab) -> None:
        alone = rasterize(Hints((last,)))
        both = rasterize(Hints((first, last)))
        full = alone[3] == 1
        np.testing.assert_array_equal(both[:, full], alone[:, full])
        assert (both[3] >= alone[3]).all()

    def test_a_stroke_is_its_dabs(self) -> None:
        points = [(20 + i / 20 * 60, 20 + i / 20 * 45) for i in range(21)]
        stroke = rasterize(Hints(strokes=(Stroke((points[0], points[-1]), RED, 9),)))
        along = rasterize(Hints(tuple(Dab(x, y, RED, 9) for x, y in points)))
        assert np.abs(stroke - along).max() <= 0.13
        one = Hints(strokes=(Stroke(((33, 44),), RED, 9),))
        np.testing.assert_array_equal(rasterize(one), rasterize(Hints((Dab(33, 44, RED, 9),))))

    def test_more_than_255_colors(self) -> None:
        many = Hints(
            tuple(Dab(i % WIDTH, i // WIDTH * 20, (i % 256, i // 256, 7)) for i in range(300))
        )
        assert len(many.colors()) == 300
        x, y, color = many.dabs[299].x, many.dabs[299].y, many.dabs[299].color
        painted = rasterize(many, HEIGHT, WIDTH)[:, int(y), int(x)]
        np.testing.assert_allclose(painted[:3] * 255, color, atol=1e-4)
