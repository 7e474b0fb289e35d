"""The server as one ASGI app: routes, the live loop, the page's files, and the gate before all."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from irodori import __version__
from irodori.color.errors import IrodoriError, OutputError
from irodori.studio import making, routes
from irodori.studio.core import Studio
from irodori.studio.errors import BusyError, StudioError
from irodori.studio.live import Page, first_line
from irodori.studio.security import Gate

PAGE = Path(__file__).parent / "page"

_ABOUT = """
Colors line drawings on this machine. Every request needs `Authorization: Bearer TOKEN`, the token
that is in the address that `irodori studio` prints.
"""


def create_app(
    studio: Studio,
    token: str,
    *,
    names: frozenset[str] = frozenset(),
    any_address: bool = False,
) -> FastAPI:
    """The app that serves one studio. names, any_address: hosts to answer to, see `Gate`."""
    app = FastAPI(
        title="Irodori studio",
        version=__version__,
        description=_ABOUT,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.studio = studio
    app.include_router(routes.router)
    app.include_router(making.router)

    @app.websocket("/api/v1/live")
    async def live(socket: WebSocket) -> None:
        await Page(socket, studio).run()

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return FileResponse(PAGE / "index.html")

    app.mount("/page", StaticFiles(directory=PAGE, check_dir=False), name="page")
    _answer_errors(app)
    app.add_middleware(
        Gate,
        token=token,
        max_upload_bytes=studio.limits.max_upload_bytes,
        names=names,
        any_address=any_address,
    )
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Save while it runs, and all that is left when it stops."""
    studio: Studio = app.state.studio
    saving = asyncio.create_task(studio.desk.save_always())
    try:
        yield
    finally:
        saving.cancel()
        await asyncio.gather(saving, return_exceptions=True)
        studio.exports.stop()
        await studio.desk.save(_in_place)
        await asyncio.to_thread(studio.work.close)
        shutil.rmtree(studio.store.temporary, ignore_errors=True)


async def _in_place(function: Callable[..., object], *arguments: object) -> None:
    function(*arguments)


def _answer_errors(app: FastAPI) -> None:
    """Every refusal as `{"error": one line}`."""

    @app.exception_handler(IrodoriError)
    async def refused(request: Request, error: IrodoriError) -> Response:
        status = error.status if isinstance(error, StudioError) else 422
        if isinstance(error, OutputError) and isinstance(error.__cause__, OSError):
            status = 507  # the disk is full, or not ours to write
        headers = {"retry-after": str(error.retry_after)} if isinstance(error, BusyError) else None
        return JSONResponse({"error": str(error)}, status, headers)

    @app.exception_handler(RequestValidationError)
    async def misread(request: Request, error: RequestValidationError) -> Response:
        return JSONResponse({"error": first_line(error)}, 422)

    @app.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": str(error.detail)}, error.status_code, error.headers)

    @app.exception_handler(MemoryError)
    async def too_much(request: Request, error: MemoryError) -> Response:
        message = "not enough memory for a drawing of this size; scale it down"
        return JSONResponse({"error": message}, 413)
