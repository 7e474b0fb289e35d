"""Regions of one page found again on the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.studio.samples import SUN, WALL, house, png

from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.studio.matching import match
from irodori.studio.models import DabHint, StrokeHint
from irodori.studio.shelf import Prepared, prepare

Add = Callable[..., dict[str, Any]]
ROOF = {**WALL, "id": "roof", "x": 42, "y": 30, "color": "#4060C0", "name": "roof"}
HINTS = [DabHint(**WALL), DabHint(**SUN), DabHint(**ROOF)]


def ready(picture: Image.Image, colorist: Colorist) -> Prepared:
    return prepare(Drawing.load(picture), colorist, work_size=256, live_work_size=256)


def placed(x: int, y: int, scale: float, size: tuple[int, int]) -> Image.Image:
    """The house, scaled, at x, y on a page of another size."""
    page = Image.new("L", size, 255)
    small = house().resize((round(120 * scale), round(80 * scale)), Image.Resampling.BICUBIC)
    page.paste(small, (x, y))
    return page


@pytest.mark.parametrize(
    ("x", "y", "scale", "size"),
    [(0, 0, 1.0, (120, 80)), (14, 9, 1.0, (160, 110)), (16, 10, 1.8, (240, 170))],
)
def test_a_figure_that_moved_keeps_its_colors(
    colorist: Colorist, x: int, y: int, scale: float, size: tuple[int, int]
) -> None:
    page = ready(placed(x, y, scale, size), colorist)
    found = {hint.color: hint for hint in match(ready(house(), colorist), HINTS, page)}
    labels = page.encoding.regions.labels()
    assert set(found) == {hint.color for hint in HINTS}
    for hint in HINTS:
        there = found[hint.color]
        true = labels[round(hint.y * scale + y), round(hint.x * scale + x)]
        assert labels[int(there.y), int(there.x)] == true
        assert there.confidence > 0.4


def test_what_is_sure_comes_first_and_what_is_not_is_not_offered(colorist: Colorist) -> None:
    page = np.full((90, 140), 255, np.uint8)
    page[10:12, :] = 0  # a line, and nothing like a house
    other = ready(Image.fromarray(page), colorist)
    found = match(ready(house(), colorist), HINTS, other)
    assert len(found) <= 1
    same = match(ready(house(), colorist), HINTS, ready(house(), colorist))
    assert [hint.confidence for hint in same] == sorted(
        (hint.confidence for hint in same), reverse=True
    )


def test_a_stroke_speaks_for_where_its_middle_is(colorist: Colorist) -> None:
    stroke = StrokeHint(
        id="s", kind="stroke", points=[[1, 1], [40, 55], [118, 78]], color="#C03040"
    )
    (only,) = match(ready(house(), colorist), [stroke], ready(house(), colorist))
    assert 15 < only.x < 70
    assert 40 < only.y < 72


def test_the_page_asks_by_name(client: TestClient, add: Add) -> None:
    first = add()
    second = add(png(placed(14, 9, 1.0, (160, 110))), session=first["session"])
    state = {"hints": [WALL, SUN, ROOF]}
    client.patch(f"/api/v1/drawings/{first['id']}", json={"state": state})
    path = f"/api/v1/drawings/{second['id']}/match"
    named = client.post(path, json={"from": first["id"], "names": ["roof"]}).json()["hints"]
    assert [(hint["name"], hint["color"]) for hint in named] == [("roof", "#4060C0")]
    assert len(client.post(path, json={"from": first["id"]}).json()["hints"]) == 3
    assert client.post(path, json={"from": "a" * 26}).status_code == 404
    assert client.get(f"/api/v1/drawings/{second['id']}").json()["state"]["hints"] == []
