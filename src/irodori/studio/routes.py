"""The ways in over HTTP, each a few lines over what the rest of the room does.

Sessions and drawings are here, what is made of them in `making`.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile
from fastapi import Path as InPath
from fastapi.security import HTTPBearer

from irodori import __version__
from irodori.color import layers
from irodori.color.palette import MOST_COLORS
from irodori.studio.core import Studio, clean_name
from irodori.studio.errors import StudioError, TooLargeError
from irodori.studio.models import (
    About,
    DrawingChange,
    DrawingOut,
    Entry,
    Id,
    LinesOrder,
    PaletteForAll,
    Problem,
    SessionChange,
    SessionOut,
    StateChange,
)
from irodori.studio.shelf import FRAME_SIDE
from irodori.studio.store import new_id

MOST_HISTORY = 8_000_000
_MOST_SETTINGS = 65_536

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in (400, 401, 403, 404, 413, 422, 503, 507)
}


def studio_of(request: Request) -> Studio:
    """The studio that the app serves."""
    studio: Studio = request.app.state.studio
    return studio


Here = Annotated[Studio, Depends(studio_of)]
SessionId = Annotated[Id, InPath()]
DrawingId = Annotated[Id, InPath()]

TOKEN = [Depends(HTTPBearer(auto_error=False, description="What stands after #token= ."))]
"""For the documentation alone: the gate has looked at the token before a route is found."""

router = APIRouter(prefix="/api/v1", responses=REFUSALS, dependencies=TOKEN)


@router.get("/about", tags=["studio"])
async def about(here: Here) -> About:
    """What this server can do."""
    return About(
        version=__version__,
        colorist=here.colorist.name,
        max_upload_bytes=here.limits.max_upload_bytes,
        max_megapixels=here.limits.max_megapixels,
        frame_side=FRAME_SIDE,
        formats=list(layers.FORMATS),
        most_colors=MOST_COLORS,
    )


@router.post("/sessions", tags=["sessions"])
async def enter(entry: Entry, here: Here) -> SessionOut:
    """The session for a page that opens: the files given, the tab's own, the latest, or a new."""
    session, resumed = here.desk.enter(entry.mine, entry.last)
    return here.session_out(session.record.id, resumed=resumed)


@router.get("/sessions/{session}", tags=["sessions"])
async def read_session(session: SessionId, here: Here) -> SessionOut:
    """A session with its drawings, in the order of the strip."""
    return here.session_out(session)


@router.patch("/sessions/{session}", tags=["sessions"])
async def change_session(session: SessionId, change: SessionChange, here: Here) -> SessionOut:
    """Reorder the strip, name the current drawing, keep the page's settings."""
    opened = here.desk.session(session)
    record = opened.record
    if change.order is not None:
        if sorted(change.order) != sorted(record.order):
            raise StudioError("the order has to name every drawing of the session once")
        record.order = list(change.order)
    if change.current is not None:
        if change.current not in opened.drawings:
            raise StudioError("the current drawing has to be one of the session's")
        record.current = change.current
    if change.settings is not None:
        _check_settings(change.settings)
        record.settings = change.settings
    here.desk.touch_session(opened)
    return here.session_out(session)


@router.delete("/sessions/{session}", status_code=204, tags=["sessions"])
async def remove_session(session: SessionId, here: Here) -> None:
    """Remove a session with all that was kept of it."""
    for drawing in here.desk.remove_session(session):
        here.shelf.drop(drawing)


@router.post("/sessions/{session}/palette", tags=["sessions"])
async def palette_for_all(session: SessionId, order: PaletteForAll, here: Here) -> SessionOut:
    """One palette for all drawings of a session that have none locked."""
    opened = here.desk.session(session)
    for record in opened.in_order():
        if not record.state.locked and (order.drawings is None or record.id in order.drawings):
            here.desk.change(record, StateChange(palette=order.palette))
    return here.session_out(session)


