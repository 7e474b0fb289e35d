from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from irodori.color.errors import HintError
from irodori.color.hints import DEFAULT_RADIUS, Dab, Hints, Stroke

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 160, 32), (0, 0, 255), (255, 255, 255)
DAB = {"x": 5, "y": 6.5, "color": "#ff0000"}
STROKE = {"points": [[1, 2], [3, 4]], "color": "#00A020", "radius": 2}

places = st.floats(-1000, 1000)
colors = st.tuples(*[st.integers(0, 255)] * 3)
some_hints = st.builds(
    Hints,
    st.lists(st.builds(Dab, places, places, colors, st.floats(0.1, 99)), max_size=3),
    st.lists(
        st.builds(
            Stroke,
            st.lists(st.tuples(places, places), min_size=1, max_size=3).map(tuple),
            colors,
            st.floats(0.1, 99),
        ),
        max_size=3,
    ),
)
any_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.just("#fff"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["dabs", "strokes", "x", "y", "color", "radius", "points"]) | st.text(),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)


def error_of(text: str) -> str | None:
    """What is said of a JSON text that holds no hints; any other error goes through."""
    try:
        Hints.from_json(text)
    except HintError as error:
        return str(error)
    return None


class TestJson:
    def test_text_dict_and_file_are_the_same(self, tmp_path: Path) -> None:
        content = {"dabs": [DAB], "strokes": [STROKE]}
        expected = Hints((Dab(5, 6.5, RED, DEFAULT_RADIUS),), (Stroke(((1, 2), (3, 4)), GREEN, 2),))
        path = tmp_path / "hints.json"
        path.write_text(json.dumps(content), encoding="utf-8-sig")  # as some editors on Windows do
        assert Hints.from_json(content) == expected
        assert Hints.from_json(json.dumps(content)) == expected
        assert Hints.from_json(path) == Hints.from_json(str(path)) == Hints.load(path) == expected
        assert Hints.from_json({}) == Hints()

    @given(some_hints)
    def test_written_and_read_back(self, hints: Hints) -> None:
        assert Hints.from_json(json.dumps(hints.to_json())) == hints

    @given(any_json)
    def test_whatever_it_holds_one_clear_line(self, content: Any) -> None:
        for text in (json.dumps({"dabs": content}), json.dumps({"strokes": [content]})):
            said = error_of(text)
            assert said is None or (said.startswith("hints: ") and "\n" not in said)
            assert len(said or "") < 250

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ([DAB], r"holds \[.*; write \{\"dabs\""),
            ({"dab": []}, "unknown key 'dab'; known are dabs, strokes"),
            ({"dabs": {}}, r"dabs is \{\}; it has to be a list"),
            ({"dabs": [3]}, r"dabs\[0\]: is 3; it has to be an object with x, y, color, radius"),
            ({"dabs": [DAB, {**DAB, "size": 3}]}, r"dabs\[1\]: unknown key 'size'; known are x, y"),
            ({"dabs": [{"x": 1, "color": "#fff"}]}, r"dabs\[0\]: y is missing; needed are x, y"),
            ({"dabs": [{**DAB, "color": "red"}]}, r"dabs\[0\]: 'red' is not a color; write it as"),
            ({"dabs": [{**DAB, "color": [1, 2, 3]}]}, r"dabs\[0\]: \[1, 2, 3\] is not a color"),
            ({"dabs": [{**DAB, "x": "5"}]}, r"dabs\[0\]: x is '5'; it has to be a number"),
            ({"dabs": [{**DAB, "x": True}]}, r"dabs\[0\]: x is True; it has to be a number"),
            ({"dabs": [{**DAB, "y": None}]}, r"dabs\[0\]: y is None; it has to be a number"),
            ({"dabs": [{**DAB, "y": float("nan")}]}, r"dabs\[0\]: y is nan"),
            ({"dabs": [{**DAB, "y": 10**400}]}, r"dabs\[0\]: y is inf"),
            ({"dabs": [{**DAB, "radius": -1}]}, r"dabs\[0\]: radius is -1; it has to be more than"),
            ({"dabs": [{**DAB, "radius": float("inf")}]}, r"dabs\[0\]: radius is inf"),
            ({"strokes": [{**STROKE, "points": []}]}, r"strokes\[0\]: a stroke has no points"),
            ({"strokes": [{**STROKE, "points": "ab"}]}, r"strokes\[0\]: points is 'ab'; it has"),
            ({"strokes": [{**STROKE, "points": [[1]]}]}, r"strokes\[0\]: point \[1\] is not a"),
            ({"strokes": [{**STROKE, "points": ["12"]}]}, r"strokes\[0\]: point '12' is not a"),
        ],
    )
    def test_what_is_wrong_is_said(self, tmp_path: Path, content: Any, says: str) -> None:
        path = tmp_path / "mine.json"
        path.write_text(json.dumps(content))
        with pytest.raises(HintError, match=says) as caught:
            Hints.load(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ('{"dabs": [}', "is not valid JSON at line 1, column 11"),
            ("", "is not valid JSON at line 1"),
            ('{"dabs": ' + "[" * 100_000, "is not hints JSON"),
            ('{"dabs": ' + "9" * 5000 + "}", "is not hints JSON"),
        ],
    )
    def test_what_is_no_json(self, tmp_path: Path, text: str, says: str) -> None:
        path = tmp_path / "mine.json"
        path.write_text(text)
        with pytest.raises(HintError, match=says):
            Hints.load(path)

    def test_files_that_are_not_there_or_no_text(self, tmp_path: Path) -> None:
        with pytest.raises(HintError, match=r"nowhere.json: cannot be read \(No such file"):
            Hints.load(tmp_path / "nowhere.json")
        with pytest.raises(HintError, match="cannot be read"):
            Hints.from_json(str(tmp_path))
        (tmp_path / "a.json").write_bytes(b'{"dabs": "\xff\xfe"}')
        with pytest.raises(HintError, match="is not a text file"):
            Hints.load(tmp_path / "a.json")


