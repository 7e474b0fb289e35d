"""The ways in over HTTP, second half: what is made of a drawing. Pictures, files, palettes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, File, Path, Query, Response, UploadFile
from fastapi.responses import FileResponse
from PIL import Image

from irodori.color.line_drawing import load_pixels
from irodori.color.palette import Palette
from irodori.studio import matching, pictures, proposals
from irodori.studio.errors import NotFoundError, StudioError, TooLargeError
from irodori.studio.models import (
    ColorizeOrder,
    ExportOrder,
    ExportOut,
    Format,
    Id,
    Matches,
    MatchOrder,
    NamedPalette,
    PaletteIn,
    PaletteList,
    PaletteOut,
    ProposalOrder,
    Proposals,
)
from irodori.studio.routes import REFUSALS, TOKEN, DrawingId, Here, SessionId, copy_upload
from irodori.studio.sheet import to_hints, to_palette, to_swatches
from irodori.studio.shelf import FRAME_SIDE
from irodori.studio.store import DrawingRecord, new_id

MOST_PALETTES = 500
_KINDS = {
    "png": "image/png",
    "webp": "image/webp",
    "psd": "image/vnd.adobe.photoshop",
    "ora": "image/openraster",
}
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILES: dict[int | str, Any] = {200: {"content": dict.fromkeys(_KINDS.values(), _BINARY)}}
_PNG: dict[int | str, Any] = {200: {"content": {"image/png": _BINARY}}}

ExportId = Annotated[Id, Path()]
PaletteName = Annotated[str, Path(min_length=1, max_length=60, pattern=r"^[^/\\\x00-\x1f]+$")]
Count = Annotated[int, Query(ge=1, le=16, description="At most so many colors.")]
PictureSize = Annotated[
    Literal["full", "frame", "thumb"], Query(description="thumb: 192 px on the long side.")
]

router = APIRouter(prefix="/api/v1", responses=REFUSALS, dependencies=TOKEN)


@router.get("/drawings/{drawing}/ink", tags=["pictures"], response_class=Response, responses=_PNG)
async def ink(drawing: DrawingId, here: Here, size: PictureSize = "frame") -> Response:
    """The ink as black with opacity, to be laid over the colors."""
    record = here.desk.drawing(drawing)
    return _png(await here.work.slow(lambda: pictures.ink_png(here.prepared(record), size)))


@router.get(
    "/drawings/{drawing}/original", tags=["pictures"], response_class=Response, responses=_PNG
)
async def original(drawing: DrawingId, here: Here) -> Response:
    """The picture as it was loaded, as PNG of the frame's size."""
    record = here.desk.drawing(drawing)

    def make() -> bytes:
        path = here.store.folder(record.id) / "original"
        pixels = load_pixels(path, name=record.name, max_megapixels=here.limits.max_megapixels)
        return pictures.source_png(pixels, FRAME_SIDE)

    return _png(await here.work.slow(make))


@router.get(
    "/drawings/{drawing}/picture", tags=["pictures"], response_class=Response, responses=_PNG
)
async def picture(drawing: DrawingId, here: Here, size: PictureSize = "frame") -> Response:
    """The drawing as it is colored now, with its ink."""
    record = here.desk.drawing(drawing)
    state = record.state

    def make() -> bytes:
        coloring = here.colored(record, state, frame=size != "full")
        return pictures.picture_png(coloring, size)

    return _png(await here.work.slow(make))


@router.get(
    "/drawings/{drawing}/regions",
    tags=["pictures"],
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": _BINARY}}},
)
async def regions(drawing: DrawingId, here: Here) -> Response:
    """The region map: width, height, parts, wide (u32 each), part numbers, regions of parts."""
    record = here.desk.drawing(drawing)
    data = await here.work.slow(lambda: pictures.region_bytes(here.prepared(record)))
    return Response(data, media_type="application/octet-stream")


@router.post(
    "/drawings/{drawing}/colorize", tags=["files"], response_class=Response, responses=_FILES
)
async def colorize(drawing: DrawingId, order: ColorizeOrder, here: Here) -> Response:
    """Color a drawing with what is sent along; the state that is kept plays no part."""
    record = here.desk.drawing(drawing)
    frame = order.size == "frame"

    def make() -> bytes:
        coloring = here.coloring(record, order.hints, order.palette, seed=order.seed, frame=frame)
        return pictures.file_bytes(coloring, order.format)

    return _download(await here.work.slow(make), record.name, order.format)


@router.get("/drawings/{drawing}/export", tags=["files"], response_class=Response, responses=_FILES)
async def export(drawing: DrawingId, here: Here, format: Format = "psd") -> Response:
    """The drawing at its own size as it is now; psd and ora hold ink, shade, flats and hints."""
    record = here.desk.drawing(drawing)
    return _download(await here.work.slow(_writer(here, record, format)), record.name, format)


@router.get("/drawings/{drawing}/hints", tags=["files"])
async def hints(drawing: DrawingId, here: Here) -> Response:
    """The hints as `irodori colorize --hints` reads them."""
    record = here.desk.drawing(drawing)
    content = to_hints(record.state.hints, (record.width, record.height)).to_json()
    text = json.dumps(content, indent=1)
    name = f"{PurePath(record.name).stem}.hints.json"
    return Response(text, media_type="application/json", headers=_disposition(name))


