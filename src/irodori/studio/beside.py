"""Hints and palette beside a drawing that was opened from disk: `page.png`, `page.irodori.json`.

The file is also one that `irodori colorize --hints` reads.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from irodori.color.errors import HintError
from irodori.color.hints import Hints, format_color
from irodori.studio.models import DabHint, State, StrokeHint
from irodori.studio.sheet import PageHint, to_hints
from irodori.studio.store import write_text

ENDING = ".irodori.json"


def path_of(drawing: str) -> Path:
    """The file beside a drawing."""
    path = Path(drawing)
    return path.with_name(path.stem + ENDING)


def write(drawing: str, state: State, size: tuple[int, int]) -> None:
    """Keep a state beside its drawing of `size` (width, height). Raises OutputError."""
    path = path_of(drawing)
    if not state.hints and not state.palette and not path.exists():
        return  # a drawing that was only looked at leaves no file
    content = to_hints(state.hints, size).to_json()
    content["irodori"] = state.model_dump(mode="json", exclude_defaults=True)
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read(drawing: str) -> State | None:
    """What was kept beside a drawing: by the studio, or as a hints file of the command line."""
    try:
        content = json.loads(path_of(drawing).read_text(encoding="utf-8"))
        return State.model_validate(content["irodori"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        pass  # none, or not ours: the drawing opens all the same
    plain = Path(drawing).with_suffix(".hints.json")
    if not plain.is_file():
        return None
    try:
        return State(hints=from_hints(Hints.from_json(plain)))
    except HintError:
        return None


def from_hints(hints: Hints) -> list[PageHint]:
    """Dabs and strokes of a hints file as the page has them."""
    strokes: list[PageHint] = [
        StrokeHint(
            id=f"s{number}",
            kind="stroke",
            points=[list(point) for point in stroke.points],
            color=format_color(stroke.color),
            radius=stroke.radius,
            empty=stroke.empty,
        )
        for number, stroke in enumerate(hints.strokes)
    ]
    dabs: list[PageHint] = [
        DabHint(
            id=f"d{number}",
            kind="dab",
            x=dab.x,
            y=dab.y,
            color=format_color(dab.color),
            radius=dab.radius,
            empty=dab.empty,
        )
        for number, dab in enumerate(hints.dabs)
    ]
    return strokes + dabs
