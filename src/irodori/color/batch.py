"""Many drawings, one order: which files are meant, what each result is called, a few at a time.

A drawing that cannot be colored does not stop the others; its outcome carries the reason. What is
wrong with the order itself (a bad palette, a missing colorist) is raised before any work is done.
"""

from __future__ import annotations

import glob
import io
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from irodori.color import layers
from irodori.color.coloring import Coloring
from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.errors import ColoristError, DrawingError, IrodoriError, OutputError
from irodori.color.hints import Hints
from irodori.color.palette import Palette
from irodori.color.request import read_hints
from irodori.storage.places import place, remote

STREAM = "-"
"""Stands for standard input as a drawing, for standard output as a result."""

_KINDS = ".png .jpg .jpeg .webp .tif .tiff .avif .bmp .gif .psd .ora .kra"
SUFFIXES = frozenset(_KINDS.split(" "))
"""What a folder is searched for."""

_LARGE = 20e6
"""Pixels from which a drawing needs so much memory that it is colored with no other large one."""

_AHEAD = 8
"""Drawings begun for each job before the first outcome is waited for: a slow one idles nobody."""

_large = threading.Lock()


@dataclass(frozen=True)
class Order:
    """What is wanted of every drawing of a batch.

    hints: spoken on every drawing, on top of those of ``hints_file`` (JSON or a picture).
    proposals: how many different colorings of each. format: one of `layers.FORMATS`, or None for
    what the output's name says. threads: of the network, None for all; jobs: drawings at a time,
    None for one more than there are cores. force: overwrite.
    """

    hints: Hints = field(default_factory=Hints)
    hints_file: str | None = None
    palette: Palette = field(default_factory=Palette)
    proposals: int = 1
    seed: int = 0
    format: str | None = None
    colorist: str = "quick"
    threads: int | None = None
    jobs: int | None = None
    max_megapixels: float = 100.0
    force: bool = False

    @cached_property
    def painter(self) -> Colorist:
        """The colorist, loaded when the first drawing is ready for it. Raises ColoristError."""
        return Colorist.load(self.colorist, threads=self.threads)


