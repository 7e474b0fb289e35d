"""`irodori colorize`: what it was asked for, and the doing.

Scripts call it for one drawing after another, and importing Typer costs as much processor time as
the network. So a plain call is read here; whatever is not plain (help, a slip of the pen, a value
that is not possible) is None, and `irodori.cli.color`, which defines the command, reads it again
and says what is wrong.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from irodori.cli.terminal import exit_code, progress_bar, say

if TYPE_CHECKING:
    from irodori.color.batch import Order, Outcome

    Spread: TypeAlias = Callable[[Sequence[str], str | None, Order], Iterator[Outcome]]


@dataclass(frozen=True)
class Asked:
    """The arguments, each named as its option; `irodori colorize --help` says what they mean."""

    drawings: tuple[str, ...]
    output: str | None = None
    hints: str | None = None
    hint: tuple[str, ...] = ()
    palette: str | None = None
    proposals: int = 1
    seed: int = 0
    format: str | None = None
    colorist: str = "quick"
    threads: int | None = None
    jobs: int | None = None
    max_megapixels: float = 100.0
    json: bool = False
    force: bool = False

    def order(self) -> Order:
        """The same for `batch`. Raises HintError, PaletteError."""
        from irodori.color import batch
        from irodori.color.hints import Hints, parse_dab
        from irodori.color.request import read_palette

        return batch.Order(
            hints=Hints(tuple(parse_dab(text) for text in self.hint)),
            hints_file=self.hints,
            palette=read_palette(self.palette),
            proposals=self.proposals,
            seed=self.seed,
            format=self.format,
            colorist=self.colorist,
            threads=self.threads,
            jobs=self.jobs,
            max_megapixels=self.max_megapixels,
            force=self.force,
        )


def _whole(least: int | None, most: int | None = None) -> Callable[[str], int]:
    def value(text: str) -> int:
        number = int(text) if re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII) else None
        if number is None or (least or number) > number or number > (most or number):
            raise ValueError(text)
        return number

    return value


def _known_format(text: str) -> str:
    if text not in ("png", "webp", "psd", "ora"):
        raise ValueError(text)
    return text


def _megapixels(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII):
        raise ValueError(text)
    return float(text)


_VALUES: dict[str, Callable[[str], Any]] = {
    "output": str,
    "hints": str,
    "hint": str,
    "palette": str,
    "proposals": _whole(1, 16),
    "seed": _whole(None),
    "format": _known_format,
    "colorist": str,
    "threads": _whole(1),
    "jobs": _whole(1),
    "max-megapixels": _megapixels,
}
"""Options with a value, and what raises ValueError for one that is not plain."""

_FLAGS = {"--json": "json", "--force": "force"}


def read(arguments: Sequence[str]) -> Asked | None:
    """What the arguments after ``colorize`` ask for; None where Typer has to read them."""
    asked: dict[str, Any] = {"drawings": (), "hint": ()}
    rest = iter(arguments)
    try:
        for text in rest:
            if text in _FLAGS:
                asked[_FLAGS[text]] = True
            elif text == "-" or not text.startswith("-"):
                asked["drawings"] += (text,)
            else:
                name, value = _option(text, rest)
                read_value = _VALUES[name](value)
                if name == "hint":
                    asked["hint"] += (read_value,)
                else:
                    asked[name.replace("-", "_")] = read_value
    except (KeyError, StopIteration, ValueError):
        return None
    return Asked(**asked) if asked["drawings"] else None


def _option(text: str, rest: Iterator[str]) -> tuple[str, str]:
    """An option's name and its value, which may be the next argument."""
    if text == "-o":
        text = "--output"
    name, sign, value = text.removeprefix("--").partition("=")
    if not sign:
        value = next(rest)
        if value.startswith("-") and value != "-":
            raise ValueError(value)  # an option forgotten its value, or a strange one
    return name, value


def run(asked: Asked) -> int:
    """Color; the program's exit code."""
    # Libraries of linear algebra start a thread per core, which costs more than they have to do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return exit_code(lambda: color(asked))


def color(asked: Asked, spread: Spread | None = None) -> int:
    """Color; 0, or 2 where a drawing failed, which is told. Raises IrodoriError.

    spread: what takes the place of `batch.colorize_files`.
    """
    from irodori.color import batch
    from irodori.color.errors import OutputError

    order = asked.order()
    found = batch.find_drawings(asked.drawings)
    to_stdout = asked.output == batch.STREAM or (asked.output is None and batch.STREAM in found)
    if asked.json and to_stdout:
        raise OutputError("--json and the picture both want standard output; give -o FILE")
    outcomes = (spread or batch.colorize_files)(found, asked.output, order)
    failed = 0
    with progress_bar("coloring", wanted=len(found) > 1) as progress:
        for done, outcome in enumerate(outcomes, 1):
            failed += outcome.error is not None
            _report(outcome, as_json=asked.json)
            progress(done, len(found), outcome.input)
    return 2 if failed else 0


def _report(outcome: Outcome, *, as_json: bool) -> None:
    """What became of one drawing: its files on stdout, an error's line on stderr."""
    if outcome.error is not None:
        say(outcome.error)
    if as_json:
        print(json.dumps(outcome.to_json(), ensure_ascii=False), flush=True)
    elif outcome.output != ("-",):
        for path in outcome.output:
            print(path, flush=True)
