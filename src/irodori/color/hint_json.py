"""Hints as JSON: reading with one clear line for whatever is wrong, and writing."""

from __future__ import annotations

import json
from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeVar

from irodori.color.errors import HintError
from irodori.color.marks import Dab, Stroke, format_color, parse_color, shown

T = TypeVar("T")


def holds_json(path: str | PathLike[str]) -> bool:
    """Whether a file's first letter is one that JSON can start with. Raises HintError."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(64)
    except (OSError, ValueError) as error:
        raise unreadable(fspath(path), error) from None
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[", b"")


def read_json(
    source: str | PathLike[str] | dict[str, Any],
) -> tuple[tuple[Dab, ...], tuple[Stroke, ...]]:
    """The dabs and strokes of a path, a JSON text or a parsed dict. Raises HintError."""
    name, content = _parse(source)
    if not isinstance(content, dict):
        raise HintError(
            f'{name}: holds {shown(content)}; write {{"dabs": [...], "strokes": [...]}}'
        )
    # "irodori" is what the studio keeps beside the hints, for itself.
    _check_keys(content, name, required=(), optional=("dabs", "strokes", "irodori"))
    return (
        _read_list(content, "dabs", name, _read_dab),
        _read_list(content, "strokes", name, _read_stroke),
    )


def as_json(dabs: tuple[Dab, ...], strokes: tuple[Stroke, ...]) -> dict[str, Any]:
    """The dict that ``read_json`` reads back as the same dabs and strokes."""
    return {
        "dabs": [
            {"x": dab.x, "y": dab.y, "color": format_color(dab.color), "radius": dab.radius}
            | _empty(dab)
            for dab in dabs
        ],
        "strokes": [
            {
                "points": [list(point) for point in stroke.points],
                "color": format_color(stroke.color),
                "radius": stroke.radius,
            }
            | _empty(stroke)
            for stroke in strokes
        ],
    }


def unreadable(name: str, error: Exception) -> HintError:
    """The error for a file that the system would not give us."""
    reason = getattr(error, "strerror", None) or str(error)
    return HintError(f"{name}: cannot be read ({reason}); check the path")


def _parse(source: str | PathLike[str] | dict[str, Any]) -> tuple[str, Any]:
    """The name for messages, and the parsed JSON."""
    if isinstance(source, dict):
        return "hints", source
    name, text = "hints", fspath(source)
    if not text.lstrip().startswith(("{", "[")):
        name = text
        try:
            text = Path(text).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise HintError(f"{name}: is not a text file; hints are JSON or a picture") from None
        except (OSError, ValueError) as error:
            raise unreadable(name, error) from None
    try:
        return name, json.loads(text)
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise HintError(f"{name}: is not valid JSON at {at} ({error.msg}); correct it") from None
    except (RecursionError, ValueError):
        raise HintError(
            f'{name}: is not hints JSON; write {{"dabs": [...], "strokes": [...]}}'
        ) from None


def _read_list(
    content: dict[str, Any], key: str, name: str, read: Callable[[Any, str], T]
) -> tuple[T, ...]:
    entries = content.get(key, [])
    if not isinstance(entries, list):
        raise HintError(f"{name}: {key} is {shown(entries)}; it has to be a list [...]")
    return tuple(read(entry, f"{name}: {key}[{i}]") for i, entry in enumerate(entries))


def _read_dab(entry: Any, place: str) -> Dab:
    _check_keys(entry, place, required=("x", "y", "color"), optional=("radius", "empty"))
    given = {key: entry[key] for key in ("radius", "empty") if key in entry}
    return _at(place, lambda: Dab(entry["x"], entry["y"], parse_color(entry["color"]), **given))


def _read_stroke(entry: Any, place: str) -> Stroke:
    _check_keys(entry, place, required=("points", "color"), optional=("radius", "empty"))
    given = {key: entry[key] for key in ("radius", "empty") if key in entry}
    points = entry["points"]
    if not isinstance(points, list):
        raise HintError(f"{place}: points is {shown(points)}; it has to be a list [[x, y], ...]")
    return _at(place, lambda: Stroke(tuple(points), parse_color(entry["color"]), **given))


def _empty(mark: Dab | Stroke) -> dict[str, bool]:
    return {"empty": True} if mark.empty else {}


def _at(place: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except HintError as error:
        raise HintError(f"{place}: {error}") from None


def _check_keys(
    entry: Any, place: str, required: tuple[str, ...], optional: tuple[str, ...]
) -> None:
    allowed = ", ".join((*required, *optional))
    if not isinstance(entry, dict):
        raise HintError(f"{place}: is {shown(entry)}; it has to be an object with {allowed}")
    for key in entry:
        if key not in (*required, *optional):
            raise HintError(f"{place}: unknown key {shown(key)}; known are {allowed}")
    for key in required:
        if key not in entry:
            raise HintError(f"{place}: {key} is missing; needed are {', '.join(required)}")
