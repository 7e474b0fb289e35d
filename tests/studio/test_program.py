"""The program as it is run: many at once, stopped, started twice, opened with files."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image
from tests.studio.samples import SUN, WALL, Program, house, png, running

from irodori.color.hints import Hints

COLORS = {"red": (0xC0, 0x30, 0x40), "blue": (0x20, 0x40, 0xC0)}


def test_200_parallel_colorings_are_served_or_told_to_come_back(program: Program) -> None:
    """Two drawings of other sizes, each with its color: nobody gets the other's picture."""

    async def all_at_once() -> list[tuple[str, httpx2.Response]]:
        limits = httpx2.Limits(max_connections=200)
        async with httpx2.AsyncClient(
            base_url=f"{program.base}/api/v1",
            headers=program.headers,
            timeout=120,
            limits=limits,
        ) as client:

            async def color(name: str, id: str) -> tuple[str, httpx2.Response]:
                shown = "#{:02X}{:02X}{:02X}".format(*COLORS[name])
                hints = [{**WALL, "color": shown}]
                return name, await client.post(f"/drawings/{id}/colorize", json={"hints": hints})

            ids = {}
            for name, size in (("red", (120, 80)), ("blue", (96, 128))):
                data = png(house(*size).resize(size))
                answer = await client.post("/drawings", files={"file": (f"{name}.png", data)})
                ids[name] = answer.json()["id"]
            names = [name for _ in range(100) for name in ids]
            return await asyncio.gather(*(color(name, ids[name]) for name in names))

    answers = asyncio.run(all_at_once())
    statuses = Counter(answer.status_code for _, answer in answers)
    assert set(statuses) <= {200, 503}
    assert statuses[200] >= 64
    for name, answer in answers:
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) >= 1
            continue
        picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
        assert picture.size == {"red": (120, 80), "blue": (96, 128)}[name]
        assert COLORS[name] in {color for _, color in picture.getcolors(100_000)}
        other = COLORS["blue" if name == "red" else "red"]
        assert other not in {color for _, color in picture.getcolors(100_000)}
    with program.client() as client:
        assert client.get("/about").status_code == 200


def test_the_strip_as_a_zip(program: Program) -> None:
    with program.client() as client:
        session = None
        for note in ("one", "two", "three"):
            query = {"session": session} if session else {}
            files = {"file": ("page.png", png(note=note))}
            made = client.post("/drawings", files=files, params=query).json()
            session = made["session"]
        export = client.post(f"/sessions/{session}/exports", json={"format": "webp"}).json()
        assert export["total"] == 3
        done = _wait(client, export["export"])
        assert (done["state"], done["done"]) == ("done", 3)
        data = client.get(f"/exports/{export['export']}/file").content
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.namelist() == ["page.webp", "page-2.webp", "page-3.webp"]
            assert Image.open(io.BytesIO(archive.read("page-2.webp"))).size == (120, 80)
        assert client.delete(f"/exports/{export['export']}").status_code == 204
        assert client.get(f"/exports/{export['export']}/file").status_code == 404
        empty = client.post("/sessions", json={}).json()
        again = client.post(f"/sessions/{empty['session']}/exports", json={})
        assert again.status_code in (202, 400)  # 400 where the session is a new, empty one


def _wait(client: httpx2.Client, export: str) -> dict[str, Any]:
    for _ in range(200):
        found: dict[str, Any] = client.get(f"/exports/{export}").json()
        if found["state"] != "working":
            return found
        time.sleep(0.1)
    raise AssertionError("the zip was never done")


@pytest.mark.skipif(os.name == "nt", reason="signals are sent in another way on Windows")
def test_ctrl_c_saves_what_is_in_hand_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with running(store) as program:
        with program.client() as client:
            made = client.post("/drawings", files={"file": ("house.png", png())}).json()
            path = f"/drawings/{made['id']}"
            client.patch(path, json={"state": {"hints": [WALL, SUN]}})
            program.process.send_signal(signal.SIGINT)  # before the autosave's turn
        output, errors = program.process.communicate(timeout=60)
        assert program.process.returncode == 130
        assert errors == "irodori: stopped\n"
        assert output == ""
    assert not (store / "temporary").exists()
    (record,) = store.glob("sessions/*/*/drawing.json")
    kept = json.loads(record.read_text())
    assert [hint["id"] for hint in kept["state"]["hints"]] == ["wall", "sun"]


