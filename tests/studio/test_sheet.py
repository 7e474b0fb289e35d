"""From the page's hints to the colorist's: order, pressure, places."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.color.errors import HintError
from irodori.studio.models import MOST_HINTS, DabHint, StrokeHint, Swatch
from irodori.studio.sheet import extend, put, to_hints, to_palette, to_swatches

SIZE = (200, 150)
places = st.tuples(st.floats(0, 199), st.floats(0, 149))


def stroke(points: list[list[float]], id: str = "s", **more: object) -> StrokeHint:
    fields = {"id": id, "kind": "stroke", "points": points, "color": "#C03040", "radius": 3}
    return StrokeHint.model_validate(fields | more)


def dab(id: str, x: float = 5, y: float = 6, **more: object) -> DabHint:
    fields = {"id": id, "kind": "dab", "x": x, "y": y, "color": "#C03040", "radius": 3}
    return DabHint.model_validate(fields | more)


def _away(point: np.ndarray, line: np.ndarray) -> float:
    """The distance from a point to a line of (n, 2) points."""
    if len(line) == 1:
        return float(np.hypot(*(point - line[0])))
    start, along = line[:-1], line[1:] - line[:-1]
    length = np.maximum((along**2).sum(1), 1e-12)
    share = np.clip(((point - start) * along).sum(1) / length, 0, 1)
    return float(np.hypot(*(point - start - share[:, None] * along).T).min())


@given(st.lists(places, min_size=1, max_size=60), st.floats(0.2, 1))
def test_a_line_stays_where_it_was_drawn(points: list[tuple[float, float]], scale: float) -> None:
    hints = to_hints([stroke([[*point] for point in points])], SIZE, scale)
    (made,) = hints.strokes
    line = np.array(made.points)
    assert len(line) <= len(points)
    assert made.radius == pytest.approx(3 * scale)
    for point in points:
        assert _away(np.array(point) * scale, line) < 0.26


def test_a_smooth_line_needs_few_points() -> None:
    turn = np.linspace(0, 6, 2000)
    points = np.stack([100 + 60 * np.cos(turn), 75 + 50 * np.sin(turn)], 1).tolist()
    (made,) = to_hints([stroke(points)], SIZE).strokes
    assert len(made.points) < 60


def test_hints_keep_their_order_and_those_outside_are_left_out() -> None:
    given = [
        dab("a", color="#000001"),
        stroke([[1, 1], [9, 9]], "b", color="#000002"),
        dab("c", 500, 2),
        dab("d", color="#000003"),
        stroke([[-9, -9], [-5, -7]], "e"),
    ]
    colors = [made.color for made in to_hints(given, SIZE).strokes]
    assert colors == [(0, 0, 1), (0, 0, 2), (0, 0, 3)]


def test_pressure_makes_pieces_that_join() -> None:
    line = stroke([[10, 10, 2], [20, 10, 2.1], [30, 10, 6], [40, 10, 6], [50, 10, 1]])
    made = to_hints([line], SIZE).strokes
    assert [each.radius for each in made] == [2, 6, 1]
    for before, after in pairwise(made):
        assert before.points[-1] == after.points[0]
    assert made[0].points[0] == (10, 10)
    assert made[-1].points[-1] == (50, 10)


def test_an_empty_place_is_white_whatever_its_color() -> None:
    (made,) = to_hints([dab("a", empty=True, color="#123456")], SIZE).strokes
    assert made.empty
    assert made.color == (255, 255, 255)


def test_putting_replaces_in_place_or_adds_at_the_end() -> None:
    hints = [dab("a"), dab("b"), dab("c")]
    moved = put(hints, [dab("b", 50, 60), dab("d")])
    assert [hint.id for hint in moved] == ["a", "b", "c", "d"]
    assert (moved[1].x, hints[1].x) == (50, 5)  # type: ignore[union-attr]
    with pytest.raises(HintError, match="more than"):
        put([], [dab(str(number)) for number in range(MOST_HINTS + 1)])


def test_only_a_stroke_that_is_there_grows() -> None:
    hints = [dab("a"), stroke([[1, 1]])]
    grown = extend(hints, "s", [[2, 2], [3, 3]])
    assert grown[1].points == [[1, 1], [2, 2], [3, 3]]  # type: ignore[union-attr]
    assert hints[1].points == [[1, 1]]  # type: ignore[union-attr]
    for id in ("a", "none"):
        with pytest.raises(HintError, match="no stroke"):
            extend(hints, id, [[2, 2]])


def test_a_palette_there_and_back() -> None:
    swatches = [Swatch(color="#C03040"), Swatch(color="#3040C0", weight=0.25)]
    assert to_swatches(to_palette(swatches)) == swatches
