"""What less weight costs and what it buys: error against size and time, as a table and a figure."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Variant:
    """One way to make a model smaller.

    errors: what is measured, by name, the less the better; the first is drawn. stored: bytes on
    the disk; packed: bytes in a ZIP, where zeros cost nothing; milliseconds: of one answer.
    """

    name: str
    errors: dict[str, float]
    stored: int
    packed: int
    milliseconds: float


def table(variants: Sequence[Variant]) -> str:
    """The variants as lines of text."""
    names = list(variants[0].errors)
    wide = max(len(each.name) for each in variants) + 2
    head = "".join(f"{name:>{max(9, len(name) + 2)}}" for name in names)
    lines = [f"{'':<{wide}}{head}       MB   MB zipped        ms"]
    for each in variants:
        errors = "".join(f"{each.errors[name]:{max(9, len(name) + 2)}.2f}" for name in names)
        sizes = f"{each.stored / 1e6:9.2f}{each.packed / 1e6:12.2f}{each.milliseconds:10.1f}"
        lines.append(f"{each.name:<{wide}}{errors}{sizes}")
    return "\n".join(lines) + "\n"


def figure(variants: Sequence[Variant]) -> Figure:
    """Error over size and over time, a named point for each variant."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(9, 3.6), layout="constrained")
    name = next(iter(variants[0].errors))
    axes = drawn.subplots(1, 2, sharey=True)
    sides = (
        ("MB zipped", [each.packed / 1e6 for each in variants]),
        ("ms for one answer", [each.milliseconds for each in variants]),
    )
    errors = [each.errors[name] for each in variants]
    for axis, (label, values) in zip(axes, sides, strict=True):
        axis.plot(values, errors, "o", color="#b2452f")
        for each, x, y in zip(variants, values, errors, strict=True):
            axis.annotate(each.name, (x, y), (5, 5), textcoords="offset points", fontsize=8)
        axis.set_xlabel(label)
        axis.set_xlim(0, 1.25 * max(values))
        axis.margins(y=0.18)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel(f"error, {name}")
    return drawn


def packed_size(files: Sequence[Path]) -> int:
    """Bytes of these files as a ZIP would hold them."""
    return sum(len(zlib.compress(file.read_bytes(), 6)) for file in files)