def blank(width: int = 90, height: int = 60) -> Image.Image:
    return Image.new("RGBA", (width, height))


class TestPicture:
    def test_every_painted_pixel_and_no_other(self) -> None:
        picture = blank()
        pen = ImageDraw.Draw(picture)
        pen.ellipse((5, 5, 30, 22), fill=RED)
        pen.line((40, 50, 85, 8), fill=GREEN, width=3)
        pen.point((70, 50), fill=WHITE)
        hints = Hints.from_image(picture, size=(90, 60))
        assert len(hints) == 3
        assert set(hints.colors()) == {RED, GREEN, WHITE}
        array = np.asarray(picture)
        labels = hints.labels(60, 90)
        np.testing.assert_array_equal(labels > 0, array[..., 3] > 0)
        said = np.array([(0, 0, 0), *hints.colors()])[labels]
        np.testing.assert_array_equal(said, array[..., :3])

    def test_read_from_a_file_an_image_and_an_array(self, tmp_path: Path) -> None:
        picture = blank()
        picture.paste(BLUE, (10, 20, 18, 30))
        for ending in ("png", "webp", "tif"):
            path = tmp_path / f"hints.{ending}"
            picture.save(path, **({"lossless": True} if ending == "webp" else {}))
            assert Hints.load(path, size=(90, 60)) == Hints.from_image(np.asarray(picture))
        assert Hints.from_image(blank()) == Hints()

    def test_a_soft_brush_is_one_hint_without_its_faint_rim(self) -> None:
        large = Image.new("L", (360, 240))
        ImageDraw.Draw(large).ellipse((80, 60, 200, 180), fill=255)
        alpha = large.resize((90, 60), Image.Resampling.BOX)
        array = np.zeros((60, 90, 4), np.uint8)
        noise = np.random.default_rng(0).integers(-3, 4, (60, 90, 3))
        array[..., :3] = np.clip(np.array((200, 90, 40)) + noise, 0, 255)
        array[..., 3] = np.asarray(alpha)
        hints = Hints.from_image(array)
        assert len(hints) == 1
        assert np.abs(np.subtract(hints.colors()[0], (200, 90, 40))).max() <= 3
        np.testing.assert_array_equal(hints.labels(60, 90) > 0, array[..., 3] >= 128)

    def test_the_mixed_edge_between_two_colors_is_nobodys_hint(self) -> None:
        large = Image.new("RGB", (720, 480), RED)
        ImageDraw.Draw(large).ellipse((200, 120, 400, 320), fill=BLUE)
        picture = large.resize((90, 60), Image.Resampling.BOX).convert("RGBA")
        picture.paste((0, 0, 0, 0), (0, 0, 90, 5))
        hints = Hints.from_image(picture)
        assert set(hints.colors()) == {RED, BLUE}
        assert len(hints) == 2

    def test_a_dot_on_another_color_is_a_hint(self) -> None:
        picture = blank()
        picture.paste(RED, (10, 10, 50, 50))
        picture.putpixel((30, 30), (*GREEN, 255))
        assert Hints.from_image(picture).colors() == [RED, GREEN]

    @given(st.integers(0, 88), st.integers(0, 58), st.sampled_from([(7, 5), (20, 33), (60, 90)]))
    def test_the_smallest_dot_is_seen_on_any_grid(
        self, x: int, y: int, grid: tuple[int, int]
    ) -> None:
        array = np.zeros((60, 90, 4), np.uint8)
        array[y, x] = (*WHITE, 255)
        height, width = grid
        painted = Hints.from_image(array).rasterize(
            height, width, drawing_height=60, drawing_width=90
        )
        assert painted[3, (y * 2 + 1) * height // 120, (x * 2 + 1) * width // 180] >= 0.5
        np.testing.assert_array_equal(painted[0], painted[3])

    def test_painted_or_dabbed_the_network_sees_nearly_the_same(self) -> None:
        dabbed = Hints((Dab(45.5, 30.5, RED, 12),), (Stroke(((8, 8), (80, 50)), GREEN, 1.5),))
        array = np.zeros((60, 90, 4), np.uint8)
        labels = dabbed.labels(60, 90)
        array[..., :3] = np.array([(0, 0, 0), *dabbed.colors()])[labels]
        array[..., 3] = (labels > 0) * 255
        for height, width in ((12, 18), (30, 45), (60, 90)):
            one, other = (
                some.rasterize(height, width, drawing_height=60, drawing_width=90)
                for some in (dabbed, Hints.from_image(array))
            )
            assert np.abs(one - other).mean() < 0.03

    @pytest.mark.parametrize(
        ("picture", "says"),
        [
            (Image.new("RGB", (90, 60)), "has no transparency; save the hints alone"),
            (Image.new("RGBA", (90, 60), "red"), "has no transparent pixel"),
            (Image.new("RGBA", (60, 90)), "is 60 x 90 pixels but the drawing is 90 x 60"),
        ],
    )
    def test_pictures_that_are_no_hints(
        self, tmp_path: Path, picture: Image.Image, says: str
    ) -> None:
        path = tmp_path / "hints.png"
        picture.save(path)
        with pytest.raises(HintError, match=says) as caught:
            Hints.load(path, size=(90, 60))
        assert str(caught.value).startswith(str(path))

    def test_a_photo_is_no_hints(self) -> None:
        array = np.random.default_rng(0).integers(0, 256, (60, 90, 4), dtype=np.uint8)
        array[..., 3] = 255
        array[0] = 0
        with pytest.raises(HintError, match="more than 256 different colors"):
            Hints.from_image(array)

    def test_what_is_no_picture(self, tmp_path: Path) -> None:
        path = tmp_path / "hints.png"
        path.write_text("not a picture")
        with pytest.raises(HintError, match="is not a picture; hints are JSON or"):
            Hints.load(path)
        picture = blank()
        picture.paste(RED, (10, 10, 50, 50))
        picture.save(path)
        path.write_bytes(path.read_bytes()[:-60])
        with pytest.raises(HintError, match="cannot be read"):
            Hints.load(path)
        with pytest.raises(HintError, match="give uint8"):
            Hints.from_image(np.zeros((4, 5, 3), np.uint8))

    def test_pixels_are_not_written_as_json(self) -> None:
        picture = blank()
        picture.paste(RED, (10, 10, 50, 50))
        with pytest.raises(HintError, match="keep the picture"):
            Hints.from_image(picture).to_json()


def test_empty_places_survive_a_file_and_what_the_studio_adds_is_left_alone() -> None:
    hints = Hints(
        (Dab(3, 4, "#102030", empty=True), Dab(5, 6, "#102030")),
        (Stroke(((1, 1), (2, 2)), (9, 9, 9), empty=True),),
    )
    assert hints.dabs[0].color == (255, 255, 255)
    written = hints.to_json()
    assert Hints.from_json(written) == hints
    assert "empty" not in written["dabs"][1]
    assert Hints.from_json({**written, "irodori": {"any": "thing"}}) == hints
    with pytest.raises(HintError, match="empty is 'no'"):
        Hints.from_json({"dabs": [{"x": 1, "y": 1, "color": "#000000", "empty": "no"}]})
