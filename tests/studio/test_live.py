"""The live loop over a real socket: newest wins, what changed travels, nobody waits for others."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.studio.samples import SUN, WALL, Program, dab, house, png, running
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from irodori.studio.frames import COARSE, FULL, HEADER, PNG, FrameWriter

RED, BLUE = (0xC0, 0x30, 0x40), (0x20, 0x40, 0xC0)


class Frame(NamedTuple):
    seq: int
    kind: int
    box: tuple[int, int, int, int]
    pixels: np.ndarray


class Tab:
    """A page in a few lines: sends changes, keeps the picture up to date from frames."""

    def __init__(self, link: ClientConnection, drawing: dict[str, Any], frames: str) -> None:
        self.link, self.seq, self.notes = link, 0, []
        width, height = drawing["frame"]["width"], drawing["frame"]["height"]
        self.picture = np.zeros((height, width, 4), np.uint8)
        self.say(type="open", session=drawing["session"], drawing=drawing["id"], frames=frames)

    def say(self, **message: Any) -> None:
        self.link.send(json.dumps(message))

    def change(self, **what: Any) -> int:
        self.seq += 1
        self.say(type="change", seq=self.seq, **what)
        return self.seq

    def frame(self) -> Frame:
        """The next frame, painted onto the picture; notes on the way are kept."""
        while isinstance(message := self.link.recv(timeout=60), str):
            self.notes.append(json.loads(message))
        seq, kind, encoding, _, width, height, x, y, w, h = HEADER.unpack(message[: HEADER.size])
        assert (height, width) == self.picture.shape[:2]
        if encoding == PNG and w:
            import cv2

            packed = np.frombuffer(message[HEADER.size :], np.uint8)
            pixels = cv2.cvtColor(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        else:
            pixels = np.frombuffer(message[HEADER.size :], np.uint8).reshape(h, w, 4)
        self.picture[y : y + h, x : x + w] = pixels
        return Frame(seq, kind, (x, y, w, h), pixels)

    def until(self, seq: int, *, kind: int = FULL) -> Frame:
        """The frame that answers a change, or a later one."""
        for _ in range(200):
            frame = self.frame()
            if frame.seq >= seq and frame.kind >= kind:
                return frame
        raise AssertionError("no answer")

    def note(self, type: str) -> dict[str, Any]:
        """The next note of a type."""
        for _ in range(200):
            for number, note in enumerate(self.notes):
                if note["type"] == type:
                    return dict(self.notes.pop(number))
            message = self.link.recv(timeout=60)
            if isinstance(message, str):
                self.notes.append(json.loads(message))
        raise AssertionError(f"no {type}")

    def color_at(self, x: int, y: int) -> tuple[int, ...]:
        return tuple(self.picture[y, x, :3].tolist())


@contextmanager
def tab(program: Program, drawing: dict[str, Any], frames: str = "raw") -> Iterator[Tab]:
    address = program.base.replace("http", "ws") + "/api/v1/live"
    protocols: Any = ["irodori.v1", f"token.{program.token}"]
    with connect(address, subprotocols=protocols, max_size=None, proxy=None) as link:
        yield Tab(link, drawing, frames)


@pytest.fixture
def load(program: Program) -> Callable[..., dict[str, Any]]:
    def add(data: bytes | None = None, **query: str) -> dict[str, Any]:
        with program.client() as client:
            files = {"file": ("house.png", data or png(note=secrets.token_hex(4)))}
            answer = client.post("/drawings", files=files, params=query)
            assert answer.status_code == 201, answer.text
            return dict(answer.json())

    return add


Load = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("frames", ["raw", "png"])
def test_the_picture_follows_the_hints(program: Program, load: Load, frames: str) -> None:
    with tab(program, load(), frames) as page:
        first = page.until(0)
        assert first.box == (0, 0, 120, 80)
        page.until(page.change(add=[WALL]))
        assert page.color_at(20, 68) == RED
        page.until(page.change(add=[{**WALL, "color": "#2040C0"}]))  # recolored in place
        assert page.color_at(20, 68) == BLUE
        moved = page.until(page.change(add=[SUN], remove=["wall"]))
        assert page.color_at(97, 22) == (0xE0, 0xB0, 0x20)
        assert page.color_at(20, 68) != BLUE
        assert moved.kind == FULL
        again = page.until(page.change(rest=True))
        assert again.box == (0, 0, 0, 0)  # nothing changed, nothing sent


def test_only_the_rectangle_that_changed_is_sent(program: Program, load: Load) -> None:
    drawing = load()
    with tab(program, drawing) as page:
        # The roof has its color, too: a part of which nothing is said may follow any hint.
        others = [dab("roof", 42, 28, "#804020"), dab("paper", 3, 3, "#FFFFFF")]
        page.until(page.change(set=[WALL, SUN, *others], rest=True))
        frame = page.until(page.change(add=[{**SUN, "color": "#20C0C0"}], rest=True))
        x, y, w, h = frame.box
        assert x >= 80
        assert x + w <= 116
        assert y + h <= 41
        with program.client() as client:
            state = client.get(f"/drawings/{drawing['id']}").json()["state"]
        assert [hint["id"] for hint in state["hints"]] == ["wall", "sun", "roof", "paper"]


def test_a_stroke_grows_and_undo_sets_the_whole_list(program: Program, load: Load) -> None:
    stroke = {"id": "s", "kind": "stroke", "points": [[30, 50]], "color": "#C03040", "radius": 2}
    with tab(program, load()) as page:
        page.change(add=[stroke])
        page.until(page.change(extend={"id": "s", "points": [[40, 60], [95, 20]]}))
        assert page.color_at(40, 60) == RED
        assert page.color_at(95, 20) == RED
        before = page.picture.copy()
        page.until(page.change(set=[]))
        page.until(page.change(set=[{**stroke, "points": [[30, 50], [40, 60], [95, 20]]}]))
        assert np.array_equal(before, page.picture)


def test_the_newest_state_wins_and_no_queue_grows(program: Program, load: Load) -> None:
    with tab(program, load()) as page:
        page.until(0)
        for step in range(400):
            page.change(add=[{**WALL, "x": 20 + step % 40}])
        seen = []
        while not seen or seen[-1] < 400:
            seen.append(page.frame().seq)
        assert len(seen) < 200  # of 400 states most were skipped
        assert seen == sorted(seen)


def test_a_large_page_is_quick_first_and_exact_when_the_brush_rests(
    program: Program, load: Load
) -> None:
    drawing = load(png(house(2400, 1600)))
    assert drawing["frame"] == {"width": 1024, "height": 683}
    with tab(program, drawing) as page:
        page.until(0)
        seq = page.change(add=[dab("w", 800, 1100, "#C03040")])
        assert page.frame().kind == COARSE
        assert page.color_at(170, 580) == RED
        full = page.until(seq)
        assert full.kind == FULL
        assert page.color_at(170, 580) == RED


def test_wrong_messages_are_answered_and_change_nothing(program: Program, load: Load) -> None:
    drawing = load()
    with tab(program, drawing) as page:
        page.until(page.change(add=[WALL], rest=True))
        wrong: list[dict[str, Any]] = [
            {"extend": {"id": "none", "points": [[1, 1]]}},
            {"add": [{"id": "x", "kind": "dab", "x": 1e9, "y": 0, "color": "#000000"}]},
            {"add": [{"id": "x", "kind": "dab", "x": 1, "y": 0, "color": "red"}]},
            {"seed": -1},
            {"nonsense": True},
        ]
        for what in wrong:
            seq = page.change(**what)
            note = page.note("error")
            assert note["message"]
            assert note["seq"] in (seq, 1, seq - 1)
        for text in ("{", "[]", '{"type":"none"}', '"x"', '{"type": "\\ud83d"}'):
            page.link.send(text)
            page.note("error")
        page.link.send(b"\x00\x01")
        page.note("error")
        page.until(page.change(rest=True))
        assert page.color_at(20, 68) == RED


def test_pages_do_not_open_what_is_not_theirs(program: Program, load: Load) -> None:
    mine, other = load(), load()
    stolen = {**mine, "id": other["id"]}
    with tab(program, stolen) as page:
        assert "another session" in page.note("error")["message"]
        page.change(add=[WALL])
        assert "open first" in page.note("error")["message"]


def test_a_drawing_removed_under_the_brush_closes_no_other_page(
    program: Program, load: Load
) -> None:
    gone, other = load(png(house(1500, 1200), note=secrets.token_hex(4))), load()
    with tab(program, gone) as page, tab(program, other) as quiet, program.client() as client:
        page.until(0)
        page.change(add=[WALL])
        assert client.delete(f"/drawings/{gone['id']}").status_code == 204
        page.change(add=[SUN])
        assert "no such drawing" in page.note("error")["message"]
        quiet.until(quiet.change(add=[WALL]))
        assert quiet.color_at(20, 68) == RED
        page.say(type="open", session=gone["session"], drawing=gone["id"])
        with pytest.raises(ConnectionClosed) as closed:
            page.note("never")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4404


def test_two_pages_do_not_disturb_each_other(program: Program, load: Load) -> None:
    """The same picture in two browsers: each has its own hints and sees its own colors."""
    same = png(note="two browsers")
    one, two = load(same), load(same)
    with tab(program, one) as left, tab(program, two) as right:
        for step in range(20):
            left.change(add=[{**WALL, "x": 30 + step}])
            right.change(add=[{**WALL, "x": 30 + step, "color": "#2040C0"}])
        left.until(left.change(rest=True))
        right.until(right.change(rest=True))
        assert left.color_at(20, 68) == RED
        assert right.color_at(20, 68) == BLUE
        third = load(same)  # the same bytes again, while both are being worked on
        assert third["state"]["hints"] == []
        assert not third["restored"]


def test_two_tabs_of_one_session_stay_in_step(program: Program, load: Load) -> None:
    drawing = load()
    with tab(program, drawing) as left, tab(program, drawing) as right:
        right.until(0)
        left.until(left.change(add=[WALL], rest=True))
        assert right.note("changed")["drawing"] == drawing["id"]
        right.until(0)
        assert right.color_at(20, 68) == RED


def test_a_page_that_stops_reading_holds_nobody_up(program: Program, load: Load) -> None:
    """It asks for large frames and never reads: its socket fills up; the others go on."""
    stuck, other = load(png(house(1000, 900))), load()
    address = program.base.replace("http", "ws") + "/api/v1/live"
    protocols: Any = ["irodori.v1", f"token.{program.token}"]
    raw = socket.create_connection(tuple(_host_and_port(program)), timeout=20)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with connect(address, sock=raw, subprotocols=protocols, max_size=None, max_queue=1) as link:
        page = Tab(link, stuck, "raw")
        for step in range(60):
            color = f"#{step * 4:02X}40{255 - step * 4:02X}"
            page.change(add=[dab("d", 350, 600, color), dab("p", 5, 5, color)])
            time.sleep(0.02)
        with tab(program, other) as quick:
            quick.until(0)
            for step in range(10):
                started = time.monotonic()
                quick.until(quick.change(add=[{**WALL, "x": 30 + step}]))
                assert time.monotonic() - started < 10
        raw.close()


def _host_and_port(program: Program) -> tuple[str, int]:
    host, port = program.base.removeprefix("http://").split(":")
    return host, int(port)


def test_killed_and_started_again_everything_is_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    palette = [{"color": "#336699", "weight": 1.0}]
    with running(store) as program:
        with program.client() as client:
            drawing = client.post("/drawings", files={"file": ("house.png", png())}).json()
            client.put(f"/drawings/{drawing['id']}/history", content=b'["undo"]')
        with tab(program, drawing) as page:
            page.until(page.change(add=[WALL, SUN], palette=palette, rest=True))
            while page.note("saved")["revision"] < 1:
                pass
            program.process.kill()  # in the middle of drawing
            program.process.wait(20)
            picture = page.picture.copy()
        old_token = program.token
    with running(store) as program, program.client() as client:
        assert program.token == old_token  # an old tab lives on
        session = client.post("/sessions", json={"last": drawing["session"]}).json()
        assert session["session"] == drawing["session"]
        assert session["resumed"]
        back = session["drawings"][0]
        assert [hint["id"] for hint in back["state"]["hints"]] == ["wall", "sun"]
        assert back["state"]["palette"] == palette
        assert client.get(f"/drawings/{back['id']}/history").content == b'["undo"]'
        with tab(program, back) as page:
            page.until(0)
            assert np.array_equal(page.picture, picture)


def test_frames_hold_just_what_differs() -> None:
    writer = FrameWriter()
    pixels = np.zeros((40, 60, 4), np.uint8)
    assert len(writer.write(pixels, seq=1, kind=COARSE)) == HEADER.size + pixels.nbytes
    changed = pixels.copy()
    changed[10:13, 20:25] = 7
    message = writer.write(changed, seq=2, kind=FULL)
    assert HEADER.unpack(message[: HEADER.size]) == (2, FULL, 0, 0, 60, 40, 20, 10, 5, 3)
    assert message[HEADER.size :] == bytes([7]) * (5 * 3 * 4)
    assert len(writer.write(changed, seq=3, kind=FULL)) == HEADER.size
