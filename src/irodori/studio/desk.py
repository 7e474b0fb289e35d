"""What is open: sessions and their drawings in memory, saved a moment after every change.

Everything here happens on the event loop, so that no two changes meet; only writing is sent to a
thread. Sessions that nobody uses leave memory, the least recently used first, and come back from
the store when they are asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from irodori.color.errors import OutputError
from irodori.studio import beside
from irodori.studio.errors import NotFoundError, TooLargeError
from irodori.studio.models import StateChange
from irodori.studio.store import DrawingRecord, SessionRecord, Store, new_id

SAVE_EVERY = 0.25
"""Seconds between two looks for something to save: the most that a power cut can take."""

MOST_SESSIONS = 32
"""Sessions in memory."""

PROMISED = 60.0
"""Seconds for which a session waits for the page that it was handed to."""

MOST_DRAWINGS = 2_000
"""In one session."""

Listener = Callable[[str, int], None]
"""Told "changed" or "saved", and which revision."""

log = logging.getLogger("irodori.studio")


@dataclass(eq=False)
class OpenSession:
    """A session in memory with its drawings by id."""

    record: SessionRecord
    drawings: dict[str, DrawingRecord] = field(default_factory=dict)

    def in_order(self) -> list[DrawingRecord]:
        """The strip."""
        return [self.drawings[id] for id in self.record.order if id in self.drawings]


class Desk:
    """The sessions that are open."""

    def __init__(self, store: Store, *, most_sessions: int = MOST_SESSIONS) -> None:
        self.store = store
        self._most_sessions = most_sessions
        self._open: OrderedDict[str, OpenSession] = OrderedDict()
        self._dirty_sessions: set[str] = set()
        self._dirty_drawings: dict[str, DrawingRecord] = {}
        self._in_use: Counter[str] = Counter()  # live connections by session
        self._promised: dict[str, float] = {}  # handed out, and until when nobody else gets it
        self._listeners: dict[str, set[Listener]] = {}
        for id in store.session_ids():  # pages that only looked in
            if not (found := store.read_session(id)) or not found.order:
                store.remove_session(id)
        self.pending: list[str] = []
        """Sessions made for files from the command line, not yet handed to a page."""

    # --- finding

    def session(self, id: str) -> OpenSession:
        """A session, from memory or the store. Raises NotFoundError."""
        if id in self._open:
            self._open.move_to_end(id)
            return self._open[id]
        record = self.store.read_session(id)
        if record is None:
            raise NotFoundError("there is no such session; it was removed, or never made")
        opened = OpenSession(record)
        for drawing in record.order:
            if (found := self.store.read_drawing(drawing)) is not None:
                opened.drawings[drawing] = found
        return self._remember(opened)

    def drawing(self, id: str) -> DrawingRecord:
        """A drawing's record. Raises NotFoundError."""
        home = self.store.session_of(id)
        found = self.session(home).drawings.get(id) if home is not None else None
        if found is None:
            raise NotFoundError("there is no such drawing; it was removed, or never loaded")
        return found

    def enter(self, mine: str | None, last: str | None) -> tuple[OpenSession, bool]:
        """The session for a page that opens, and whether it is an old one.

        Files from the command line come first, then the tab's own session, then the browser's
        latest unless another tab has it, then the latest that nobody has; else a new one.
        """
        while self.pending:
            with contextlib.suppress(NotFoundError):
                return self._promise(self.session(self.pending.pop(0))), False
        if mine is not None:
            with contextlib.suppress(NotFoundError):
                return self._promise(self.session(mine)), True
        for id in (last, *self.store.session_ids()):
            if id is None or self.has_pages(id):
                continue
            with contextlib.suppress(NotFoundError):
                if (session := self.session(id)).drawings:
                    return self._promise(session), True
        return self._promise(self.new_session()), False

    # --- making and removing

    def new_session(self) -> OpenSession:
        """An empty session."""
        made = OpenSession(SessionRecord(id=new_id()))
        self.store.write_session(made.record)
        return self._remember(made)

    def add(self, record: DrawingRecord) -> None:
        """Put a drawing, whose files are in the store, at the end of its session's strip."""
        session = self.session(record.session)
        if len(session.drawings) >= MOST_DRAWINGS:
            raise TooLargeError(f"a session holds {MOST_DRAWINGS} drawings at most; begin another")
        session.drawings[record.id] = record
        session.record.order.append(record.id)
        self.touch_session(session)
        self._dirty_drawings[record.id] = record

    def remove(self, id: str) -> None:
        """A drawing, its files and its place in the strip."""
        record = self.drawing(id)
        session = self.session(record.session)
        del session.drawings[id]
        session.record.order = [each for each in session.record.order if each != id]
        if session.record.current == id:
            session.record.current = None
        self._dirty_drawings.pop(id, None)
        if record.state.hints or record.state.palette:
            self.store.keep_removed(record)
        self.store.remove_drawing(id)
        self.touch_session(session)

    def remove_session(self, id: str) -> list[str]:
        """A session with all its drawings, whose ids it returns."""
        gone = list(self.session(id).drawings)
        del self._open[id]
        self._dirty_sessions.discard(id)
        for drawing in gone:
            self._dirty_drawings.pop(drawing, None)
        self.store.remove_session(id)
        return gone

    # --- changing

    def change(self, record: DrawingRecord, change: StateChange, *, by: object = None) -> None:
        """Take over what was changed of a state, and tell the others who look at the drawing."""
        # Not model_dump: the hints inside shall stay what they are.
        fields = {name: getattr(change, name) for name in change.model_fields_set}
        given = {name: value for name, value in fields.items() if value is not None}
        record.state = record.state.model_copy(update=given)
        self.touch(record, by=by)

    def touch(self, record: DrawingRecord, *, by: object = None) -> None:
        """A drawing's record changed: save it soon."""
        record.revision += 1
        self._dirty_drawings[record.id] = record
        for listener in self._listeners.get(record.id, set()):
            if listener != by:  # bound methods are equal, not the same
                listener("changed", record.revision)

    def touch_session(self, session: OpenSession) -> None:
        """A session's record changed: save it soon."""
        self._dirty_sessions.add(session.record.id)

    @contextlib.contextmanager
    def in_use(self, session: str) -> Any:
        """While a page is connected, its session stays in memory and is given to no other."""
        self._in_use[session] += 1
        self._promised.pop(session, None)
        try:
            yield
        finally:
            self._in_use[session] -= 1
            self._in_use += Counter()  # drops what fell to zero

    def has_pages(self, session: str) -> bool:
        """Whether a page is connected to the session, or about to be."""
        return self._in_use[session] > 0 or self._promised.get(session, 0) > time.monotonic()

    @contextlib.contextmanager
    def listening(self, drawing: str, listener: Listener) -> Any:
        """While somebody wants to know when a drawing is "changed" by others, and when "saved"."""
        self._listeners.setdefault(drawing, set()).add(listener)
        try:
            yield
        finally:
            self._listeners[drawing].discard(listener)
            if not self._listeners[drawing]:
                del self._listeners[drawing]

    # --- saving

    async def save_always(self) -> None:
        """Save what changed, again and again, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_EVERY)
            try:
                await self.save(asyncio.to_thread)
            except (OutputError, OSError) as error:  # a full disk: tell, and try again
                log.warning("not saved: %s", error)
                await asyncio.sleep(2)

    async def save(self, run: Callable[..., Awaitable[Any]]) -> None:
        """Write all that changed. `run(function, *arguments)` says in which thread."""
        for id in list(self._dirty_sessions):
            if id in self._open:
                self.store.write_session(self._open[id].record)
            self._dirty_sessions.discard(id)
        for id, record in list(self._dirty_drawings.items()):
            del self._dirty_drawings[id]
            revision = record.revision
            try:
                await run(self.store.write_drawing, id, record.model_dump_json())
                if record.path is not None and record.revision:
                    size = record.width, record.height
                    await run(beside.write, record.path, record.state, size)
            except BaseException:
                self._dirty_drawings.setdefault(id, record)
                raise
            for listener in self._listeners.get(id, set()):
                listener("saved", revision)

    def _promise(self, session: OpenSession) -> OpenSession:
        """Keep a session for the page that it was handed to, until that page has connected."""
        if not self._in_use[session.record.id]:
            self._promised[session.record.id] = time.monotonic() + PROMISED
        return session

    def _remember(self, session: OpenSession) -> OpenSession:
        self._open[session.record.id] = session
        for id in list(self._open):
            if len(self._open) <= self._most_sessions:
                break
            unsaved = id in self._dirty_sessions or any(
                drawing in self._dirty_drawings for drawing in self._open[id].drawings
            )
            if id != session.record.id and not self._in_use[id] and not unsaved:
                del self._open[id]
        return session
