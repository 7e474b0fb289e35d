"""Every figure that decides whether a picture stays, in one place, each with its reason.

A file of TOML or `name=value` on the command line gives others; pictures aren't measured again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from irodori.collection.errors import CollectionError


def _limit(value: float, why: str) -> Any:
    return field(default=value, metadata={"why": why})


@dataclass(frozen=True)
class Thresholds:
    """What a picture may be and stay; `reason_of` says why a figure is what it is."""

    least_side: float = _limit(
        96, "pixels of the shorter side: below, a line is no longer told from its color"
    )
    most_aspect: float = _limit(
        4.0, "long over short side: banners and strips would be mostly padding"
    )
    least_contrast: float = _limit(
        16, "grey levels between dark and light: less is an empty page and a compressor's noise"
    )
    least_edges: float = _limit(
        0.001, "share of pixels at which a color changes: less is one tone or a gradient"
    )
    most_one_color: float = _limit(
        0.995, "share of the picture in one color: what remains is a speck or a signature"
    )
    most_photo: float = _limit(0.5, "chance of being a photograph, not drawn, from its texture")
    least_colored: float = _limit(
        0.002, "share of pixels that have a hue: with fewer there is no color to learn from"
    )
    most_text: float = _limit(
        0.35, "share of the picture taken by lines of writing: a page to read, not a drawing"
    )
    most_characters: float = _limit(
        1, "characters that the tags name; where no tag says, the picture stays"
    )
    duplicate_lines: float = _limit(
        0.94, "likeness in the least alike place, colors being equal: storing again leaves more"
    )
    recolored_lines: float = _limit(
        0.88, "the same where colors differ: recoloring weakens some edges"
    )
    sibling_lines: float = _limit(
        0.97, "the same for pictures of one source, which may share all parts but one"
    )
    recolored_share: float = _limit(
        0.05, "share of colored areas in clearly another color from which on it is recolored"
    )
    variant_share: float = _limit(
        0.15, "share of colored areas that keep theirs in a variant made on purpose"
    )

    def changed(self, values: Iterable[tuple[str, object]], source: str) -> Thresholds:
        """With other figures, by name. `source` is named in errors. Raises CollectionError."""
        names = [each.name for each in fields(self)]
        new: dict[str, float] = {}
        for name, value in values:
            if name not in names:
                raise CollectionError(
                    f"{source}: no threshold is called {name!r}; there are {', '.join(names)}"
                )
            try:
                new[name] = float(value)  # type: ignore[arg-type]
            except (TypeError, ValueError):
                raise CollectionError(f"{source}: {name} is a number, not {value!r}") from None
        return replace(self, **new)

    def as_dict(self) -> dict[str, float]:
        """Name to figure."""
        return asdict(self)


def reason_of(name: str) -> str:
    """Why the threshold of that name is what it is."""
    found = next(each for each in fields(Thresholds) if each.name == name)
    return str(found.metadata["why"])


def read_thresholds(file: str | Path | None, given: Iterable[str] = ()) -> Thresholds:
    """The thresholds of a TOML file of `name = number` lines, then of `name=number` texts.

    Raises CollectionError for a file that cannot be read and for names and values not understood.
    """
    limits = Thresholds()
    if file is not None:
        try:
            values = tomllib.loads(Path(file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise CollectionError(f"{file}: cannot be read as thresholds ({error})") from None
        limits = limits.changed(values.items(), str(file))
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise CollectionError(f"{text!r} sets no threshold; write it as name=number")
        limits = limits.changed([(name.strip(), value)], text)
    return limits
