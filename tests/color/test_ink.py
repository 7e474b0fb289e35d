"""Scans and photographs made on the spot: the ink found against the ink they were made from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.color.drawing import Drawing
from irodori.color.errors import DrawingError

WHITE = (255, 255, 255)


def scan(ink, *, pen=(25, 25, 25), paper=WHITE, dimmed=0.0, noise=0.0) -> np.ndarray:
    """uint8 (H, W, 3): `ink` drawn with `pen` on `paper`, `dimmed` towards one corner."""
    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width]
    light = 1 - dimmed * (0.7 * x / width + 0.3 * (y / height) ** 2)
    part = ink[..., None] / 255
    seen = (np.array(paper) * (1 - part) + np.array(pen) * part) * light[..., None]
    seen += np.random.default_rng(7).normal(0, noise, seen.shape) if noise else 0
    return np.clip(seen, 0, 255).astype(np.uint8)


def likeness(found: np.ndarray, ink: np.ndarray) -> float:
    return float(np.corrcoef(found.ravel(), ink.ravel())[0, 1])


SCANS = {
    "yellow paper, uneven light": {"paper": (242, 228, 190), "dimmed": 0.25, "noise": 3},
    "grey paper": {"paper": (205, 205, 205), "noise": 3},
    "kraft paper": {"paper": (186, 150, 108), "dimmed": 0.2, "noise": 5},
    "photo with a gradient": {"paper": (215, 205, 195), "dimmed": 0.6, "noise": 5},
    "blue pencil": {"pen": (90, 130, 225), "paper": (250, 248, 240), "dimmed": 0.1, "noise": 3},
    "light blue pencil": {"pen": (170, 205, 250), "paper": (252, 252, 252), "noise": 2},
    "red pencil": {"pen": (220, 70, 70), "noise": 2},
    "red, digital": {"pen": (220, 70, 70)},
    "faint pencil": {"pen": (175, 175, 178), "paper": (240, 240, 238), "dimmed": 0.15, "noise": 3},
    "soft grey, digital": {"pen": (120, 120, 120)},
    "chalk on a blackboard": {"pen": (235, 235, 230), "paper": (38, 48, 42), "noise": 3},
    "white on black": {"pen": WHITE, "paper": (0, 0, 0)},
}


@pytest.mark.parametrize("size", [(300, 400), (640, 210)])
@pytest.mark.parametrize("kind", SCANS)
def test_scans_come_back_as_their_ink(sketch, kind: str, size: tuple[int, int]) -> None:
    ink = sketch(*size)
    found = Drawing.load(scan(ink, **SCANS[kind])).ink
    assert likeness(found, ink) > 0.97
    assert np.median(found[ink == 255]) > 0.9
    assert found[ink == 0].mean() < 0.01


@settings(max_examples=25, deadline=None)
@given(
    paper=st.tuples(*[st.integers(150, 255)] * 3),
    depth=st.floats(0.35, 0.9),
    dimmed=st.floats(0, 0.5),
    noise=st.floats(0, 4),
)
def test_any_light_paper(sketch, paper, depth: float, dimmed: float, noise: float) -> None:
    ink = sketch(150, 220)
    pen = tuple(level * (1 - depth) for level in paper)
    found = Drawing.load(scan(ink, pen=pen, paper=paper, dimmed=dimmed, noise=noise)).ink
    assert likeness(found, ink) > 0.95


def test_a_clean_drawing_passes_unchanged(sketch) -> None:
    ink = sketch(300, 400)
    assert np.abs(Drawing.load(255 - ink).ink - ink / 255).max() < 1e-6


def test_solid_black_stays_ink_on_any_paper(sketch) -> None:
    ink = sketch(300, 400).copy()
    ink[40:280, 30:230] = 255  # a third of the page
    for options in [{}, SCANS["yellow paper, uneven light"], SCANS["photo with a gradient"]]:
        found = Drawing.load(scan(ink, **options)).ink
        assert found[50:270, 40:220].min() > 0.8


def test_a_soft_shadow_is_not_ink_and_a_grey_wash_is(sketch) -> None:
    ink = sketch(300, 400)
    y, x = np.mgrid[0:300, 0:400]
    shadow = 0.4 / (1 + np.exp((np.hypot(x - 400, y - 300) - 150) / 14))
    found = Drawing.load((scan(ink) * (1 - shadow[..., None])).astype(np.uint8)).ink
    assert likeness(found, ink) > 0.95
    washed = ink.copy()
    washed[200:290, 10:110] = np.maximum(washed[200:290, 10:110], 80)
    found = Drawing.load(scan(washed, paper=(225, 220, 200), noise=2)).ink
    assert found[205:285, 15:105].mean() > 0.2


def test_a_night_scene_is_not_turned_over(sketch) -> None:
    """Black all around, but the light areas are wide: this is ink on white paper."""
    ink = np.full((300, 400), 255, np.uint8)
    ink[60:240, 120:280] = 0
    assert np.abs(Drawing.load(255 - ink).ink - ink / 255).max() < 1e-6


def test_a_painting_gives_its_dark_lines(sketch) -> None:
    ink = sketch(300, 400)
    colors = np.full((300, 400, 3), (250, 210, 60), np.uint8)
    colors[:, 150:] = (70, 160, 230)
    colors[160:] = (230, 90, 80)
    painted = (colors * (1 - ink[..., None] / 255)).astype(np.uint8)
    found = Drawing.load(painted).ink
    assert found[ink == 255].mean() > 0.9
    assert found[ink == 0].mean() < 0.1


@pytest.mark.parametrize("noise", [0, 4])
@pytest.mark.parametrize("tone", [255, 128, 0])
def test_pages_without_lines(tone: int, noise: float) -> None:
    page = scan(np.zeros((120, 200), np.uint8), paper=(tone,) * 3, noise=noise)
    with pytest.raises(DrawingError, match="ink all over" if tone == 0 else "no lines"):
        Drawing.load(page)


def test_pages_that_are_nothing_but_transparent() -> None:
    with pytest.raises(DrawingError, match="no lines"):
        Drawing.load(np.zeros((120, 200, 4), np.uint8))


@settings(max_examples=30, deadline=None)
@given(data=st.data(), height=st.integers(8, 40), width=st.integers(8, 40))
def test_random_pictures_are_drawings_or_one_clear_error(data, height: int, width: int) -> None:
    channels = data.draw(st.sampled_from([1, 3, 4]))
    seed = data.draw(st.integers(0, 2**32 - 1))
    levels = data.draw(st.sampled_from([2, 3, 256]))
    random = np.random.default_rng(seed).integers(0, levels, (height, width, channels))
    try:
        drawing = Drawing.load((random * (255 // (levels - 1))).astype(np.uint8))
    except DrawingError:
        return
    assert drawing.ink.shape == (height, width)
    assert 0 <= drawing.ink.min() <= drawing.ink.max() <= 1
