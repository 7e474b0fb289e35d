from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.collection.synth import accessories, animals, body, hair, outfit, scene
from irodori.collection.synth.canvas import Canvas
from irodori.collection.synth.colors import scheme
from irodori.collection.synth.person import choose_person, draw_person
from irodori.collection.synth.picture import choose_style, draw
from irodori.color.regions import find_regions


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 10**6), st.sampled_from([96, 200]))
def test_any_seed_gives_a_pair(seed: int, number: int, size: int) -> None:
    drawn = draw(seed, number, size)
    height, width = drawn.line.shape
    assert drawn.color.shape == (height, width, 3)
    assert max(height, width) == size
    assert height != width
    assert drawn.color.dtype == drawn.line.dtype == np.uint8
    cover = (drawn.line < 128).mean()
    assert 0.004 < cover < 0.45
    assert len(drawn.tags) == len(set(drawn.tags)) >= 2
    assert all(tag == tag.lower() and " " not in tag for tag in drawn.tags)


def test_a_picture_is_the_same_every_time_and_no_two_are_alike() -> None:
    first, again, other = draw(3, 7, 160), draw(3, 7, 160), draw(3, 8, 160)
    assert (first.color == again.color).all()
    assert (first.line == again.line).all()
    assert first.tags == again.tags
    assert first.color.shape != other.color.shape or (first.color != other.color).any()


@pytest.mark.parametrize("number", range(6))
def test_color_is_even_off_the_lines(number: int) -> None:
    """Most borders between colors lie under ink: that is what makes it line art of the picture."""
    drawn = draw(11, number, 320)
    far = cv2.erode((drawn.line > 250).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    steps = np.abs(np.diff(drawn.color.astype(int), axis=1)).sum(2)[:, :-1] > 60
    assert steps[far[:, 1:-1]].mean() < 0.02


def test_most_of_a_picture_is_in_closed_regions() -> None:
    counts = []
    for number in range(6):
        drawn = draw(2, number, 320)
        counts.append(find_regions(1 - drawn.line.astype(np.float32) / 255).count)
    assert min(counts) >= 4
    assert np.median(counts) >= 15


@pytest.mark.parametrize(
    ("kind", "names"),
    [("hat", accessories.HATS), ("held", accessories.HELD), ("back", hair.BACKS),
     ("fringe", hair.FRINGES), ("pose", range(len(body.POSES))), ("animal", animals.KINDS),
     ("scene", scene.KINDS[1:])],
)  # fmt: skip
def test_everything_that_can_be_chosen_can_be_drawn_and_seen(kind: str, names: object) -> None:
    """Each changes the picture: nothing in the lists is drawn by no one."""
    assert isinstance(names, tuple | range)
    seen = [_seen(kind, name) for name in names]
    for first, second in itertools.combinations(seen, 2):
        assert (first != second).mean() > 0.0005


def _seen(kind: str, name: object) -> np.ndarray:
    random = np.random.default_rng(4)
    canvas = Canvas((240, 300), choose_style(random), random, unit=0.45)
    person = choose_person(np.random.default_rng(8))
    canvas.random = np.random.default_rng(1)
    changed = {**vars(person), "hat": None, "held": None, "ears": None}
    if kind == "scene":
        scene.draw_scene(canvas, scene.Scene(str(name), 530, 660, 600))
        return canvas.finish()[0]
    with canvas.placed((265, 560 if kind == "animal" else 190)):
        if kind == "animal":
            animal = animals.choose_animal(np.random.default_rng(2))
            animals.draw_animal(canvas, type(animal)(**{**vars(animal), "kind": name}))
        else:
            if kind in ("hat", "held"):
                changed[kind] = name
            elif kind == "pose":
                changed["pose"] = body.POSES[int(str(name))]
            else:
                changed["hair"] = hair.Hair(**{**vars(person.hair), kind: name})
            draw_person(canvas, type(person)(**changed))
    return canvas.finish()[0]


@pytest.mark.parametrize("pattern", ["stripes", "dots", "check", "plaid", "stars", "hearts"])
def test_a_pattern_stays_on_its_cloth(pattern: str) -> None:
    random = np.random.default_rng(0)
    canvas = Canvas((120, 90), choose_style(random), random)
    area = np.array([(30.0, 20), (90, 20), (90, 70), (30, 70)])
    outfit.cloth(canvas, area, (200, 60, 60), pattern, (60, 60, 200))
    color, _ = canvas.finish()
    assert (color[:14] == 255).all()
    assert (color[:, 97:] == 255).all()
    blue = (color[..., 2] > color[..., 0].astype(int) + 40).mean()
    assert blue > 0.01


def test_a_scheme_has_colors_that_can_be_told_apart() -> None:
    for seed in range(20):
        lead, answer, _ = scheme(np.random.default_rng(seed))
        assert sum(abs(a - b) for a, b in zip(lead, answer, strict=True)) > 25
