from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from irodori.color.errors import PaletteError
from irodori.color.palette import Palette

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 160, 32), (0, 0, 255), (255, 255, 255)

colors = st.tuples(*[st.integers(0, 255)] * 3)
weights = st.floats(0.001, 1)
entries = st.lists(st.tuples(colors, weights), max_size=16)


class TestSet:
    @given(st.data())
    def test_order_means_nothing(self, data: st.DataObject) -> None:
        some = data.draw(entries)
        mixed = data.draw(st.permutations(some))
        assert Palette(tuple(some)) == Palette(tuple(mixed))
        assert hash(Palette(tuple(some))) == hash(Palette(tuple(mixed)))
        np.testing.assert_array_equal(Palette(tuple(some)).array(), Palette(tuple(mixed)).array())

    @given(entries)
    def test_given_twice_counts_once(self, some: list) -> None:
        assert Palette((*some, *some)) == Palette(tuple(some))

    def test_the_larger_weight_of_two(self) -> None:
        assert Palette(((RED, 0.25), (RED, 0.5))) == Palette(((RED, 0.5),))

    @given(entries)
    def test_text_and_back(self, some: list) -> None:
        assert Palette.parse(str(Palette(tuple(some)))) == Palette(tuple(some))

    @given(entries)
    def test_array(self, some: list) -> None:
        palette = Palette(tuple(some))
        array = palette.array()
        assert array.shape == (16, 4)
        assert array.dtype == np.float32
        assert not array[len(palette) :].any()
        back = [
            (tuple(int(c) for c in np.rint(row[:3] * 255)), row[3]) for row in array[: len(palette)]
        ]
        assert [color for color, _ in back] == palette.colors()
        np.testing.assert_allclose([w for _, w in back], [w for _, w in palette.entries], rtol=1e-6)

    def test_black_differs_from_no_color(self) -> None:
        assert Palette.of([(0, 0, 0)]).array()[0].tolist() == [0, 0, 0, 1]
        assert not Palette().array().any()

    def test_sixteen_and_no_more(self) -> None:
        sixteen = [(i, 0, 0) for i in range(16)]
        assert len(Palette.of([*sixteen, *sixteen])) == 16
        with pytest.raises(PaletteError, match="17 colors are more than 16"):
            Palette.of([*sixteen, WHITE])


class TestParse:
    def test_colors_with_and_without_weight(self) -> None:
        palette = Palette.parse(" #f00, #00A020:0.5 ,#0000ff: 1,")
        assert dict(palette.entries) == {RED: 1, GREEN: 0.5, BLUE: 1}
        assert palette == Palette.parse("#0000ff,#ff0000,#00a020:0.5")
        assert Palette.parse("") == Palette() == Palette.of([])
        assert Palette.of(["#f00", BLUE]) == Palette.of([BLUE, RED])

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("red", "palette: 'red' is not a color; write it as #RRGGBB"),
            ("#fff,#12", "palette: '#12' is not a color"),
            ("#fff:0", "weight 0.0 of #FFFFFF"),
            ("#fff:2", "is not more than 0 and at most 1"),
            ("#fff:-1", "is not more than 0"),
            ("#fff:nan", "is not more than 0"),
            ("#fff:much", "weight 'much' of #FFFFFF"),
            ("#fff:", "weight '' of #FFFFFF"),
        ],
    )
    def test_what_is_wrong_is_said(self, text: str, says: str) -> None:
        with pytest.raises(PaletteError) as caught:
            Palette.parse(text)
        assert says.replace("0.0 ", "'0' ") in str(caught.value)

    def test_bad_colors_from_python(self) -> None:
        with pytest.raises(PaletteError, match="out of range"):
            Palette.of([(0, 0, 300)])
        with pytest.raises(PaletteError, match="not a color"):
            Palette.of([None])  # type: ignore[list-item]


def flat_picture() -> Image.Image:
    """Half blue, a third green, little red, with thin black lines and a white corner: 300 x 200."""
    picture = Image.new("RGB", (300, 200), BLUE)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 99, 199), fill=GREEN)
    pen.rectangle((280, 0, 299, 199), fill=RED)
    pen.rectangle((100, 0, 139, 39), fill=WHITE)
    pen.line((0, 100, 299, 120), fill="black", width=3)
    return picture


