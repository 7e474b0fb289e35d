"""What was done is there again: after the browser is killed, after the studio was restarted."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

FACE, HAIR = (165, 245, "#F8D8C2"), (80, 270, "#8A5A3B")


def test_a_killed_browser_loses_nothing(
    open_browser: Callable[[Path], Any], examples: Path, tmp_path: Path
) -> None:
    artist = open_browser(tmp_path / "profile")
    artist.drop(examples / "sailor.png")
    artist.dab(*FACE)
    artist.page.keyboard.press("a")
    artist.dab(*HAIR)
    artist.page.keyboard.press("Control+z")
    artist.rest()
    artist.page.wait_for_timeout(700)  # autosave comes 0.3 s after a change
    mouse = artist.page.mouse
    mouse.move(*artist.place(150, 430))
    mouse.down()
    for step in range(10):
        mouse.move(*artist.place(150 + 5 * step, 430 + step))
    artist.page.wait_for_timeout(700)
    kill_browser(tmp_path / "profile")

    again = open_browser(tmp_path / "profile")
    again.until("!!irodori.studio.page?.painted")
    again.rest()
    assert again.ask("studio.page.info.name") == "sailor.png"
    assert again.ask("studio.page.doc.palette.colors") == ["#F8D8C2"]
    assert again.color(165, 245) == "#F8D8C2"
    hints = again.hints()
    assert hints[0]["color"] == "#F8D8C2"
    assert len(hints) == 2  # the second is the stroke that was being drawn
    assert hints[1]["points"][-1][0] > 170
    for _ in range(3):
        again.page.keyboard.press("Control+z")
    again.rest()
    assert again.hints() == []
    assert again.ask("studio.page.doc.palette.colors") == []
    for _ in range(3):
        again.page.keyboard.press("Control+Shift+z")
    assert len(again.hints()) == 2


def kill_browser(profile: Path) -> None:
    """Kill the browser that has this profile, as a crash would."""
    found = subprocess.run(
        ["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=True
    )
    for process in found.stdout.split():
        os.kill(int(process), signal.SIGKILL)


def test_taken_back_steps_can_be_taken_again_after_a_reload(artist: Any, examples: Path) -> None:
    artist.drop(examples / "sailor.png")
    artist.dab(*FACE)
    artist.dab(*HAIR)
    artist.page.keyboard.press("Control+z")
    artist.rest()
    artist.page.reload()
    artist.until("!!window.irodori?.studio.page?.painted")
    assert [hint["color"] for hint in artist.hints()] == [FACE[2]]
    artist.page.keyboard.press("Control+Shift+z")
    assert [hint["color"] for hint in artist.hints()] == [FACE[2], HAIR[2]]


def test_the_studio_comes_back_and_work_goes_on(artist: Any, server: Any, examples: Path) -> None:
    artist.drop(examples / "sailor.png")
    artist.dab(*FACE)
    artist.rest()
    server.stop()
    artist.page.locator("#status", has_text="Waiting for the studio").wait_for()
    artist.dab(*HAIR)  # one can go on painting
    server.start()
    artist.until("irodori.studio.online", 30)
    artist.rest()
    assert artist.page.locator("#status").text_content() == ""
    assert artist.color(165, 245) == FACE[2]
    assert artist.color(80, 270) == HAIR[2]


def test_without_the_token_the_page_says_what_to_do(enter: Callable[..., Any], server: Any) -> None:
    artist = enter()
    artist.page.evaluate("localStorage.clear()")
    artist.page.goto("about:blank")
    artist.page.goto(server.address.split("#")[0])
    artist.page.locator("#toasts", has_text="Open the address").first.wait_for()
