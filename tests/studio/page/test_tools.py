"""Each tool, with mouse, pen, fingers and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def sailor(artist: Any, examples: Path) -> Any:
    """An artist with a drawing on the stage."""
    artist.drop(examples / "sailor.png")
    return artist


def test_white_and_empty_are_hints_of_their_own(sailor: Any) -> None:
    sailor.page.keyboard.press("w")
    sailor.stroke([(165, 245), (170, 246)])
    sailor.rest()
    assert sailor.color(165, 245) == "#FFFFFF"
    sailor.page.keyboard.press("n")
    sailor.stroke([(255, 340), (258, 342)])
    sailor.rest()
    assert [hint["color"] for hint in sailor.hints()] == ["#FFFFFF", None]
    assert sailor.color(255, 340) == "#FFFFFF"


def test_one_click_fills_a_closed_part_and_replaces_what_was_there(sailor: Any) -> None:
    sailor.dab(150, 365, "#00AA00")
    sailor.page.fill("#hex", "#D2343F")
    sailor.page.press("#hex", "Enter")
    sailor.page.keyboard.press("g")
    sailor.page.mouse.click(*sailor.place(160, 370))
    sailor.until("Object.values(irodori.studio.page.doc.hints).some((h) => h.color === '#D2343F')")
    sailor.rest()
    assert [hint["color"] for hint in sailor.hints()] == ["#D2343F"]
    assert sailor.color(150, 365) == "#D2343F"
    sailor.page.keyboard.press("Control+z")
    assert [hint["color"] for hint in sailor.hints()] == ["#00AA00"]


def test_a_hint_is_moved_recolored_and_erased(sailor: Any) -> None:
    sailor.dab(165, 245, "#AA5500")
    sailor.page.keyboard.press("v")
    sailor.stroke([(165, 245), (200, 260), (210, 250)])
    (hint,) = sailor.hints()
    assert hint["points"][0][:2] == pytest.approx([210, 250], abs=1.5)
    sailor.page.keyboard.press("a")  # the color in hand, into the palette
    sailor.page.fill("#hex", "#0055AA")
    sailor.page.press("#hex", "Enter")  # the held hint takes it
    assert sailor.hints()[0]["color"] == "#0055AA"
    pan = sailor.page.locator("#pans [data-color='#AA5500']").bounding_box()
    mouse = sailor.page.mouse
    mouse.move(pan["x"] + 10, pan["y"] + 10)
    mouse.down()
    mouse.move(pan["x"] - 100, pan["y"] + 20)
    mouse.move(*sailor.place(210, 250))
    mouse.up()
    assert sailor.hints()[0]["color"] == "#AA5500"  # dropped on it
    sailor.page.keyboard.press("e")
    sailor.stroke([(180, 250), (212, 250)])
    assert sailor.hints() == []
    for _ in range(5):
        sailor.page.keyboard.press("Control+z")
    assert sailor.hints()[0]["points"][0][:2] == pytest.approx([165, 245], abs=1.5)


def test_colors_are_picked_from_the_result(sailor: Any) -> None:
    sailor.dab(165, 245, "#12AB9C")
    sailor.rest()
    sailor.page.fill("#hex", "#000000")
    sailor.page.press("#hex", "Enter")
    sailor.page.keyboard.press("i")
    sailor.page.mouse.click(*sailor.place(215, 245))
    assert sailor.page.input_value("#hex") == "#12AB9C"
    assert sailor.ask("studio.tool") == "brush"


def test_a_palette_is_dragged_together_locked_and_kept(sailor: Any) -> None:
    swatch = sailor.page.locator("#swatch").bounding_box()
    pans = sailor.page.locator("#pans").bounding_box()
    mouse = sailor.page.mouse
    for color in ("#112233", "#AA3344"):
        sailor.page.fill("#hex", color)
        sailor.page.press("#hex", "Enter")
        mouse.move(swatch["x"] + 20, swatch["y"] + 20)
        mouse.down()
        mouse.move(pans["x"] + 90, pans["y"] + 40)
        mouse.move(pans["x"] + 100, pans["y"] + 30)
        mouse.up()
    assert sailor.ask("studio.page.doc.palette.colors") == ["#112233", "#AA3344"]
    sailor.page.keyboard.press("k")
    sailor.page.keyboard.press("s")  # flats alone
    sailor.dab(165, 245, "#AA3040")  # near the locked color: becomes it exactly
    assert sailor.hints()[0]["color"] == "#AA3344"
    sailor.rest()
    shown = {sailor.color(x, y) for x in range(60, 320, 20) for y in range(80, 500, 20)}
    assert {"#112233", "#AA3344"} >= {color for color in shown if color != "#FFFFFF"}
    sailor.page.keyboard.press("o")
    sailor.page.fill("#sheet input", "Harbor")
    sailor.page.click("#sheet form button")
    sailor.page.locator("#sheet .use b", has_text="Harbor").wait_for()
    sailor.page.keyboard.press("Escape")
    sailor.page.locator("#pans [data-color='#AA3344']").focus()
    sailor.page.keyboard.press("Delete")
    assert sailor.ask("studio.page.doc.palette.colors") == ["#112233"]
    sailor.page.keyboard.press("Escape")
    sailor.page.keyboard.press("o")
    sailor.page.locator("#sheet .use", has_text="Harbor").click()
    assert sailor.ask("studio.page.doc.palette.colors") == ["#112233", "#AA3344"]


def test_a_pen_draws_wider_where_it_is_pressed(sailor: Any) -> None:
    pen = sailor.page.context.new_cdp_session(sailor.page)

    def send(kind: str, x: float, force: float) -> None:
        left, top = sailor.place(x, 430)
        pen.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind,
                "x": left,
                "y": top,
                "button": "left",
                "buttons": 1,
                "pointerType": "pen",
                "force": force,
            },
        )

    send("mousePressed", 150, 0.1)
    for step in range(1, 11):
        send("mouseMoved", 150 + 5 * step, 0.1 + 0.08 * step)
    send("mouseReleased", 200, 0)
    (hint,) = sailor.hints()
    radii = [point[2] for point in hint["points"]]
    assert max(radii) > 1.6 * radii[0]


def test_one_finger_paints_and_two_pan_and_pinch(enter: Callable[..., Any], examples: Path) -> None:
    artist = enter("phone")
    artist.drop(examples / "sailor.png")
    hand = artist.page.context.new_cdp_session(artist.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(points)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    start, end = artist.place(150, 430), artist.place(190, 432)
    touch("touchStart", start)
    touch("touchMove", end)
    touch("touchEnd")
    assert len(artist.hints()) == 1
    before = artist.ask("studio.view")
    (x, y) = start
    touch("touchStart", (x, y))
    touch("touchStart", (x, y), (x + 100, y))
    touch("touchMove", (x - 50, y - 40), (x + 150, y - 40))
    touch("touchEnd")
    after = artist.ask("studio.view")
    assert after["scale"] == pytest.approx(2 * before["scale"], rel=0.05)
    assert len(artist.hints()) == 1


def test_space_pans_and_the_wheel_zooms_where_it_points(sailor: Any) -> None:
    before = sailor.ask("studio.view")
    x, y = sailor.place(165, 245)
    sailor.page.mouse.move(x, y)
    sailor.page.mouse.wheel(0, -200)
    sailor.until(f"irodori.studio.view.scale > {before['scale'] * 1.2}")
    assert sailor.place(165, 245) == pytest.approx((x, y), abs=0.5)
    sailor.page.locator("#canvas").focus()
    sailor.page.keyboard.down("Space")
    sailor.stroke([(165, 245), (175, 255)])
    sailor.page.keyboard.up("Space")
    assert sailor.place(165, 245) != pytest.approx((x, y), abs=2)
    assert sailor.hints() == []
    sailor.page.keyboard.press("0")
    assert sailor.ask("studio.view") == before


def test_lines_fade_and_compare_shows_the_drawing(sailor: Any) -> None:
    def shot() -> bytes:
        sailor.page.wait_for_timeout(120)
        return bytes(sailor.page.screenshot())

    colored = shot()
    sailor.page.locator("#canvas").focus()
    sailor.page.keyboard.down("c")
    assert sailor.ask("studio.comparing")
    line_art = shot()
    sailor.page.keyboard.up("c")
    assert not sailor.ask("studio.comparing")
    for _ in range(5):
        sailor.page.keyboard.press(",")
    assert sailor.page.input_value("#lines") == "50"
    faint = shot()
    assert len({colored, line_art, faint}) == 3
    shaded = sailor.picture()
    sailor.page.keyboard.press("s")
    sailor.rest()
    assert sailor.ask("studio.shaded") is False
    assert sailor.page.get_attribute("[data-do=shade]", "aria-pressed") == "false"
    sailor.page.keyboard.press("s")
    sailor.rest()
    assert sailor.picture() == shaded


def test_space_pans_also_after_a_click_on_a_tool(sailor: Any) -> None:
    sailor.page.click("#tools [data-do=fill]")
    before = sailor.ask("studio.view")
    sailor.page.keyboard.down("Space")
    sailor.stroke([(165, 245), (175, 255)])
    sailor.page.keyboard.up("Space")
    assert sailor.ask("studio.view.x") > before["x"]
    assert sailor.hints() == []


def test_mixing_a_color_for_a_held_hint_is_one_step(sailor: Any) -> None:
    sailor.dab(165, 245, "#AA5500")
    sailor.page.keyboard.press("v")
    sailor.page.mouse.click(*sailor.place(165, 245))
    box = sailor.page.locator("#shades").bounding_box()
    mouse = sailor.page.mouse
    mouse.move(box["x"] + 20, box["y"] + 20)
    mouse.down()
    for step in range(5):
        mouse.move(box["x"] + 30 + 15 * step, box["y"] + 25)
    mouse.up()
    (hint,) = sailor.hints()
    assert hint["color"] != "#AA5500"
    assert hint["color"] == sailor.page.input_value("#hex")
    sailor.page.keyboard.press("Control+z")
    assert sailor.hints()[0]["color"] == "#AA5500"
