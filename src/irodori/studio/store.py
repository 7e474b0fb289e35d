"""The autosave store: every session as a folder of plain files, so that nothing is ever lost.

    ROOT/token                              what a page must know to be let in
    ROOT/palettes.json                      palettes kept by name
    ROOT/sessions/SESSION/session.json      order, current drawing, settings
    ROOT/sessions/SESSION/DRAWING/          drawing.json, original, lines.png, history
    ROOT/seen/SHA256                        drawings that came as the same bytes
    ROOT/seen/SHA256.json                   what was said about one of them that was removed
    ROOT/temporary/                         uploads and zips in the making; emptied at every start

Names of files come from here alone, never from a request.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel

from irodori.color.errors import OutputError
from irodori.color.safe_file import replace_file
from irodori.studio.errors import NotFoundError
from irodori.studio.models import Settings, State


class DrawingRecord(BaseModel):
    """What is kept of a drawing beside its pixels. `sha256`: of the bytes as they came."""

    id: str
    session: str
    name: str
    width: int
    height: int
    colored: bool = False
    extracted: bool = False
    transparent: bool = False
    restored: bool = False
    path: str | None = None
    sha256: str = ""
    revision: int = 0
    state: State = State()


class SessionRecord(BaseModel):
    """What is kept of a session. `updated`: seconds since 1970."""

    id: str
    order: list[str] = []
    current: str | None = None
    settings: Settings = {}
    updated: float = 0.0


def new_id() -> str:
    """26 letters and digits that nobody guesses."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


class Store:
    """One folder, held by one server at a time; the least state of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.temporary = root / "temporary"
        self._sessions = root / "sessions"
        self._seen = root / "seen"
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.rmtree(self.temporary, ignore_errors=True)
            for folder in (self.temporary, self._sessions, self._seen):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutputError(
                f"{root}: no folder can be made there ({error.strerror}); name one with --store"
            ) from error
        self._home = {path.name: path.parent.name for path in self._sessions.glob("*/*/")}

    def token(self) -> str:
        """The secret of this store, made at its first use; it outlives restarts."""
        path = self.root / "token"
        if path.is_file() and len(kept := path.read_text().strip()) >= 32:
            return kept
        token = secrets.token_urlsafe(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(token)
        return token

    def session_ids(self) -> list[str]:
        """All sessions, the one last worked on first."""
        found = [path.parent for path in self._sessions.glob("*/session.json")]
        return [
            path.name
            for path in sorted(found, key=lambda path: -(path / "session.json").stat().st_mtime)
        ]

    def session_of(self, drawing: str) -> str | None:
        """The session a drawing belongs to."""
        return self._home.get(drawing)

    def read_session(self, session: str) -> SessionRecord | None:
        """A session as it was saved last; None if there is none, or its file is damaged."""
        if not session.isalnum():
            return None
        try:
            return SessionRecord.model_validate_json(
                (self._sessions / session / "session.json").read_bytes()
            )
        except (OSError, ValueError):
            return None

    def write_session(self, session: SessionRecord) -> None:
        """Keep a session. Raises OutputError."""
        session.updated = time.time()
        folder = self._sessions / session.id
        folder.mkdir(exist_ok=True, mode=0o700)
        write_text(folder / "session.json", session.model_dump_json())

    def read_drawing(self, drawing: str) -> DrawingRecord | None:
        """A drawing's record as it was saved last."""
        home = self._home.get(drawing)
        if home is None:
            return None
        try:
            return DrawingRecord.model_validate_json(
                (self._sessions / home / drawing / "drawing.json").read_bytes()
            )
        except (OSError, ValueError):
            return None

    def add_drawing(self, record: DrawingRecord) -> Path:
        """Make a drawing's folder, for its files to be put in."""
        folder = self._sessions / record.session / record.id
        folder.mkdir(parents=True, mode=0o700)
        self._home[record.id] = record.session
        return folder

    def write_drawing(self, id: str, content: str) -> None:
        """Keep a drawing's record, as JSON; nothing if the drawing was removed meanwhile."""
        if id in self._home:
            write_text(self.folder(id) / "drawing.json", content)

    def write_history(self, drawing: str, data: bytes) -> None:
        """Keep a drawing's undo history. Raises OutputError."""
        replace_file(str(self.folder(drawing) / "history"), _writer(data), force=True)

    def folder(self, drawing: str) -> Path:
        """Where a drawing's files are. Raises NotFoundError."""
        if drawing not in self._home:
            raise NotFoundError("there is no such drawing; it was removed")
        return self._sessions / self._home[drawing] / drawing

    def remove_drawing(self, drawing: str) -> None:
        """A drawing and all its files."""
        shutil.rmtree(self.folder(drawing), ignore_errors=True)
        del self._home[drawing]

    def remove_session(self, session: str) -> None:
        """A session with all its drawings."""
        shutil.rmtree(self._sessions / session, ignore_errors=True)
        self._home = {id: home for id, home in self._home.items() if home != session}

    def seen(self, sha256: str) -> list[DrawingRecord]:
        """Drawings that came as the same bytes, the latest first."""
        try:
            ids = (self._seen / sha256).read_text().split()
        except OSError:
            return []
        found = (self.read_drawing(id) for id in reversed(ids))
        return [record for record in found if record is not None]

    def note_seen(self, record: DrawingRecord) -> None:
        """Remember that these bytes came as this drawing."""
        with (self._seen / record.sha256).open("a") as file:
            file.write(f"{record.id}\n")

    def keep_removed(self, record: DrawingRecord) -> None:
        """Keep what was said about a drawing that is being removed, for when it comes again."""
        write_text(self._seen / f"{record.sha256}.json", record.model_dump_json())

    def removed(self, sha256: str) -> DrawingRecord | None:
        """The record of a drawing of these bytes that was removed."""
        try:
            path = self._seen / f"{sha256}.json"
            return DrawingRecord.model_validate_json(path.read_bytes())
        except (OSError, ValueError):
            return None

    def read_palettes(self) -> dict[str, Any]:
        """Palettes kept by name."""
        try:
            found = json.loads((self.root / "palettes.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write_palettes(self, palettes: dict[str, Any]) -> None:
        """Keep all palettes. Raises OutputError."""
        write_text(self.root / "palettes.json", json.dumps(palettes, ensure_ascii=False))


def write_text(path: Path, text: str) -> None:
    """A whole file or the old one. Raises OutputError."""
    replace_file(str(path), _writer(text.encode()), force=True)


def _writer(data: bytes) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        file.write(data)

    return write