@router.post("/drawings/{drawing}/proposals", tags=["palettes"])
async def propose(drawing: DrawingId, order: ProposalOrder, here: Here) -> Proposals:
    """Different ways to color the drawing, each as a palette and a small picture."""
    record = here.desk.drawing(drawing)
    state = record.state
    said = state.hints if order.hints is None else order.hints
    palette = state.palette if order.palette is None else order.palette

    def make() -> Proposals:
        prepared = here.prepared(record)
        hints = to_hints(said, prepared.drawing.size, prepared.scale)
        count: dict[str, int] = {"n": order.n, "first": order.first}
        if order.like is not None:
            liked = to_palette(order.like.palette)
            found = proposals.more_like(here.colorist, prepared, hints, liked, **count)
        else:
            asked = to_palette(palette)
            found = proposals.propose(here.colorist, prepared, hints, asked, **count)
        return Proposals(proposals=found)

    return await here.work.slow(make)


@router.post("/drawings/{drawing}/match", tags=["palettes"])
async def match(drawing: DrawingId, order: MatchOrder, here: Here) -> Matches:
    """Hints for this drawing from what was said about an earlier one."""
    record, earlier = here.desk.drawing(drawing), here.desk.drawing(order.source)
    hints = [
        hint for hint in earlier.state.hints if order.names is None or hint.name in order.names
    ]

    def make() -> Matches:
        found = matching.match(here.prepared(earlier), hints, here.prepared(record))
        return Matches(hints=found)

    return await here.work.slow(make)


@router.get("/drawings/{drawing}/palette", tags=["palettes"])
async def palette_of(drawing: DrawingId, here: Here, n: Count = 8) -> PaletteOut:
    """The colors that the drawing has now, for the next page to begin with."""
    record = here.desk.drawing(drawing)
    state = record.state

    def make() -> Palette:
        coloring = here.colored(record, state, frame=True)
        return proposals.main_colors(coloring, n)

    return PaletteOut(palette=to_swatches(await here.work.slow(make)))


@router.post("/palette", tags=["palettes"])
async def palette_from(
    here: Here, file: Annotated[UploadFile, File(description="Any picture.")], n: Count = 8
) -> PaletteOut:
    """The colors that a picture is mostly made of."""
    held = here.store.temporary / f"{new_id()}.upload"

    def make() -> Palette:
        pixels = load_pixels(held, name="palette", max_megapixels=here.limits.max_megapixels)
        return Palette.from_image(Image.fromarray(pixels.over_white), n)

    try:
        await asyncio.to_thread(copy_upload, file, held)
        return PaletteOut(palette=to_swatches(await here.work.slow(make)))
    finally:
        held.unlink(missing_ok=True)


@router.get("/palettes", tags=["palettes"])
async def palettes(here: Here) -> PaletteList:
    """All palettes that were kept by name."""
    kept = here.store.read_palettes()
    named = [NamedPalette(name=name, palette=kept[name]) for name in sorted(kept)]
    return PaletteList(palettes=named)


@router.put("/palettes/{name}", tags=["palettes"])
async def keep_palette(name: PaletteName, palette: PaletteIn, here: Here) -> NamedPalette:
    """Keep a palette under a name, in the place of one that had it."""
    kept = here.store.read_palettes()
    kept[name] = [swatch.model_dump() for swatch in palette.palette]
    if len(kept) > MOST_PALETTES:
        raise TooLargeError(f"{MOST_PALETTES} palettes are kept at most; remove some")
    here.store.write_palettes(kept)
    return NamedPalette(name=name, palette=palette.palette)


@router.delete("/palettes/{name}", status_code=204, tags=["palettes"])
async def drop_palette(name: PaletteName, here: Here) -> None:
    """Remove a palette."""
    kept = here.store.read_palettes()
    if kept.pop(name, None) is None:
        raise NotFoundError("there is no palette of that name")
    here.store.write_palettes(kept)


@router.post("/sessions/{session}/exports", status_code=202, tags=["files"])
async def start_export(session: SessionId, order: ExportOrder, here: Here) -> ExportOut:
    """Begin a zip of the whole strip; ask `/exports/{export}` how far it is."""
    pages = [
        (PurePath(record.name).stem, _writer(here, record, order.format))
        for record in here.desk.session(session).in_order()
    ]
    if not pages:
        raise StudioError("the strip is empty; load a drawing first")
    return here.exports.start(pages, order.format, here.work.patient).out()


@router.get("/exports/{export}", tags=["files"])
async def read_export(export: ExportId, here: Here) -> ExportOut:
    """How far a zip is."""
    return here.exports.get(export).out()


@router.get(
    "/exports/{export}/file",
    tags=["files"],
    response_class=Response,
    responses={200: {"content": {"application/zip": _BINARY}}},
)
async def export_file(export: ExportId, here: Here) -> Response:
    """The zip, once it is done."""
    found = here.exports.get(export)
    if found.state != "done":
        raise NotFoundError(f"this export is {found.state}; its file is there when it is done")
    return FileResponse(found.path, media_type="application/zip", filename="irodori.zip")


@router.delete("/exports/{export}", status_code=204, tags=["files"])
async def stop_export(export: ExportId, here: Here) -> None:
    """Stop a zip that is being made, and remove its file."""
    here.exports.remove(export)


def _writer(here: Here, record: DrawingRecord, format: str) -> Callable[[], bytes]:
    state = record.state  # as it is now: what is painted meanwhile is for the next export
    return lambda: pictures.file_bytes(
        here.colored(record, state),
        format,
    )


def _png(data: bytes) -> Response:
    return Response(data, media_type="image/png")


def _download(data: bytes, name: str, format: str) -> Response:
    file = f"{PurePath(name).stem}.colored.{format}"
    return Response(data, media_type=_KINDS[format], headers=_disposition(file))


def _disposition(name: str) -> dict[str, str]:
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    value = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"content-disposition": value}