@router.post("/drawings", status_code=201, tags=["drawings"])
async def add_drawing(
    here: Here,
    file: Annotated[UploadFile, File(description="Any picture that irodori reads.")],
    session: Annotated[Id | None, Query(description="A new one is made if none is named.")] = None,
    lines: Annotated[
        Literal["auto", "keep", "extract"],
        Query(description="extract: draw the lines of a picture that has colors."),
    ] = "auto",
) -> DrawingOut:
    """Load a drawing at the end of a session's strip."""
    opened = here.desk.session(session) if session is not None else None
    held = here.store.temporary / f"{new_id()}.upload"
    try:
        await asyncio.to_thread(copy_upload, file, held)
        home = opened if opened is not None else here.desk.new_session()
        name, id = file.filename or "drawing", home.record.id
        try:
            record = await here.work.slow(lambda: here.take_in(held, name, id, lines))
        except BaseException:
            if opened is None:
                here.desk.remove_session(id)
            raise
    finally:
        held.unlink(missing_ok=True)
    try:
        here.remember(record)
        here.desk.add(record)
    except StudioError:  # the session was removed meanwhile, or is full
        here.store.remove_drawing(record.id)
        raise
    return here.drawing_out(record)


@router.get("/drawings/{drawing}", tags=["drawings"])
async def read_drawing(drawing: DrawingId, here: Here) -> DrawingOut:
    """A drawing and all that was said about it."""
    return here.drawing_out(here.desk.drawing(drawing))


@router.patch("/drawings/{drawing}", tags=["drawings"])
async def change_drawing(drawing: DrawingId, change: DrawingChange, here: Here) -> DrawingOut:
    """Rename a drawing, or change what is said about it."""
    record = here.desk.drawing(drawing)
    if change.state is not None:
        if change.state.settings is not None:
            _check_settings(change.state.settings)
        here.desk.change(record, change.state)
    if change.name is not None:
        record.name = clean_name(change.name)
        here.desk.touch(record)
    return here.drawing_out(record)


@router.put("/drawings/{drawing}/lines", tags=["drawings"])
async def take_lines(drawing: DrawingId, order: LinesOrder, here: Here) -> DrawingOut:
    """Take a drawing's lines anew, as they are or from its colors; hints stay."""
    record = here.desk.drawing(drawing)
    await here.work.slow(lambda: here.redraw(record, extracted=order.lines == "extract"))
    here.desk.touch(record)
    return here.drawing_out(record)


@router.delete("/drawings/{drawing}", status_code=204, tags=["drawings"])
async def remove_drawing(drawing: DrawingId, here: Here) -> None:
    """Remove a drawing with all that was kept of it; a file it was opened from stays."""
    here.desk.remove(drawing)
    here.shelf.drop(drawing)


@router.get(
    "/drawings/{drawing}/history",
    tags=["drawings"],
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, 204: {"description": "None."}},
)
async def read_history(drawing: DrawingId, here: Here) -> Response:
    """The page's undo history, as it was put there."""
    here.desk.drawing(drawing)
    path = here.store.folder(drawing) / "history"
    if not path.is_file():
        return Response(status_code=204)
    data = await asyncio.to_thread(path.read_bytes)
    return Response(data, media_type="application/octet-stream")


@router.put(
    "/drawings/{drawing}/history",
    status_code=204,
    tags=["drawings"],
    openapi_extra={
        "requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}
    },
)
async def write_history(drawing: DrawingId, request: Request, here: Here) -> None:
    """Keep the page's undo history: any bytes, at most 8 MB."""
    here.desk.drawing(drawing)
    data = await request.body()
    if len(data) > MOST_HISTORY:
        raise TooLargeError(f"a history is at most {MOST_HISTORY / 1e6:.0f} MB; drop its oldest")
    await asyncio.to_thread(here.store.write_history, drawing, data)


def copy_upload(upload: UploadFile, target: Path) -> None:
    """Move what was uploaded to a file of its own."""
    with target.open("wb") as file:
        shutil.copyfileobj(upload.file, file, 1 << 20)


def _check_settings(settings: dict[str, Any]) -> None:
    if len(json.dumps(settings)) > _MOST_SETTINGS:
        raise TooLargeError("settings are at most 64 KB; keep less in them")
