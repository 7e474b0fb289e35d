"""For everybody: keys for everything, names for screen readers, two languages, any screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EFFECTS = [
    # pressed key: what it changes
    ("b", "studio.tool === 'brush'"),
    ("g", "studio.tool === 'fill'"),
    ("e", "studio.tool === 'eraser'"),
    ("v", "studio.tool === 'move'"),
    ("i", "studio.tool === 'pick'"),
    ("w", "studio.tool === 'white'"),
    ("n", "studio.tool === 'empty'"),
    ("h", "studio.tool === 'hand'"),
    ("]", "studio.radius > 7.5"),
    ("[", "Math.abs(studio.radius - 7) < 0.01"),
    ("a", "studio.page.doc.palette.colors.length === 1"),
    ("k", "studio.page.doc.palette.locked"),
    ("Control+z", "!studio.page.doc.palette.locked"),
    ("Control+y", "studio.page.doc.palette.locked"),
    ("k", "!studio.page.doc.palette.locked"),
    ("1", "studio.color === studio.page.doc.palette.colors[0]"),
    ("Shift+H", "!studio.handOn"),
    ("s", "!studio.shaded"),
    ("u", "!studio.pins"),
    (",", "Math.abs(studio.lines - 0.9) < 0.01"),
    (".", "studio.lines === 1"),
    ("+", "studio.view.scale > 1.7"),
    ("-", "studio.view.scale < 1.6"),
    ("d", "document.documentElement.dataset.surround === 'dark'"),
    ("p", "document.querySelector('#ideas').hidden"),
    ("m", "!document.querySelector('#ideas').hidden && studio.page.ideasSeen === 12"),
    ("r", "studio.page.ideasSeen === 18"),
    ("Shift+Digit2", "studio.page.doc.palette.colors.length > 1"),
    ("PageUp", "studio.page.info.name === 'farmer.png'"),
    ("PageDown", "studio.page.info.name === 'sailor.png'"),
    ("Control+e", "document.querySelector('#sheet').dataset.kind === 'out'"),
    ("Escape", "!document.querySelector('#sheet').open"),
    ("o", "document.querySelector('#sheet[open]')?.dataset.kind === 'kept'"),
    ("?", "document.querySelector('#sheet[open]')?.dataset.kind === 'help'"),
    ("x", "document.activeElement.id === 'hex'"),
    ("j", "document.documentElement.lang === 'ja'"),
]


def test_every_function_has_a_key_that_works(artist: Any, examples: Path) -> None:
    artist.drop(examples / "farmer.png", examples / "sailor.png")
    artist.page.keyboard.press("PageDown")
    artist.until("irodori.studio.page.info.name === 'sailor.png' && irodori.studio.page.painted")
    for key, effect in EFFECTS:
        if key in ("o", "?", "x"):
            artist.page.keyboard.press("Escape")
        if key == "j":
            artist.page.evaluate("document.activeElement.blur()")
        artist.page.keyboard.press(key)
        artist.until(f"(() => {{ const {{ studio }} = irodori; return {effect}; }})()")


def test_no_two_functions_share_a_key_and_the_help_lists_all(artist: Any) -> None:
    commands = artist.ask("irodori.all.map(({ id, keys }) => [id, keys])")
    keys = [key for _, keys in commands for key in keys]
    assert all(keys for _, keys in commands)
    assert len(keys) == len(set(keys))
    artist.page.keyboard.press("?")
    assert artist.page.locator("#sheet .row").count() == len(commands)
    assert artist.page.locator("#sheet .row b").all_text_contents() != []
    assert all(text.strip() for text in artist.page.locator("#sheet kbd").all_text_contents())


def test_a_drawing_is_painted_with_keys_alone(artist: Any, examples: Path) -> None:
    artist.drop(examples / "sailor.png")
    for _ in range(40):
        if artist.ask("document.activeElement.id") == "canvas":
            break
        artist.page.keyboard.press("Tab")
    else:
        raise AssertionError("Tab does not reach the drawing")
    artist.page.keyboard.press("ArrowUp")
    artist.page.keyboard.press("Enter")
    assert len(artist.hints()) == 1
    artist.page.keyboard.down("Enter")
    for _ in range(5):
        artist.page.keyboard.press("ArrowRight")
    artist.page.keyboard.up("Enter")
    dab, stroke = artist.hints()
    assert stroke["points"][-1][0] - dab["points"][0][0] > 20


@pytest.mark.parametrize("surround", ["light", "dark"])
def test_axe_finds_no_serious_fault(
    enter: Callable[..., Any], examples: Path, surround: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    artist = enter(color_scheme=surround)
    assert faults(axe, artist) == []
    artist.drop(examples / "farmer.png", examples / "sailor.png")
    artist.dab(165, 245, "#F8D8C2")
    artist.page.keyboard.press("a")
    artist.page.keyboard.press("p")
    assert faults(axe, artist) == []
    for key in ("?", "Control+e", "o"):
        artist.page.keyboard.press("Escape")
        artist.page.keyboard.press(key)
        artist.until("document.querySelector('#sheet').open")
        assert faults(axe, artist) == []


def faults(axe: Any, artist: Any) -> list[tuple[str, str]]:
    """What axe-core calls serious or critical, and where."""
    artist.page.wait_for_timeout(200)
    found = axe.run(artist.page).response["violations"]
    return [
        (fault["id"], node["html"][:120])
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def test_it_speaks_japanese_to_a_japanese_browser(enter: Callable[..., Any]) -> None:
    artist = enter(locale="ja-JP")
    assert artist.page.locator("#welcome .large").text_content() == "線画をここに置く"
    artist.page.click("[data-do=language]")
    assert artist.page.locator("#welcome .large").text_content() == "Drop a drawing here"
    english, japanese = artist.page.evaluate(
        """async () => {
          const { en } = await import("./page/js/en.js");
          const { ja } = await import("./page/js/ja.js");
          return [Object.keys(en), Object.keys(ja)];
        }"""
    )
    assert english == japanese


@pytest.mark.parametrize("size", ["desktop", "tablet", "phone"])
def test_nothing_lies_outside_the_window_or_over_another(
    enter: Callable[..., Any], examples: Path, size: str
) -> None:
    artist = enter(size)
    artist.drop(*(examples / f"{name}.png" for name in ("witch", "farmer")))
    artist.until("document.querySelectorAll('#cards button.idea').length === 6")
    boxes = artist.page.evaluate(
        """() => Object.fromEntries(
          ["top", "strip", "tools", "paints", "ideas", "look"]
            .map((id) => [id, document.getElementById(id).getBoundingClientRect().toJSON()])
            .filter(([, box]) => box.width > 0))"""
    )
    width, height = artist.page.viewport_size.values()
    for box in boxes.values():
        assert box["left"] >= 0
        assert box["top"] >= 0
        assert box["right"] <= width
        assert box["bottom"] <= height
    names = sorted(boxes)
    for one in names:
        for other in names:
            a, b = boxes[one], boxes[other]
            apart = a["right"] <= b["left"] or a["bottom"] <= b["top"]
            apart = apart or b["right"] <= a["left"] or b["bottom"] <= a["top"]
            assert apart or one == other, (one, other)
