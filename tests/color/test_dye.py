"""White marks, and only those, are dyed in a color that nobody painted."""

from __future__ import annotations

import numpy as np
import pytest

from irodori.color.dye import dyed
from irodori.color.hints import Dab, Hints, Patch, Stroke
from irodori.color.space import to_even

WHITE, CREAM = (255, 255, 255), (252, 251, 250)
COLORS = [(60, 110, 220), (210, 60, 60), (70, 170, 90), (230, 150, 40), (150, 80, 180)]


def test_marks_of_every_kind_are_dyed_and_the_others_left() -> None:
    red = Dab(5, 6, "#C03030")
    patch = Patch.of(np.ones((2, 3), np.bool_), 4, 4, WHITE)
    hints = Hints(
        (red, Dab(1, 2, CREAM, 3), Dab(7, 7, WHITE, empty=True)),
        (Stroke(((1, 1), (9, 9)), WHITE, 2),),
        (patch,),
    )
    other, dye = dyed(hints, [WHITE, CREAM])
    assert set(other.colors()) == {dye, red.color}
    assert other.dabs == (red, Dab(1, 2, dye, 3), Dab(7, 7, dye))
    assert other.strokes == (Stroke(((1, 1), (9, 9)), dye, 2),)
    assert (other.patches[0].mask() == patch.mask()).all()


@pytest.mark.parametrize("color", COLORS)
def test_the_dye_is_far_from_what_was_painted(color: tuple[int, int, int]) -> None:
    _, dye = dyed(Hints().with_dab(3, 3, WHITE).with_dab(8, 8, color), [WHITE])
    apart = to_even(np.array([dye, color], np.float32) / 255)
    assert np.linalg.norm(apart[0] - apart[1]) > 30


def test_nothing_is_dyed_where_nothing_is_white() -> None:
    hints = Hints().with_dab(3, 3, "#102030")
    assert dyed(hints, [])[0] == hints
