"""Sessions and drawings over HTTP: what goes in comes back, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.studio.samples import SUN, WALL, dab, house, png

from irodori.studio.core import Studio

Add = Callable[..., dict[str, Any]]


def picture(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA")).astype(int)


def near(pixels: np.ndarray, x: int, y: int, color: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixels[y, x, :3] - color).max() <= 1)


def test_a_drawing_goes_in_and_comes_back(client: TestClient, add: Add) -> None:
    made = add()
    assert (made["width"], made["height"]) == (120, 80)
    assert made["frame"] == {"width": 120, "height": 80}
    assert not made["colored"]
    assert client.get(f"/api/v1/drawings/{made['id']}").json() == made
    session = client.get(f"/api/v1/sessions/{made['session']}").json()
    assert [each["id"] for each in session["drawings"]] == [made["id"]]


def test_hints_color_the_region_they_lie_in(client: TestClient, add: Add) -> None:
    made = add()
    body = {"hints": [WALL, SUN], "format": "png"}
    answer = client.post(f"/api/v1/drawings/{made['id']}/colorize", json=body)
    pixels = picture(answer)
    assert pixels.shape == (80, 120, 4)
    assert near(pixels, 20, 68, (0xC0, 0x30, 0x40))  # far from the dab, in the same wall
    assert near(pixels, 90, 25, (0xE0, 0xB0, 0x20))
    assert client.get(f"/api/v1/drawings/{made['id']}").json()["state"]["hints"] == []


def test_the_last_mark_wins_whatever_its_kind(client: TestClient, add: Add) -> None:
    made = add()
    stroke = {
        "id": "s",
        "kind": "stroke",
        "points": [[38, 55], [42, 55]],
        "color": "#00AA00",
        "radius": 4,
    }
    for hints, color in (([WALL, stroke], (0, 0xAA, 0)), ([stroke, WALL], (0xC0, 0x30, 0x40))):
        answer = client.post(f"/api/v1/drawings/{made['id']}/colorize", json={"hints": hints})
        assert near(picture(answer), 40, 55, color)


def test_pressure_widens_a_stroke(client: TestClient, add: Add) -> None:
    made = add(png(house(480, 320)))
    line = {"id": "p", "kind": "stroke", "color": "#0000FF", "radius": 2}
    path = f"/api/v1/drawings/{made['id']}"
    points = [[100, 200, 2], [180, 200, 2], [200, 200, 20], [240, 200, 20]]
    client.patch(path, json={"state": {"hints": [{**line, "points": points}]}})
    layers = client.get(f"{path}/export", params={"format": "ora"})
    import zipfile

    with zipfile.ZipFile(io.BytesIO(layers.content)) as archive:
        names = [name for name in archive.namelist() if "hints" in name] or archive.namelist()
        shown = np.asarray(Image.open(io.BytesIO(archive.read(names[0]))).convert("RGBA"))
    heights = (shown[..., 3] > 0).sum(0)
    assert heights.max() in range(38, 44)
    assert np.count_nonzero(heights) > 100
    assert set(np.unique(heights[heights > 0][:40])) <= set(range(2, 8))


def test_state_changes_keep_what_they_do_not_name(client: TestClient, add: Add) -> None:
    path = f"/api/v1/drawings/{add()['id']}"
    palette = [{"color": "#112233", "weight": 0.5}]
    client.patch(path, json={"state": {"hints": [WALL]}})
    answer = client.patch(path, json={"state": {"palette": palette}, "name": "../a/b.png"})
    assert answer.json()["name"] == "b.png"
    state = answer.json()["state"]
    assert [hint["id"] for hint in state["hints"]] == ["wall"]
    assert state["palette"] == palette


def test_a_page_taken_off_the_strip_comes_back_with_its_hints(client: TestClient, add: Add) -> None:
    data = png(note="once more")
    first = add(data)
    client.patch(f"/api/v1/drawings/{first['id']}", json={"state": {"hints": [WALL]}})
    client.delete(f"/api/v1/drawings/{first['id']}")
    again = add(data)
    assert again["restored"]
    assert [hint["id"] for hint in again["state"]["hints"]] == ["wall"]
    assert not add(png(note="another"))["restored"]


def test_a_palette_for_all_leaves_a_locked_one(client: TestClient, add: Add) -> None:
    first = add()
    second = add(session=first["session"])
    client.patch(f"/api/v1/drawings/{second['id']}", json={"state": {"locked": True}})
    palette = [{"color": "#445566", "weight": 1.0}]
    path = f"/api/v1/sessions/{first['session']}"
    answer = client.post(f"{path}/palette", json={"palette": palette}).json()
    assert [each["state"]["palette"] for each in answer["drawings"]] == [palette, []]
    turned = [second["id"], first["id"]]
    reordered = client.patch(path, json={"order": turned, "current": second["id"]}).json()
    assert [each["id"] for each in reordered["drawings"]] == turned
    assert reordered["current"] == second["id"]
    assert client.patch(path, json={"order": turned[:1]}).status_code == 400


def test_what_is_removed_is_gone(client: TestClient, add: Add, studio: Studio) -> None:
    first = add()
    second = add(session=first["session"])
    assert client.delete(f"/api/v1/drawings/{first['id']}").status_code == 204
    assert client.get(f"/api/v1/drawings/{first['id']}").status_code == 404
    assert client.delete(f"/api/v1/sessions/{first['session']}").status_code == 204
    assert client.get(f"/api/v1/drawings/{second['id']}/picture").status_code == 404
    assert not list((studio.store.root / "sessions").iterdir())


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 422), (b"no picture", 422), (b"\x89PNG\r\n\x1a\n", 422), (b"%PDF-1.4", 422)],
)
def test_what_is_no_drawing_is_refused_and_leaves_nothing(
    client: TestClient, studio: Studio, data: bytes, status: int
) -> None:
    answer = client.post("/api/v1/drawings", files={"file": ("x.png", data)})
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert "\n" not in answer.json()["error"]
    assert not list((studio.store.root / "sessions").iterdir())
    assert not list(studio.store.temporary.iterdir())


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_any_format_that_a_drawing_comes_in(add: Add, kind: str) -> None:
    buffer = io.BytesIO()
    house().save(buffer, kind)
    assert add(buffer.getvalue(), f"house.{kind.lower()}")["width"] == 120


def colored_house() -> Image.Image:
    shown = house().convert("RGB")
    from PIL import ImageDraw

    for place, color in (((40, 55), "#b04040"), ((97, 22), "#e0b020"), ((42, 30), "#4060c0")):
        ImageDraw.floodfill(shown, place, tuple(bytes.fromhex(color[1:])))
    ImageDraw.floodfill(shown, (1, 1), (150, 200, 120))
    return shown


def test_a_colored_picture_has_its_lines_drawn_and_is_colored_anew(
    client: TestClient, add: Add
) -> None:
    made = add(png(colored_house()))
    assert made["colored"]
    assert made["lines"] == "extracted"
    path = f"/api/v1/drawings/{made['id']}"
    ink = picture(client.get(f"{path}/ink"))[..., 3] / 255
    true = 1 - np.asarray(house()) / 255
    assert np.corrcoef(ink.ravel(), true.ravel())[0, 1] > 0.8
    answer = client.post(f"{path}/colorize", json={"hints": [WALL]})
    assert near(picture(answer), 20, 66, (0xC0, 0x30, 0x40))
    original = picture(client.get(f"{path}/original"))
    assert near(original, 40, 55, (0xB0, 0x40, 0x40))
    assert add(png(colored_house()), lines="keep")["lines"] == "kept"


def test_empty_leaves_a_transparent_page_transparent(client: TestClient, add: Add) -> None:
    ink = Image.new("RGBA", (120, 80), (0, 0, 0, 0))
    ink.putalpha(house().point(lambda level: 255 - level))
    made = add(png(ink))
    assert made["transparent"]
    path = f"/api/v1/drawings/{made['id']}/colorize"
    for empty, opacity in ((False, 255), (True, 0)):
        hints = [dab("w", 40, 55, "#FFFFFF", empty=empty), SUN]
        pixels = picture(client.post(path, json={"hints": hints}))
        assert pixels[68, 20, 3] == opacity, empty
        assert pixels[25, 90, 3] == 255


def test_the_region_map_tells_closed_areas_apart(client: TestClient, add: Add) -> None:
    made = add()
    data = client.get(f"/api/v1/drawings/{made['id']}/regions").content
    width, height, count, wide = np.frombuffer(data[:16], "<u4")
    assert (width, height, wide) == (120, 80, 0)
    parts = np.frombuffer(data[16 : 16 + 2 * 120 * 80], "<u2").reshape(80, 120)
    region_of = np.frombuffer(data[16 + 2 * 120 * 80 :], "<u4")
    assert len(region_of) == count + 1
    regions = region_of[parts]
    assert regions[55, 40] == regions[68, 20]
    assert len({regions[55, 40], regions[22, 97], regions[30, 42], regions[2, 2]}) == 4


def test_history_is_kept_as_it_was_sent(client: TestClient, add: Add) -> None:
    path = f"/api/v1/drawings/{add()['id']}/history"
    assert client.get(path).status_code == 204
    assert client.put(path, content=b"\x00any bytes\xff").status_code == 204
    assert client.get(path).content == b"\x00any bytes\xff"
    assert client.put(path, content=b"x" * 8_000_001).status_code == 413
    assert client.get(path).content == b"\x00any bytes\xff"


def test_names_never_reach_a_path(client: TestClient, add: Add, studio: Studio) -> None:
    made = add(name="../../../etc/cron.d/evil\r\nx: y.png")
    assert "/" not in made["name"]
    answer = client.get(f"/api/v1/drawings/{made['id']}/export", params={"format": "png"})
    assert "/" not in answer.headers["content-disposition"].replace("UTF-8''", "")
    for path in studio.store.root.parent.rglob("*"):
        assert "evil" not in path.name
    home = Path(studio.store.root)
    assert {path.name for path in home.iterdir()} <= {"temporary", "sessions", "seen", "token"}


def test_lines_can_be_taken_anew(client: TestClient, add: Add) -> None:
    shown = colored_house()
    shown.paste((60, 60, 200), (90, 50, 112, 74))  # a color's border without a stroke
    made = add(png(shown))
    path = f"/api/v1/drawings/{made['id']}"
    client.patch(path, json={"state": {"hints": [WALL]}})
    drawn = picture(client.get(f"{path}/ink"))
    kept = client.put(f"{path}/lines", json={"lines": "keep"}).json()
    assert (kept["lines"], len(kept["state"]["hints"])) == ("kept", 1)
    assert not np.array_equal(picture(client.get(f"{path}/ink")), drawn)
    client.put(f"{path}/lines", json={"lines": "extract"})
    assert np.array_equal(picture(client.get(f"{path}/ink")), drawn)


def test_proposals_differ_and_keep_their_promise(client: TestClient, add: Add) -> None:
    """What a proposal shows is what its palette gives."""
    made = add(png(house(240, 160)))
    path = f"/api/v1/drawings/{made['id']}"
    found = client.post(f"{path}/proposals", json={"n": 4}).json()["proposals"]
    assert found[0]["palette"] == []
    shown = [_small(each["image"]) for each in found]
    assert len({image.tobytes() for image in shown}) >= 3
    for each, image in zip(found, shown, strict=True):
        body = {"palette": each["palette"], "seed": each["seed"]}
        given = picture(client.post(f"{path}/colorize", json=body))[..., :3]
        assert np.abs(given - image.astype(int)).mean() < 4  # what WebP loses
    more = client.post(f"{path}/proposals", json={"n": 4, "first": 4}).json()["proposals"]
    assert not [each for each in more if each["palette"] in [old["palette"] for old in found]]


def test_more_like_this_stays_near(client: TestClient, add: Add) -> None:
    made = add(png(house(240, 160)))
    path = f"/api/v1/drawings/{made['id']}/proposals"
    colors = ["#C03040", "#3060C0", "#E0B020", "#209060", "#F0D0B0"]
    liked = {"palette": [{"color": color} for color in colors]}
    found = client.post(path, json={"n": 5, "like": liked}).json()["proposals"]
    for each in found:
        given = {swatch["color"] for swatch in each["palette"]}
        assert 0 < len(given & set(colors)) < len(colors)  # some stay, some turn
    again = client.post(path, json={"n": 5, "like": liked}).json()["proposals"]
    assert [each["palette"] for each in again] == [each["palette"] for each in found]


def _small(address: str) -> np.ndarray:
    import base64

    data = base64.b64decode(address.removeprefix("data:image/webp;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_palette_of_a_page_and_of_a_picture(client: TestClient, add: Add) -> None:
    made = add()
    path = f"/api/v1/drawings/{made['id']}"
    client.patch(path, json={"state": {"hints": [WALL, SUN]}})
    colors = [each["color"] for each in client.get(f"{path}/palette").json()["palette"]]
    assert {"#C03040", "#E0B020"} <= set(colors)
    files = {"file": ("colors.png", png(colored_house()))}
    answer = client.post("/api/v1/palette", files=files, params={"n": 4}).json()["palette"]
    assert len(answer) <= 4
    assert "#B04040" in [each["color"] for each in answer]


def test_palettes_are_kept_by_name(client: TestClient) -> None:
    palette = [{"color": "#123456", "weight": 0.5}]
    path = "/api/v1/palettes/海 & Söhne"
    assert client.put(path, json={"palette": palette}).status_code == 200
    (kept,) = client.get("/api/v1/palettes").json()["palettes"]
    assert kept == {"name": "海 & Söhne", "palette": palette}
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


def test_hints_as_the_command_line_reads_them(client: TestClient, add: Add, tmp_path: Path) -> None:
    from irodori.color.hints import Hints

    path = f"/api/v1/drawings/{add()['id']}"
    client.patch(path, json={"state": {"hints": [WALL, SUN]}})
    file = tmp_path / "hints.json"
    file.write_bytes(client.get(f"{path}/hints").content)
    assert Hints.from_json(file).colors() == [(0xC0, 0x30, 0x40), (0xE0, 0xB0, 0x20)]
