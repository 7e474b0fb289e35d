"""The whole strip as one zip, made in the background while the page asks how far it is."""

from __future__ import annotations

import asyncio
import logging
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from irodori.color.errors import IrodoriError
from irodori.studio.errors import BusyError, NotFoundError
from irodori.studio.models import ExportOut
from irodori.studio.store import new_id

MOST_EXPORTS = 8
"""Zips that exist at one time; the oldest finished one makes room."""

Page = tuple[str, Callable[[], bytes]]
"""A page's name without ending, and what makes its file."""

Run = Callable[[Callable[[], bytes]], Awaitable[bytes]]
"""Runs a function in a thread."""

log = logging.getLogger("irodori.studio")


@dataclass(eq=False)
class Export:
    """One zip."""

    id: str
    path: Path
    total: int
    done: int = 0
    name: str | None = None
    state: Literal["working", "done", "failed", "stopped"] = "working"
    error: str | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def out(self) -> ExportOut:
        """How far it is."""
        return ExportOut(
            export=self.id,
            done=self.done,
            total=self.total,
            name=self.name,
            state=self.state,
            error=self.error,
        )


class Exports:
    """All zips of a server, in its temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: dict[str, Export] = {}

    def start(self, pages: list[Page], format: str, run: Run) -> Export:
        """Begin a zip. `run(function)` is awaited for each page. Raises BusyError."""
        finished = [each for each in self._all.values() if each.state != "working"]
        if len(self._all) >= MOST_EXPORTS:
            if not finished:
                raise BusyError("other zips are being made; try again when one is ready")
            self.remove(finished[0].id)
        id = new_id()
        export = Export(id, self._folder / f"{id}.zip", len(pages))
        export.task = asyncio.create_task(_fill(export, pages, format, run))
        self._all[id] = export
        return export

    def get(self, id: str) -> Export:
        """A zip by its id. Raises NotFoundError."""
        if id not in self._all:
            raise NotFoundError("there is no such export; start it again")
        return self._all[id]

    def stop(self) -> None:
        """Stop all that are being made."""
        for id in list(self._all):
            self.remove(id)

    def remove(self, id: str) -> None:
        """Stop a zip and remove its file."""
        export = self.get(id)
        if export.task is not None:
            export.task.cancel()
        del self._all[id]
        export.path.unlink(missing_ok=True)


async def _fill(export: Export, pages: list[Page], format: str, run: Run) -> None:
    names: set[str] = set()
    try:
        with zipfile.ZipFile(export.path, "w", zipfile.ZIP_STORED) as archive:  # all are packed
            for name, make in pages:
                export.name = name
                data = await run(make)
                file = f"{free_name(name, names)}.{format}"
                await asyncio.to_thread(archive.writestr, file, data)
                export.done += 1
        export.state = "done"
    except asyncio.CancelledError:
        export.state = "stopped"
        export.path.unlink(missing_ok=True)
        raise
    except (IrodoriError, OSError, MemoryError) as error:
        export.state, export.error = "failed", str(error) or "not enough memory"
        export.path.unlink(missing_ok=True)
    except Exception:  # nobody awaits this task: say it here
        log.exception("export %s", export.id)
        export.state, export.error = "failed", f"{export.name}: could not be written"


def free_name(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken; added to `taken`."""
    number, free = 2, name
    while free.lower() in taken:
        free = f"{name}-{number}"
        number += 1
    taken.add(free.lower())
    return free