class Task(NamedTuple):
    """A drawing, and where its colorings go: paths, or ``-`` for the standard streams."""

    source: str
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one drawing: the files written, or the error's one line."""

    input: str
    output: tuple[str, ...] = ()
    size: tuple[int, int] | None = None  # (width, height) in pixels
    hints: int = 0
    palette: int = 0
    seconds: float = 0.0
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON has them; without ``error`` when all is well."""
        fields = asdict(self)
        if self.error is None:
            del fields["error"]
        return fields


def find_drawings(inputs: Sequence[str]) -> list[str]:
    """The drawings that files, folders, patterns and ``-`` stand for, each once, in order.

    A folder stands for the pictures directly in it, results (``*.colored*``) and hints pictures
    (``*.hints.png``) left out. Raises DrawingError for a folder or pattern without a drawing.
    """
    found: list[str] = []
    for text in inputs:
        if text != STREAM and place(text).is_dir():
            matches = list(place(text).iterdir())
        elif _is_pattern(text):
            matches = [Path(name) for name in glob.glob(text)]
        else:
            found.append(text)  # a missing file is reported in its turn
            continue
        pictures = sorted(str(path) for path in matches if _is_drawing(path))
        if not pictures:
            raise DrawingError(f"{text}: no drawings there (looked for {_KINDS})")
        found += pictures
    return list(dict.fromkeys(found))


def name_outputs(source: str, output: str | None, *, many: bool, order: Order) -> list[str]:
    """Where the colorings of one drawing go: paths, or ``-`` for standard output.

    output: what the person asked for: a file, a folder, ``-``, or None for beside the drawing.
    many: whether there are other drawings, so that a single file will not do. Raises OutputError.
    """
    if output is None:
        output = STREAM if source == STREAM else str(place(source).parent)
    if output == STREAM:
        if many or order.proposals > 1:
            raise OutputError("standard output takes one picture; name a folder with -o")
        return [STREAM]
    if _is_folder(output, named=not many and order.format is not None):
        stem = "stdin" if source == STREAM else Path(source).stem
        path = place(output) / f"{stem}.colored.{order.format or 'png'}"
    elif many:
        raise OutputError(f"{output}: several drawings need a folder; give one with -o")
    else:
        path = place(output)
        layers.format_of(
            str(path), order.format
        )  # says at once if the name ends in no known format
    if order.proposals == 1:
        return [str(path)]
    numbers = range(1, order.proposals + 1)
    return [str(path.with_name(f"{path.stem}-{number}{path.suffix}")) for number in numbers]


def colorize_files(inputs: Sequence[str], output: str | None, order: Order) -> Iterator[Outcome]:
    """Color drawings, several at a time, each outcome as soon as it and all before it are there.

    Of one drawing the network takes all cores; of many, each drawing takes one, which is quicker,
    since decoding, regions and encoding use only one. Raises ColoristError, and the OutputError of
    an output that can serve no drawing at all; what concerns one drawing is in its outcome.
    """
    plan = planned(inputs, output, order)
    # One more than cores: while one waits for a file or a lock, the others keep all cores busy.
    jobs = min(len(plan), order.jobs or _cores() + 1)
    if jobs > 1:
        order = replace(order, threads=order.threads or max(1, _cores() // jobs))
        _ = order.painter  # before the threads, which would each load one
    taken: set[str] = set()
    pool = ThreadPoolExecutor(jobs)
    going: deque[Future[Outcome]] = deque()
    try:
        for task in plan:
            going.append(_begun(pool, task, taken, order))
            if len(going) > _AHEAD * jobs:
                yield going.popleft().result()
        while going:
            yield going.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def planned(inputs: Sequence[str], output: str | None, order: Order) -> list[Task]:
    """Each drawing with the places of its results. Raises OutputError, as `colorize_files` does."""
    many = len(inputs) > 1
    return [
        Task(source, tuple(name_outputs(source, output, many=many, order=order)))
        for source in inputs
    ]


def _cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _begun(pool: ThreadPoolExecutor, task: Task, taken: set[str], order: Order) -> Future[Outcome]:
    """The outcome to come; known at once where the places of the results are not free."""
    refusal = refused(task, taken, force=order.force)
    if refusal is None:
        return pool.submit(colored, task, order)
    known: Future[Outcome] = Future()
    known.set_result(refusal)
    return known


def refused(task: Task, taken: set[str], *, force: bool) -> Outcome | None:
    """The outcome where the places of the results are not free; else None, and they are `taken`."""
    try:
        _check_free(task, taken, force=force)
    except (IrodoriError, OSError) as error:
        return Outcome(task.source, error=_one_line(task.source, error))
    taken.update(task.outputs)
    return None


def colored(task: Task, order: Order) -> Outcome:
    """Color one drawing: what became of it. Raises ColoristError."""
    started = time.perf_counter()
    try:
        drawing, hints = _color_one(task, order)
    except ColoristError:
        raise
    except (IrodoriError, MemoryError, OSError) as error:
        return Outcome(task.source, error=_one_line(task.source, error))
    return Outcome(
        task.source,
        task.outputs,
        size=drawing.size,
        hints=len(hints),
        palette=len(order.palette),
        seconds=round(time.perf_counter() - started, 3),
    )


def _color_one(task: Task, order: Order) -> tuple[Drawing, Hints]:
    """Load, color and write one drawing."""
    source, outputs = task
    if source == STREAM:
        data = sys.stdin.buffer.read()
        drawing = Drawing.load(data, name="stdin", max_megapixels=order.max_megapixels)
    else:
        drawing = Drawing.load(source, max_megapixels=order.max_megapixels)
    hints = read_hints(order.hints_file, size=drawing.size) + order.hints
    hints.check_inside(*drawing.size)
    painter, seed = order.painter, order.seed
    with _large if drawing.width * drawing.height > _LARGE else nullcontext():
        if len(outputs) == 1:
            colorings = [painter.colorize(drawing, hints, order.palette, seed=seed)]
        else:
            colorings = painter.propose(drawing, len(outputs), hints, order.palette, seed=seed)
        for coloring, path in zip(colorings, outputs, strict=True):
            _write(coloring, path, order)
    return drawing, hints


def _write(coloring: Coloring, path: str, order: Order) -> None:
    """One coloring to its place: a file, or standard output once it is whole."""
    if path != STREAM:
        _make_folder(place(path).parent)
        coloring.save(path, format=order.format, force=order.force)
        return
    whole = io.BytesIO()
    layers.write(coloring, whole, format=order.format or "png")
    sys.stdout.buffer.write(whole.getbuffer())
    sys.stdout.buffer.flush()


def _make_folder(folder: Path) -> None:
    """Make the folder that results go to, if it is not there yet. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: no such folder can be made ({error.strerror})") from error


def _check_free(task: Task, taken: set[str], *, force: bool) -> None:
    """Refuse, before any work is spent, to write over what should stay."""
    source, outputs = task
    for path in outputs:
        if path == STREAM:
            if sys.stdout.isatty():
                raise OutputError("a picture is not for a terminal; give -o FILE, or pipe it on")
        elif path in taken:
            raise OutputError(f"{source}: {path} is another drawing's result already; rename one")
        elif place(path).exists():
            if _is_same(path, source):
                raise OutputError(f"{path}: is the drawing itself; give another name with -o")
            if not force:
                raise OutputError(f"{path}: exists; give another name with -o, or use --force")


def _is_same(path: str, source: str) -> bool:
    here, there = place(path), place(source)
    if remote(here) or remote(there):
        return here == there
    return there.exists() and here.samefile(there)


def _one_line(source: str, error: Exception) -> str:
    """An error as one line that names the drawing."""
    if isinstance(error, IrodoriError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{source}: not enough memory for a drawing of this size; scale it down"
    return f"{source}: {getattr(error, 'strerror', None) or error}"


def _is_pattern(text: str) -> bool:
    """Whether the shell left a pattern for us to expand: quoted, or on a shell that never does."""
    return glob.has_magic(text) and not (remote(place(text)) or Path(text).exists())


def _is_drawing(path: Path) -> bool:
    """Whether a folder's file is worth coloring: a picture, and none of those we write or read."""
    inner = Path(path.stem).suffix  # "a.colored-2.png" has ".colored-2" before its last suffix
    ours = inner.startswith(".colored") or inner == ".hints"
    return path.suffix.lower() in SUFFIXES and not ours and path.is_file()


def _is_folder(output: str, *, named: bool) -> bool:
    """Whether ``-o`` means a folder: there is one, or the name looks like one.

    named: whether a name without an ending may be a file, its format having been told.
    """
    path = place(output)
    if path.is_dir() or output.endswith(("/", os.sep)):
        return True
    return not (path.exists() or path.suffix or named)
