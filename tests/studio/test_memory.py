"""Memory has a bound; what left it comes back from the store as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.studio.samples import AUTH, TOKEN, WALL, png

from irodori.color.colorist import Colorist
from irodori.color.errors import OutputError
from irodori.studio.app import create_app
from irodori.studio.core import Limits, Studio
from irodori.studio.desk import Desk
from irodori.studio.errors import BusyError, NotFoundError
from irodori.studio.models import DabHint, StateChange
from irodori.studio.shelf import Shelf
from irodori.studio.store import DrawingRecord, Store
from irodori.studio.work import MOST_WAITING, Workshop


class Weight:
    """Stands for a prepared drawing of so many bytes."""

    def __init__(self, bytes: int) -> None:
        self.bytes = bytes


def test_the_least_recently_used_makes_room() -> None:
    shelf = Shelf(most_bytes=100)
    made: list[str] = []

    def get(id: str, bytes: int = 40) -> None:
        def make() -> Any:
            made.append(id)
            return Weight(bytes)

        shelf.get(id, make)

    for id in ("a", "b", "a", "c"):
        get(id)  # c pushes b out, a was used since
    assert made == ["a", "b", "c"]
    get("a")
    assert made == ["a", "b", "c"]
    get("b")
    assert made == ["a", "b", "c", "b"]
    get("giant", 1000)  # larger than the shelf: kept, alone
    assert shelf.peek("giant") is not None
    assert shelf.peek("a") is None


def test_what_could_not_be_made_can_be_asked_for_again() -> None:
    shelf = Shelf(100)
    with pytest.raises(ZeroDivisionError):
        shelf.get("a", lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    assert shelf.get("a", lambda: Weight(1)).bytes == 1  # type: ignore[arg-type, return-value]


def test_an_evicted_drawing_is_colored_as_before(tmp_path: Path, colorist: Colorist) -> None:
    studio = Studio(Store(tmp_path / "store"), colorist, Limits(memory_bytes=1))
    app = create_app(studio, TOKEN)
    with TestClient(app, base_url="http://127.0.0.1", headers=AUTH) as client:

        def load(note: str) -> str:
            files = {"file": ("house.png", png(note=note))}
            return str(client.post("/api/v1/drawings", files=files).json()["id"])

        first = load("one")
        body = {"hints": [WALL]}
        before = client.post(f"/api/v1/drawings/{first}/colorize", json=body).content
        second = load("two")
        assert studio.shelf.peek(first) is None
        assert studio.shelf.peek(second) is not None
        assert client.post(f"/api/v1/drawings/{first}/colorize", json=body).content == before


def _record(session: str, id: str) -> DrawingRecord:
    return DrawingRecord(id=id, session=session, name="a.png", width=9, height=9)


def test_sessions_leave_memory_saved_and_come_back(tmp_path: Path) -> None:
    async def save(function: Callable[..., Any], *arguments: Any) -> None:
        function(*arguments)

    desk = Desk(Store(tmp_path / "store"), most_sessions=3)
    made = []
    for number in range(8):
        session = desk.new_session().record.id
        record = _record(session, f"{number}" * 26)
        desk.store.add_drawing(record)
        desk.add(record)
        desk.change(record, StateChange(hints=[DabHint(**{**WALL, "x": number})]))
        made.append(record)
    assert len(desk._open) == 8  # nothing unsaved is let go
    asyncio.run(desk.save(save))
    with desk.in_use(made[0].session):
        desk.new_session()
        assert len(desk._open) == 3
        assert made[0].session in desk._open  # a page is connected to it
    for number, record in enumerate(made):
        back = desk.drawing(record.id)
        assert [hint.x for hint in back.state.hints] == [number]  # type: ignore[union-attr]


def test_a_full_disk_delays_saving_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def save(function: Callable[..., Any], *arguments: Any) -> None:
        function(*arguments)

    desk = Desk(Store(tmp_path / "store"))
    record = _record(desk.new_session().record.id, "a" * 26)
    desk.store.add_drawing(record)
    desk.add(record)
    desk.change(record, StateChange(hints=[DabHint(**WALL)]))

    def full(*arguments: Any) -> None:
        raise OutputError("no space left")

    for name in ("write_session", "write_drawing"):
        with monkeypatch.context() as patch:
            patch.setattr(desk.store, name, full)
            with pytest.raises(OutputError):
                asyncio.run(desk.save(save))
    asyncio.run(desk.save(save))
    back = Desk(Store(tmp_path / "store")).drawing(record.id)
    assert [hint.id for hint in back.state.hints] == ["wall"]


def test_a_damaged_file_costs_one_drawing_not_the_session(tmp_path: Path) -> None:
    async def save(function: Callable[..., Any], *arguments: Any) -> None:
        function(*arguments)

    store = Store(tmp_path / "store")
    desk = Desk(store)
    session = desk.new_session().record.id
    for id in ("a" * 26, "b" * 26):
        record = _record(session, id)
        store.add_drawing(record)
        desk.add(record)
    asyncio.run(desk.save(save))
    (store.folder("a" * 26) / "drawing.json").write_text('{"half":')
    again = Desk(Store(tmp_path / "store"))
    assert list(again.session(session).drawings) == ["b" * 26]
    with pytest.raises(NotFoundError):
        again.drawing("a" * 26)


def test_a_full_queue_says_so() -> None:
    import threading

    async def crowd() -> int:
        workshop, hold = Workshop(2), threading.Event()
        tasks = [asyncio.create_task(workshop.slow(hold.wait)) for _ in range(MOST_WAITING + 5)]
        await asyncio.sleep(0.1)
        refused = [task for task in tasks if task.done()]
        for task in refused:
            assert isinstance(task.exception(), BusyError)
        assert await workshop.live(lambda: 7) == 7  # the brush has threads of its own
        hold.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        workshop.close()
        return len(refused)

    assert asyncio.run(crowd()) == 5


def test_what_an_earlier_start_left_over_is_swept(tmp_path: Path) -> None:
    root = tmp_path / "store"
    (root / "temporary").mkdir(parents=True)
    (root / "temporary" / "half.upload").write_bytes(b"x")
    store = Store(root)
    empty = Desk(store).new_session().record.id
    assert not list(store.temporary.iterdir())
    assert empty not in Desk(Store(root)).store.session_ids()


def test_arrays_of_a_frame_are_those_of_its_size(colorist: Colorist) -> None:
    from tests.studio.samples import house

    from irodori.color.drawing import Drawing
    from irodori.studio.core import frame_size
    from irodori.studio.shelf import prepare

    for size in ((1500, 700), (400, 2100), (1024, 1024), (90, 70)):
        drawing = Drawing.load(house(*size))
        made = prepare(drawing, colorist, work_size=256, live_work_size=256)
        assert made.frame.drawing.size == frame_size(*size)
        assert made.frame.regions.parts.shape == made.frame.drawing.ink.shape
        assert np.array_equal(made.frame.area, made.encoding.area)
        assert made.final == (max(size) <= 1024)
