"""What was measured: a row for each picture, competitor and protocol; a table; a CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irodori.color.errors import OutputError
from irodori.measure.protocols import AUC, AUC_RATIOS, area_under_curve
from irodori.measure.scores import MEASURES, Scores, summarize

_COLUMNS = {  # measure: its heading, its number format, what it is multiplied with
    "error": ("dE00", "{:.2f}", 1),
    "psnr": ("PSNR dB", "{:.2f}", 1),
    "ssim": ("SSIM", "{:.3f}", 1),
    "hint_error": ("at hints", "{:.2f}", 1),
    "dab_error": ("on dabs", "{:.2f}", 1),
    "chroma_kept": ("chroma", "{:.3f}", 1),
    "bleed": ("bleed %", "{:.1f}", 100),
    "uneven": ("uneven %", "{:.1f}", 100),
    "colorfulness": ("colorful", "{:.2f}", 1),
}

_LEGEND = """\
dE00: mean CIEDE2000 off the lines. At hints, on dabs: median CIEDE2000 at the centers and over the
dabs of chromatic hints; chroma: the share of their chroma that is kept. Bleed: pixels beside lines
in the color from across. Uneven: flat places with a spread over 3 in Lab. Colorful: of truth's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One competitor's attempt at one picture with the hints of one protocol."""

    picture: str
    by: str
    hints: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class Curve:
    """One competitor's PSNR, in dB, on one picture at each ratio of the Hint-AUC protocol."""

    picture: str
    by: str
    psnr: tuple[float, ...]

    @property
    def area(self) -> float:
        """The Hint-AUC, in dB."""
        return area_under_curve(AUC_RATIOS, self.psnr)


@dataclass
class Evaluation:
    """All that one run measured. It grows while the run goes on."""

    rows: list[Row] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was left out and why, a line each."""
    stopped: bool = False
    """Whether the run was interrupted, so that pictures are missing."""

    @property
    def summary(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """Figures by competitor, then by protocol, then by measure; None where there are none.

        Every entry has "pictures", their number; the protocol "auc" has "hint_auc" alone.
        """
        groups: dict[tuple[str, str], list[Scores]] = {}
        for row in self.rows:
            groups.setdefault((row.by, row.hints), []).append(row.scores)
        found: dict[str, dict[str, dict[str, float | None]]] = {}
        for (by, hints), scores in groups.items():
            figures = {name: _known(value) for name, value in summarize(scores).items()}
            found.setdefault(by, {})[hints] = {"pictures": len(scores), **figures}
        for by in dict.fromkeys(curve.by for curve in self.curves):
            areas = [curve.area for curve in self.curves if curve.by == by]
            figures = {"pictures": len(areas), "hint_auc": sum(areas) / len(areas)}
            found.setdefault(by, {})[AUC] = figures
        return found

    def table(self) -> str:
        """The summary as lines of text, the competitors at one protocol below each other."""
        summary = self.summary
        protocols = list(dict.fromkeys(row.hints for row in self.rows))
        lines = [["hints", "by", *(heading for heading, _, _ in _COLUMNS.values()), "n"]]
        for hints in protocols:
            for by, figures in summary.items():
                if hints in figures:
                    lines.append([hints, by, *_cells(figures[hints])])
        text = [_aligned(lines), _LEGEND] if self.rows else []
        if self.curves:
            areas = (f"{by} {f[AUC]['hint_auc']:.2f}" for by, f in summary.items() if AUC in f)
            text.append("Hint-AUC of the PSNR, dB: " + ", ".join(areas))
        text += [f"Note: {note}" for note in self.notes]
        if self.stopped:
            text.append("Note: stopped early; the pictures measured so far are counted")
        return (
            "\n\n".join(text[:1]) + "\n" + "\n".join(text[1:]) + "\n"
            if text
            else "nothing measured\n"
        )

    def write_csv(self, path: str | Path) -> None:
        """A line for each picture, competitor and protocol. Raises OutputError.

        The Hint-AUC has a line "auc" with the column hint_auc, and a line for each ratio, such as
        "auc:0.25", with the PSNR alone.
        """
        try:
            with Path(path).open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["picture", "by", "hints", *MEASURES, "hint_auc"])
                writer.writerows(self._records())
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {error.strerror}") from None

    def _records(self) -> list[list[str]]:
        records = []
        for row in self.rows:
            values = [_written(getattr(row.scores, name)) for name in MEASURES]
            records.append([row.picture, row.by, row.hints, *values, ""])
        empty = [""] * len(MEASURES)
        for curve in self.curves:
            for ratio, value in zip(AUC_RATIOS, curve.psnr, strict=True):
                values = [_written(value) if name == "psnr" else "" for name in MEASURES]
                records.append([curve.picture, curve.by, f"{AUC}:{ratio:g}", *values, ""])
            records.append([curve.picture, curve.by, AUC, *empty, _written(curve.area)])
        return records


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _written(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def _cells(figures: dict[str, float | None]) -> list[str]:
    cells = []
    for name, (_, form, factor) in _COLUMNS.items():
        value = figures[name]
        cells.append("-" if value is None else form.format(value * factor))
    return [*cells, str(figures["pictures"])]


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns of text: the first two to the left, numbers to the right, a rule per protocol."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    text = []
    for number, line in enumerate(lines):
        if number and line[0] != lines[number - 1][0]:
            text.append("-" * (sum(widths) + 2 * (len(widths) - 1)))
        cells = [
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text.append("  ".join(cells).rstrip())
    return "\n".join(text)
