"""The live loop: the page says what changed, the picture follows the brush.

One coloring is in flight for each page; whatever the page says meanwhile is taken over at once, and
the next coloring starts from the newest state. The quick answer has the frame's size; when the
brush rests, the drawing is colored at its own size and what differs is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Annotated, Any, Literal, TypeAlias

import cv2
import numpy as np
from fastapi import WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocketState

from irodori.color.errors import IrodoriError
from irodori.studio.core import Studio
from irodori.studio.errors import NotFoundError
from irodori.studio.frames import COARSE, FULL, PNG, RAW, FrameWriter, Pixels, View, paint_pixels
from irodori.studio.models import (
    HintId,
    HintList,
    Id,
    Point,
    Seed,
    StateChange,
    Strict,
    Swatches,
)
from irodori.studio.security import PROTOCOL
from irodori.studio.sheet import extend, put
from irodori.studio.store import DrawingRecord

REST = 0.15
"""Seconds without a change after which the brush counts as resting."""

STALLED = 20.0
"""Seconds after which a page that reads nothing is let go."""


GONE = 4404
"""The code with which a page is let go that asks for a drawing there is not."""


class Open(Strict):
    """The first message, and again for another drawing."""

    type: Literal["open"]
    session: Id
    drawing: Id
    frames: Literal["raw", "png"] = "raw"


class Extension(Strict):
    """More points of a stroke."""

    id: HintId
    points: Annotated[list[Point], Field(min_length=1, max_length=5_000)]


class Change(Strict):
    """What changed since the last message."""

    type: Literal["change"]
    seq: Annotated[int, Field(ge=0, le=2**32 - 1)]
    set: HintList | None = None
    add: HintList = Field(default_factory=list)
    extend: Extension | None = None
    remove: Annotated[list[HintId], Field(max_length=5_000)] = Field(default_factory=list)
    palette: Swatches | None = None
    locked: bool | None = None
    seed: Seed | None = None
    view: View | None = None
    rest: bool = False


_Message: TypeAdapter[Open | Change] = TypeAdapter(
    Annotated[Open | Change, Field(discriminator="type")]
)


FullAnswer: TypeAlias = tuple[DrawingRecord, int, int, Pixels]
"""Of which drawing, which revision, which seq, and its pixels."""


class Page:
    """One connected page."""

    def __init__(self, socket: WebSocket, studio: Studio) -> None:
        self._socket, self._studio = socket, studio
        self._record: DrawingRecord | None = None
        self._held = contextlib.ExitStack()  # its session in memory, its ear at the drawing
        self._writer = FrameWriter()
        self._view: View = "shaded"
        self._seq = 0
        self._rests_at = 0.0  # on the loop's clock: when the brush counts as resting
        self._awake = asyncio.Event()
        self._stale = False
        self._notes: deque[dict[str, Any]] = deque(maxlen=64)

    async def run(self) -> None:
        """Serve the page until it goes."""
        await self._socket.accept(subprotocol=PROTOCOL)
        with self._held:
            tasks = [asyncio.create_task(each) for each in (self._read(), self._paint())]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not self._went(result):
                raise result

    def _went(self, error: BaseException) -> bool:
        """Whether an error only says that the page has gone, or reads nothing any more."""
        if isinstance(error, RuntimeError):  # starlette's, for a socket that is closed
            states = self._socket.client_state, self._socket.application_state
            return WebSocketState.DISCONNECTED in states
        return isinstance(error, asyncio.CancelledError | WebSocketDisconnect | TimeoutError)

    # --- what the page says

    async def _read(self) -> None:
        while True:
            try:
                text = await self._socket.receive_text()
            except KeyError:  # a binary message
                self._tell({"type": "error", "seq": self._seq, "message": "send JSON as text"})
                continue
            seq = self._seq
            try:
                message = _Message.validate_json(text)
                seq = message.seq if isinstance(message, Change) else 0
                if isinstance(message, Open):
                    self._open(message)
                else:
                    self._change(message)
            except ValidationError as error:
                self._tell({"type": "error", "seq": seq, "message": first_line(error)})
            except NotFoundError as error:
                await self._socket.close(GONE, str(error))
                return
            except IrodoriError as error:
                self._tell({"type": "error", "seq": seq, "message": str(error)})

    def _open(self, message: Open) -> None:
        record = self._studio.desk.drawing(message.drawing)
        if record.session != message.session:
            raise IrodoriError("this drawing belongs to another session; open it there")
        self._held.close()
        desk = self._studio.desk
        self._held.enter_context(desk.in_use(record.session))
        self._held.enter_context(desk.listening(record.id, self._hear))
        self._record, self._seq = record, 0
        self._writer = FrameWriter(PNG if message.frames == "png" else RAW)
        out = self._studio.drawing_out(record)
        shown = out.model_dump(mode="json", include={"width", "height", "frame"})
        state = record.state.model_dump(mode="json", include={"hints", "palette", "seed"})
        self._tell({"type": "opened", "drawing": record.id, **shown, **state})
        self._repaint(resting=True)

    def _change(self, message: Change) -> None:
        record = self._record
        if record is None:
            raise IrodoriError("no drawing is open; send open first")
        given = message.model_fields_set
        change = StateChange()
        if given & {"set", "add", "extend", "remove"}:
            hints = record.state.hints if message.set is None else message.set
            if message.remove:
                gone = set(message.remove)
                hints = [hint for hint in hints if hint.id not in gone]
            hints = put(hints, message.add)
            if message.extend is not None:
                hints = extend(hints, message.extend.id, message.extend.points)
            change.hints = hints
        for name in given & {"palette", "locked", "seed"}:
            setattr(change, name, getattr(message, name))
        if change.model_fields_set:
            self._studio.desk.change(record, change, by=self._hear)
        self._view = message.view or self._view
        self._seq = message.seq
        self._repaint(resting=message.rest)

    def _hear(self, event: str, revision: int) -> None:
        """Somebody else changed the drawing, or it was saved."""
        if self._record is None:
            return
        if event == "changed":
            self._repaint(resting=True)
        self._tell({"type": event, "drawing": self._record.id, "revision": revision})

    def _tell(self, note: dict[str, Any]) -> None:
        self._notes.append(note)
        self._awake.set()

    def _repaint(self, *, resting: bool) -> None:
        now = asyncio.get_running_loop().time()
        self._stale, self._rests_at = True, now if resting else now + REST
        self._awake.set()

    # --- what the page sees

    async def _paint(self) -> None:
        full: asyncio.Task[FullAnswer] | None = None
        wants_full = False
        while True:
            rest = self._rests_at - asyncio.get_running_loop().time()
            await self._wait(full, max(0.0, rest) if wants_full and full is None else None)
            self._awake.clear()
            while self._notes:
                await self._send(self._notes.popleft())
            if self._stale:
                self._stale = False
                wants_full = not await self._answer_quickly()
            elif full is not None and full.done():
                wants_full = not await self._answer_fully(full)
                full = None
            elif wants_full and full is None and rest <= 0:
                full = asyncio.create_task(self._color_fully())

    async def _wait(self, full: asyncio.Task[Any] | None, timeout: float | None) -> None:
        """Until there is news, the full answer is there, or `timeout` seconds are over."""
        awake = asyncio.create_task(self._awake.wait())
        tasks = {awake} if full is None else {awake, full}
        try:
            await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            awake.cancel()

    async def _answer_quickly(self) -> bool:
        """Color the frame and send it; whether that is the full answer already."""
        record, seq, view = self._record, self._seq, self._view
        if record is None:
            return True
        state = record.state

        def color() -> tuple[Pixels, bool]:
            coloring = self._studio.colored(record, state, frame=True)
            return paint_pixels(coloring, view), self._studio.prepared(record).final

        try:
            pixels, final = await self._studio.work.live(color)
        except IrodoriError as error:
            await self._send({"type": "error", "seq": seq, "message": str(error)})
            return True
        if record is self._record:
            await self._show(pixels, seq=seq, kind=FULL if final else COARSE)
        return final

    async def _color_fully(self) -> FullAnswer:
        """The drawing colored at its own size, at the frame's size."""
        record, seq, view = self._record, self._seq, self._view
        assert record is not None
        state, revision = record.state, record.revision

        def color() -> Pixels:
            coloring = self._studio.colored(record, state)
            pixels = paint_pixels(coloring, view)
            size = self._studio.prepared(record).frame.drawing.size
            small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
            return np.asarray(small, np.uint8)

        return record, revision, seq, await self._studio.work.patient(color)

    async def _answer_fully(self, full: asyncio.Task[FullAnswer]) -> bool:
        """Send a full answer, unless something changed since; whether it was sent."""
        try:
            record, revision, seq, pixels = full.result()
        except IrodoriError as error:
            await self._send({"type": "error", "seq": self._seq, "message": str(error)})
            return True
        if record is not self._record or revision != record.revision or seq != self._seq:
            return False
        await self._show(pixels, seq=seq, kind=FULL)
        return True

    async def _show(self, pixels: Pixels, *, seq: int, kind: int) -> None:
        frame = self._writer.write(pixels, seq=seq, kind=kind)
        await asyncio.wait_for(self._socket.send_bytes(frame), STALLED)

    async def _send(self, note: dict[str, Any]) -> None:
        await asyncio.wait_for(self._socket.send_json(note), STALLED)


def first_line(error: ValidationError | RequestValidationError) -> str:
    """What is wrong with a message, and where, in one line."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])
