"""Colorings that keep to exact colors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irodori import Coloring, Colorist, Drawing, Hints, Palette
from irodori.color.keeping import keep_to


@pytest.fixture(scope="module")
def coloring(examples: Path) -> Coloring:
    hints = Hints().with_dab(165, 245, "#F8D8C2")
    return Colorist.load(threads=1).colorize(Drawing.load(examples / "sailor.png"), hints)


def test_every_area_has_one_of_the_colors_or_is_white(coloring: Coloring) -> None:
    palette = Palette.of(["#204060", "#C03030", "#E8C070"])
    kept = keep_to(coloring, palette)
    seen = {tuple(color) for color in kept.flats.reshape(-1, 3).tolist()}
    allowed = {*palette.colors(), (0xF8, 0xD8, 0xC2)}
    assert {color for color in seen if min(color) < 250} <= allowed
    assert tuple(kept.flats[245, 165]) == (0xF8, 0xD8, 0xC2)
    assert np.array_equal(kept.paper, coloring.paper)
    assert np.array_equal(kept.labels, coloring.labels)


def test_its_own_colors_stay(coloring: Coloring) -> None:
    colors = {tuple(color) for color in coloring.colors[1:].tolist()}
    palette = Palette.of(sorted(colors)[:16])
    once = keep_to(coloring, palette)
    assert np.array_equal(keep_to(once, palette).colors, once.colors)


def test_no_palette_changes_nothing(coloring: Coloring) -> None:
    assert keep_to(coloring, Palette.of([])) is coloring
