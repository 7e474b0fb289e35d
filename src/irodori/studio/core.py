"""What every route works with: the store, what is open, the colorist, and the threads."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from irodori.color.coloring import Coloring
from irodori.color.colorist import WORK_SIZE, Colorist
from irodori.color.drawing import Drawing
from irodori.color.encoding import Encoding
from irodori.color.keeping import keep_to
from irodori.color.line_drawing import extract_lines, is_colored, load_pixels
from irodori.color.pixels import Pixels
from irodori.studio import beside
from irodori.studio.desk import Desk
from irodori.studio.exports import Exports
from irodori.studio.models import DrawingOut, Hint, SessionOut, Size, State, Swatch
from irodori.studio.sheet import to_hints, to_palette
from irodori.studio.shelf import FRAME_SIDE, Prepared, Shelf, prepare
from irodori.studio.store import DrawingRecord, Store, new_id
from irodori.studio.work import Workshop


@dataclass(frozen=True)
class Limits:
    """What a server takes and keeps. `memory_bytes`: for drawings that are ready to be colored."""

    max_upload_bytes: int = 256_000_000
    max_megapixels: float = 100.0
    memory_bytes: int = 1_500_000_000


@dataclass(eq=False)
class Studio:
    """One server's parts.

    `work_size`: long side of what the network sees for a full answer. `threads`: colorings at a
    time, None for one per core.
    """

    store: Store
    colorist: Colorist
    limits: Limits = field(default_factory=Limits)
    work_size: int = WORK_SIZE
    live_work_size: int = WORK_SIZE
    threads: int | None = None

    def __post_init__(self) -> None:
        self.desk = Desk(self.store)
        self.shelf = Shelf(self.limits.memory_bytes)
        self.work = Workshop(self.threads)
        self.exports = Exports(self.store.temporary)

    def take_in(
        self, file: Path, name: str, session: str, lines: str, *, encode: bool = True
    ) -> DrawingRecord:
        """Read a picture's file, which is moved into the store. To be run in a thread.

        encode: make it ready to be colored too; else that happens when it is first asked for.
        Raises DrawingError, and then nothing is kept.
        """
        name = clean_name(name)
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        limit = self.limits.max_megapixels
        pixels = load_pixels(file, name=name, max_megapixels=limit)
        colored = is_colored(pixels.over_white)
        extracted = lines == "extract" or (lines == "auto" and colored)
        drawing = _draw(pixels, name, extracted=extracted)
        record = DrawingRecord(
            id=new_id(),
            session=session,
            name=name,
            width=drawing.width,
            height=drawing.height,
            colored=colored,
            extracted=extracted,
            transparent=drawing.ink_in_alpha,
            sha256=sha256,
        )
        if encode:
            self.shelf.get(record.id, lambda: self._prepare(drawing))
        shutil.move(file, self.store.add_drawing(record) / "original")
        return record

    def redraw(self, record: DrawingRecord, *, extracted: bool) -> None:
        """Take a drawing's lines anew from what was uploaded. To be run in a thread.

        Raises DrawingError, and then all stays as it was.
        """
        changed = record.model_copy(update={"extracted": extracted})
        prepared = self._prepare(self._load(changed))
        record.extracted = extracted
        self.shelf.replace(record.id, prepared)

    def remember(self, record: DrawingRecord) -> None:
        """Give a drawing that was here before the hints and palette it had then.

        Not those of a session that somebody is working in: two pages never meet by accident.
        """
        state = beside.read(record.path) if record.path is not None else None
        state = state or self._said_before(record)
        if state is not None:
            record.state, record.restored = state, True
        self.store.note_seen(record)

    def _said_before(self, record: DrawingRecord) -> State | None:
        for earlier in self.store.seen(record.sha256):
            if not self.desk.has_pages(earlier.session) and earlier.state != State():
                return earlier.state
        gone = self.store.removed(record.sha256)
        if gone is None:
            return None
        ours = gone.session == record.session or not self.desk.has_pages(gone.session)
        return gone.state if ours else None

    def prepared(self, record: DrawingRecord) -> Prepared:
        """The drawing ready to be colored, from memory or the store. To be run in a thread."""
        return self.shelf.get(record.id, lambda: self._prepare(self._load(record)))

    def coloring(
        self,
        record: DrawingRecord,
        hints: list[Hint],
        palette: list[Swatch],
        *,
        seed: int = 0,
        locked: bool = False,
        frame: bool = False,
    ) -> Coloring:
        """Color a drawing at its own size, or at the frame's. To be run in a thread.

        locked: keep to exactly the palette's colors, and the hints'.
        """
        prepared = self.prepared(record)
        encoding: Encoding = prepared.frame if frame else prepared.encoding
        scale = prepared.scale if frame else 1.0
        said = to_hints(hints, prepared.drawing.size, scale)
        wanted = to_palette(palette)
        coloring = self.colorist.colorize(encoding, said, wanted, seed=seed)
        return keep_to(coloring, wanted) if locked else coloring

    def colored(self, record: DrawingRecord, state: State, *, frame: bool = False) -> Coloring:
        """A drawing colored as a state of it says. To be run in a thread."""
        return self.coloring(
            record,
            state.hints,
            state.palette,
            seed=state.seed,
            locked=state.locked,
            frame=frame,
        )

    def drawing_out(self, record: DrawingRecord) -> DrawingOut:
        """A drawing as the page gets it."""
        width, height = frame_size(record.width, record.height)
        fields = record.model_dump(exclude={"state", "extracted", "sha256"})
        return DrawingOut(
            **fields,
            lines="extracted" if record.extracted else "kept",
            frame=Size(width=width, height=height),
            state=record.state,
        )

    def session_out(self, id: str, *, resumed: bool = False) -> SessionOut:
        """A session as the page gets it."""
        session = self.desk.session(id)
        return SessionOut(
            session=id,
            resumed=resumed,
            drawings=[self.drawing_out(record) for record in session.in_order()],
            current=session.record.current,
            settings=session.record.settings,
        )

    def _load(self, record: DrawingRecord) -> Drawing:
        path = self.store.folder(record.id) / "original"
        limit = self.limits.max_megapixels
        pixels = load_pixels(path, name=record.name, max_megapixels=limit)
        return _draw(pixels, record.name, extracted=record.extracted)

    def _prepare(self, drawing: Drawing) -> Prepared:
        return prepare(
            drawing,
            self.colorist,
            work_size=self.work_size,
            live_work_size=self.live_work_size,
        )


def _draw(pixels: Pixels, name: str, *, extracted: bool) -> Drawing:
    return extract_lines(pixels, name=name) if extracted else Drawing.from_pixels(pixels, name=name)


def frame_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the frame of a drawing, as `Encoding.shrunk` makes it."""
    scale = min(1.0, FRAME_SIDE / max(width, height))
    return (width, height) if scale == 1 else (_side(width, scale), _side(height, scale))


def _side(side: int, scale: float) -> int:
    return max(8, round(side * scale))


def clean_name(name: str) -> str:
    """A file's name without a path, and without what no file may be called."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*')
    return plain.strip(" .")[:120] or "drawing"