@pytest.mark.skipif(os.name == "nt", reason="signals are sent in another way on Windows")
def test_ctrl_c_in_the_middle_of_a_stroke(tmp_path: Path) -> None:
    """A page is connected, colorings are in flight, a zip is being made."""
    from tests.studio.test_live import tab

    store = tmp_path / "store"
    with running(store) as program:
        with program.client() as client:
            made = client.post(
                "/drawings", files={"file": ("house.png", png(house(900, 700)))}
            ).json()
            client.post(f"/sessions/{made['session']}/exports", json={"format": "psd"})
            with tab(program, made) as page:
                page.until(page.change(add=[{**WALL, "x": 300, "y": 450}, SUN]))
                for step in range(1, 30):
                    page.change(add=[{**WALL, "x": 300 + step, "y": 450}, SUN])
                program.process.send_signal(signal.SIGINT)
                started = time.monotonic()
                _, errors = program.process.communicate(timeout=60)
        assert time.monotonic() - started < 30
        assert program.process.returncode == 130
        assert errors == "irodori: stopped\n"
    (record,) = store.glob("sessions/*/*/drawing.json")
    kept = json.loads(record.read_text())["state"]["hints"]
    assert [hint["id"] for hint in kept] == ["wall", "sun"]
    assert not (store / "temporary").exists()


def test_a_second_studio_takes_the_next_port_and_a_store_of_its_own(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with running(store) as one, running(store) as two:
        assert one.base != two.base
        assert one.token != two.token
        with one.client() as client:
            made = client.post("/drawings", files={"file": ("house.png", png())}).json()
        with two.client() as client:
            assert client.get(f"/drawings/{made['id']}").status_code == 404
        crossed = httpx2.get(f"{two.base}/api/v1/about", headers=one.headers)
        assert crossed.status_code == 401
    assert (tmp_path / "store-2").is_dir()


def test_the_token_is_for_this_user_alone(tmp_path: Path) -> None:
    with running(tmp_path / "store"):
        if os.name != "nt":
            assert (tmp_path / "store" / "token").stat().st_mode & 0o077 == 0
            assert (tmp_path / "store").stat().st_mode & 0o077 == 0


def test_files_from_the_command_line_and_hints_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "comic"
    folder.mkdir()
    house().save(folder / "page-1.png")
    house(200, 120).save(folder / "page-2.png")
    hints = {"dabs": [{"x": 40, "y": 55, "color": "#C03040", "radius": 3}]}
    (folder / "page-1.hints.json").write_text(json.dumps(hints))
    store = tmp_path / "store"
    with running(store, str(folder)) as program, program.client() as client:
        session = client.post("/sessions", json={"mine": "a" * 26}).json()
        names = [drawing["name"] for drawing in session["drawings"]]
        assert names == ["page-1.png", "page-2.png"]
        first, second = session["drawings"]
        assert [hint["color"] for hint in first["state"]["hints"]] == ["#C03040"]
        assert not list(folder.glob("*.irodori.json"))  # looking changes nothing
        client.patch(f"/drawings/{second['id']}", json={"state": {"hints": [SUN]}})
        kept = folder / "page-2.irodori.json"
        for _ in range(100):
            if kept.exists():
                break
            time.sleep(0.05)
        assert Hints.from_json(kept).colors() == [(0xE0, 0xB0, 0x20)]
    shutil.rmtree(store)
    with running(store, str(folder / "page-2.png")) as program, program.client() as client:
        session = client.post("/sessions", json={}).json()
        (only,) = session["drawings"]
        assert [hint["id"] for hint in only["state"]["hints"]] == ["sun"]
        assert only["restored"]


def test_two_browsers_get_sessions_of_their_own(program: Program) -> None:
    from tests.studio.test_live import tab

    with program.client() as client:
        made = client.post("/drawings", files={"file": ("a.png", png(note="b"))}).json()
        with tab(program, made) as page:
            page.until(0)
            other = client.post("/sessions", json={"last": made["session"]}).json()
            assert other["session"] != made["session"]
            own = client.post("/sessions", json={"mine": made["session"]}).json()
            assert own["session"] == made["session"]  # a reload
        back = client.post("/sessions", json={"last": made["session"]}).json()
        assert back["session"] == made["session"]
        assert np.array_equal([made["id"]], [each["id"] for each in back["drawings"]])


@pytest.mark.parametrize(
    "arguments",
    [("--port", "0"), ("--port", "70000"), ("--host", "no.such.host.invalid"), ("none.png",)],
)
def test_what_cannot_be_is_said_in_one_line(
    arguments: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from irodori.cli import main

    if arguments == ("none.png",):
        arguments = (str(tmp_path / "empty"),)
        (tmp_path / "empty").mkdir()
    code = main(["studio", "--no-browser", "--store", str(tmp_path / "store"), *arguments])
    assert code == 2
    errors = capfd.readouterr().err.splitlines()
    assert len(errors) == 1
    assert errors[0].startswith("irodori: ")
