"""`irodori evaluate`: a colourist and its rivals on drawings whose true colours are known.

Everybody gets the same drawings and, picture by picture, the same hints.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from irodori.color.drawing import Drawing
from irodori.color.errors import IrodoriError, OutputError
from irodori.color.hints import Hints
from irodori.color.palette import Palette
from irodori.color.sheet import Cell, contact_sheet, save_sheet
from irodori.measure.errors import Picture, psnr
from irodori.measure.evaluation import Curve, Evaluation, Row
from irodori.measure.extras import RivalError, need
from irodori.measure.pairs import Pair, Pairs, on_white
from irodori.measure.protocols import DEFAULT_HINTS, check_protocol, hint_auc_cases, place_hints
from irodori.measure.rivals import RIVALS, Rival, check_rivals
from irodori.measure.scores import Painted, score
from irodori.measure.sheet import draw_hints
from irodori.measure.truth import Truth

OURS = "ours"
"""The name of the measured colourist in tables."""

_ON_SHEET = 8  # pictures on the contact sheet
_SHOWN = ("0", "5", "r10")  # and the protocols shown of each, where they are measured

Progress = Callable[[int, int, str], None]
"""Called with the pictures done, the pictures in all, and the id of the one to come."""


class Result(Protocol):
    """What is looked at of a coloring; see `irodori.Coloring`."""

    @property
    def flats(self) -> Picture:
        """uint8 (H, W, 3) sRGB."""
        ...

    def color(self) -> Picture:
        """uint8 (H, W, 3) sRGB: flats with shade."""
        ...

    def image(self) -> Image.Image:
        """The picture with its ink."""
        ...


class Colourist(Protocol):
    """Whatever colours drawings in two steps, as `irodori.Colorist` does."""

    def encode(self, drawing: Drawing, /) -> Any:
        """The heavy half, once for each drawing."""
        ...

    def colorize(self, encoding: Any, hints: Hints, palette: Palette | None, /) -> Result:
        """The light half, for each set of hints."""
        ...


@dataclass
class _Run:
    """What stays the same from picture to picture."""

    colourist: Colourist | None
    rivals: dict[str, Rival]
    protocols: Sequence[str]
    seed: int
    auc: bool
    found: Evaluation = field(default_factory=Evaluation)
    shown: list[list[Cell]] = field(default_factory=list)

    @property
    def competitors(self) -> list[str]:
        return [*([OURS] if self.colourist is not None else []), *self.rivals]


def evaluate(
    folder: str | Path,
    colourist: Colourist | None,
    *,
    hints: str | Sequence[str] = DEFAULT_HINTS,
    against: str | Sequence[str] = ("blank", "watershed", "gmic"),
    out: str | Path | None = None,
    seed: int = 0,
    limit: int | None = None,
    progress: Progress | None = None,
    auc: bool = True,
) -> Evaluation:
    """Measure a colourist, or with None only the rivals, on the pairs in `folder`.

    hints: protocols, as in `protocols`; against: names from `RIVALS`; both may be one text with
    commas. out: a folder for `evaluation.csv` and `sheet.png`, made if need be. seed: where random
    hints fall, and which pairs are picked. limit: so many pairs at most. auc: the Hint-AUC protocol
    too, 8 colourings more for each competitor and picture.

    A rival that is not installed, or fails, and a pair that cannot be read are left out with a
    note. Ctrl-C ends the run and keeps the pictures that were measured. Raises IrodoriError: no
    pairs, an unknown protocol or rival, a missing library, an `out` that cannot be written.
    """
    names = list(dict.fromkeys(check_protocol(name) for name in _listed(hints)))
    rivals = check_rivals(_listed(against))
    if auc or "watershed" in rivals:
        need("skimage.segmentation")  # before the work, not after the first picture
    pairs = Pairs(folder)
    target = _folder(out)
    run = _Run(colourist, {}, names, seed, auc)
    _enter(run, rivals)
    if pairs.without_line:
        run.found.notes.append(f"{pairs.without_line} pictures have no line art and were left out")
    _measure_all(run, pairs, pairs.ids(limit, seed), progress)
    if target is not None:
        run.found.write_csv(target / "evaluation.csv")
        headings = ["lines and hints", "truth", *run.competitors]
        save_sheet(contact_sheet(headings, run.shown), target / "sheet.png")
    return run.found


def _listed(names: str | Sequence[str]) -> list[str]:
    parts = names.split(",") if isinstance(names, str) else names
    return [name for name in parts if name.strip()]


def _folder(out: str | Path | None) -> Path | None:
    if out is None:
        return None
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be made a folder: {error.strerror}") from None
    return Path(out)


def _enter(run: _Run, names: Iterable[str]) -> None:
    for name in names:
        try:
            run.rivals[name] = RIVALS[name]()
        except RivalError as error:
            run.found.notes.append(str(error))


def _measure_all(run: _Run, pairs: Pairs, ids: Sequence[str], progress: Progress | None) -> None:
    step = max(1, -(-len(ids) // _ON_SHEET))
    try:
        for done, name in enumerate(ids):
            if progress:
                progress(done, len(ids), name)
            try:
                pair = pairs.read(name)
            except IrodoriError as error:
                run.found.notes.append(f"{error}; left out")
                continue
            _measure(run, pair, on_sheet=done % step == 0)
        if progress:
            progress(len(ids), len(ids), "")
    except KeyboardInterrupt:
        run.found.stopped = True


def _measure(run: _Run, pair: Pair, *, on_sheet: bool) -> None:
    """All competitors on one picture. Nothing is kept of a picture that was interrupted."""
    truth = Truth(pair.color, pair.drawing.ink)
    cases = {name: place_hints(name, truth, pair.id, run.seed) for name in run.protocols}
    series = hint_auc_cases(truth) if run.auc else []
    rows: list[Row] = []
    curves: list[Curve] = []
    shown: dict[str, list[Cell]] = {}
    for by in run.competitors:
        try:
            painted = _paint_all(run, by, pair.drawing, [*cases.values(), *series])
        except RivalError as error:
            run.found.notes.append(f"{pair.id}: {error}")
            continue
        for (name, hints), result in zip(cases.items(), painted, strict=False):
            row = Row(pair.id, by, name, score(result, truth, hints))
            rows.append(row)
            cell = Cell(result.image, f"dE00 {row.scores.error:.1f}")
            shown.setdefault(name, []).append(cell)
        if series:
            values = (psnr(result.image, truth.color) for result in painted[len(cases) :])
            curves.append(Curve(pair.id, by, tuple(values)))
    run.found.rows += rows
    run.found.curves += curves
    if on_sheet:
        for name in [name for name in cases if name in _SHOWN] or list(cases)[:3]:
            lines = Cell(draw_hints(truth.ink, cases[name]), f"hints {name}")
            run.shown.append([lines, Cell(truth.color, pair.id), *shown.get(name, [])])


def _paint_all(run: _Run, by: str, drawing: Drawing, cases: Sequence[Hints]) -> list[Painted]:
    """A competitor's picture for each set of hints, in order."""
    if by == OURS and run.colourist is not None:
        encoding = run.colourist.encode(drawing)
        return [_colorize(run.colourist, encoding, hints) for hints in cases]
    pool = ThreadPoolExecutor(os.cpu_count())  # a rival fills on one core, a network on all
    try:
        return list(pool.map(partial(_fill, run.rivals[by], drawing), cases))
    finally:
        pool.shutdown(cancel_futures=True)  # so that Ctrl-C need not wait for those in line


def _colorize(colourist: Colourist, encoding: Any, hints: Hints) -> Painted:
    result = colourist.colorize(encoding, hints, None)
    return Painted(on_white(result.image()), result.color(), result.flats)


def _fill(rival: Rival, drawing: Drawing, hints: Hints) -> Painted:
    return Painted.from_flats(rival.paint(drawing.ink, hints), drawing.ink)
