"""What a benchmark found: ratios with what they are held against, as lines and as JSON."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ratio:
    """One figure. against: what it is a ratio to; limit: what the docs promise, None for nothing.

    at_least: the limit is the least that it may be; else the most.
    """

    name: str
    value: float
    against: str
    limit: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the promise is kept; None where there is none."""
        if self.limit is None or math.isnan(self.value):
            return None if self.limit is None else False
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """The figure as one line of a table."""
        bound = "" if self.limit is None else f"at {'least' if self.at_least else 'most'} "
        limit = "" if self.limit is None else f"{self.limit:g}"
        verdict = {True: "holds", False: "does NOT hold", None: ""}[self.holds]
        return f"{self.name:<52}{self.value:>8.2f}  {bound + limit:<14}{verdict}"


class Table:
    """The ratios of one benchmark, printed as they come and written where ``--json`` says."""

    def __init__(self) -> None:
        self.ratios: list[Ratio] = []

    def add(
        self,
        name: str,
        value: float,
        *,
        against: str,
        limit: float | None = None,
        at_least: bool = False,
    ) -> None:
        """Note a ratio, and print it."""
        self.ratios.append(
            Ratio(name, float(value), against, limit, at_least)
        )  # NumPy's floats, too
        print(self.ratios[-1].line(), flush=True)

    def write(self, path: Path | None) -> None:
        """Write a JSON list, an object for each ratio; nothing without a path."""
        if path is not None:
            found = [{**asdict(each), "holds": each.holds} for each in self.ratios]
            path.write_text(json.dumps(found, indent=1) + "\n")


def parser(about: str | None) -> argparse.ArgumentParser:
    """A benchmark's arguments, ``--json FILE`` among them. about: its docstring."""
    made = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    made.add_argument("--json", type=Path, metavar="FILE", help="write the ratios there, too")
    return made