class TestFromImage:
    def test_flat_colors_come_back_exactly_the_largest_heaviest(self, tmp_path: Path) -> None:
        palette = Palette.from_image(flat_picture())
        assert palette.colors() == [BLUE, GREEN, RED]
        assert [round(weight, 1) for _, weight in palette.entries] == [1.0, 0.6, 0.1]
        flat_picture().save(tmp_path / "a.png")
        assert Palette.from_image(tmp_path / "a.png") == palette
        assert Palette.from_image(str(tmp_path / "a.png")) == palette

    def test_white_is_a_color_where_there_is_much_of_it(self) -> None:
        picture = flat_picture()
        ImageDraw.Draw(picture).rectangle((0, 0, 299, 110), fill=WHITE)
        assert WHITE in Palette.from_image(picture).colors()
        assert Palette.from_image(Image.new("L", (30, 20), 255)).colors() == [WHITE]

    @pytest.mark.parametrize("n", [1, 2, 5, 16])
    def test_at_most_so_many(self, n: int) -> None:
        noise = np.random.default_rng(1).integers(0, 256, (90, 140, 3), dtype=np.uint8)
        palette = Palette.from_image(Image.fromarray(noise), n)
        assert 1 <= len(palette) <= n
        assert palette == Palette.from_image(Image.fromarray(noise), n)

    @pytest.mark.parametrize("n", [0, 17])
    def test_no_other_number(self, n: int) -> None:
        with pytest.raises(PaletteError, match=f"{n} colors cannot be taken; take 1 to 16"):
            Palette.from_image(flat_picture(), n)

    def test_neighboring_tones_are_one_color_and_not_mud(self) -> None:
        ramp = np.zeros((60, 80, 3), np.uint8)
        ramp[:, :40] = (200, 40, 40)
        ramp[:, :40, 1] += np.arange(40, dtype=np.uint8) // 8
        ramp[:, 40:] = (40, 180, 60)
        first, second = Palette.from_image(Image.fromarray(ramp), 4).colors()
        assert {first[0] > 150, second[0] > 150} == {True, False}

    def test_small_but_different_colors_survive_large_alike_ones(self) -> None:
        picture = Image.new("RGB", (200, 100))
        for x in range(200):  # a wide gradient from one blue to another
            picture.paste((20, 60 + x // 3, 160 + x // 4), (x, 0, x + 1, 100))
        picture.paste((230, 120, 20), (150, 50, 180, 80))
        assert any(color[0] > 180 for color in Palette.from_image(picture, 4).colors())

    def test_transparent_pixels_say_nothing(self) -> None:
        picture = flat_picture().convert("RGBA")
        picture.paste((0, 255, 255, 0), (0, 0, 300, 150))
        assert set(Palette.from_image(picture).colors()) == {RED, GREEN, BLUE}
        with pytest.raises(PaletteError, match="all transparent"):
            Palette.from_image(Image.new("RGBA", (9, 5)))

    @pytest.mark.parametrize("mode", ["P", "CMYK", "L", "LA", "1", "I;16"])
    def test_any_mode(self, mode: str) -> None:
        assert len(Palette.from_image(flat_picture().convert("L").convert(mode))) >= 1

    def test_files_that_are_none(self, tmp_path: Path) -> None:
        with pytest.raises(PaletteError, match="neither a color nor a file; write colors as"):
            Palette.from_image("red")
        (tmp_path / "a.png").write_text("text")
        with pytest.raises(PaletteError, match="neither colors nor a picture"):
            Palette.from_image(tmp_path / "a.png")
        with pytest.raises(PaletteError, match="cannot be read"):
            Palette.from_image(tmp_path)
        flat_picture().save(tmp_path / "b.png")
        (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:300])
        with pytest.raises(PaletteError, match="cannot be read"):
            Palette.from_image(tmp_path / "b.png")
