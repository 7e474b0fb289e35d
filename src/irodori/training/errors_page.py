"""The page of `irodori errors`: groups with pictures of their worst drawings, and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

import numpy as np
from PIL import Image

from irodori.color.sheet import Cell, contact_sheet
from irodori.lab.error_analysis import cost_chart
from irodori.lab.inspect.page import Page, Section, Shown
from irodori.training.errors_report import ErrorReport, Weakness
from irodori.training.judging import pictures

_SHOWN = 8  # drawings of a group
_WIDTH = 572  # pixels of a sheet
_LINE = 100  # characters
_KINDS = {
    "weigh": "Weigh them up: training meets them more often",
    "augment": "Augment: training makes more like them",
    "gather": "Gather more of them",
    "leave": "Leave them out of what this product handles",
}


def save_page(report: ErrorReport, path: Path) -> None:
    """Writes a page that needs nothing else, and its pictures into a folder. Raises LabError."""
    facts = (
        f"{report.run.recipe.design}, {len(report.samples)} validation drawings, mean error "
        f"{report.mean:.2f} (0 is the artist's own; distances as the eye sees them)"
    )
    page = Page(f"Errors of run {report.run.folder.name}", facts)
    page.sections += [_costs(report)]
    for number, weakness in enumerate(report.weaknesses, 1):
        page.sections.append(_group(report, number, weakness))
    order = np.argsort(-report.raw, kind="stable")
    page.sections.append(
        Section(
            "The worst drawings",
            "Whatever group they are in. Is something wrong with the picture itself?",
            "worst",
            [*_sheets(report, order[:_SHOWN].tolist())],
        )
    )
    if report.labels:
        page.sections.append(_labels(report))
    page.save(path, pictures=path.parent / "errors")


def _costs(report: ErrorReport) -> Section:
    words = (
        "Each group's share of drawings times how much more it errs than the rest. First comes the "
        "one that explains most of the differences between drawings. What one group "
        "explains is not counted again for the next, and what may be chance is not shown. What any "
        "drawing with as much color errs by is taken off first, so that groups compare evenly."
    )
    groups = [weakness.group for weakness in report.weaknesses]
    if groups:
        return Section("What costs most", words, "costs", [(cost_chart(groups, report.mean), "")])
    none = "No group errs more than chance would have it. More of everything is what is left."
    return Section("What costs most", words, "costs", [(none, "")])


def _group(report: ErrorReport, number: int, weakness: Weakness) -> Section:
    group, standing = weakness.group, weakness.standing
    also = "" if not group.alike else f" Nearly the same: {', '.join(map(str, group.alike))}."
    if group.goes_with:
        also += f" What often goes with it: {', '.join(map(str, group.goes_with))}."
    there = standing.excess_seen
    seen = "" if there is None else f" On those it errs by {there:+.2f} against the others there."
    words = (
        f"{len(group.members)} drawings ({group.share:.0%}) err by {group.error:.2f}, others by "
        f"{group.rest:.2f}: {100 * group.cost / max(report.mean, 1e-9):.1f} % of all error. "
        f"Training has {standing.pictures} such pictures, {standing.seen:.1%} of what it sees."
        f"{seen}{also}"
    )
    shown: list[tuple[Shown, str]] = list(_sheets(report, group.members[:_SHOWN].tolist()))
    for place, step in enumerate(weakness.steps):
        head = "Do this first. " if place == 0 else "Or: "
        commands = "\n".join(map(_broken, step.commands))
        text = "\n".join(
            (f"{head}{_KINDS[step.kind]}", *wrap(f"({step.why})", _LINE), "", commands)
        )
        shown.append((text, ""))
    return Section(f"{number}. {group.rule}", words, f"group-{number}", shown)


def _labels(report: ErrorReport) -> Section:
    words = (
        "Sources and tags that the network's own features speak against (confident learning). Look "
        "at the drawing; if the label is wrong, mend it where it comes from."
    )
    issues = report.labels[:10]
    found = pictures(
        report.look, "validation", sorted({int(report.indices[i.number]) for i in issues})
    )
    cells = [
        Cell(
            found[int(report.indices[issue.number])][2],
            f"{report.samples[issue.number].id}\n{issue.given}, likelier {issue.likely}",
        )
        for issue in issues
    ]
    rows = [cells[start : start + 5] for start in range(0, len(cells), 5)]
    caption = f"the {len(issues)} least credible of {len(report.labels)}"
    return Section(
        "Labels that may be wrong", words, "labels", [(contact_sheet([], rows), caption)]
    )


def _sheets(report: ErrorReport, places: Sequence[int]) -> list[tuple[Image.Image, str]]:
    """Drawing, ours and truth of samples, half of them on each of two sheets."""
    found = pictures(report.look, "validation", [int(report.indices[place]) for place in places])
    rows = []
    for place in places:
        drawing, ours, truth = found[int(report.indices[place])]
        error = f"error {report.raw[place]:.1f}"
        rows.append([Cell(drawing, report.samples[place].id), Cell(ours, error), Cell(truth, "")])
    half = -(-len(rows) // 2)
    headings = ["drawing", "ours", "truth"]
    sheets = (contact_sheet(headings, part) for part in (rows[:half], rows[half:]) if part)
    return [(_fitting(sheet), "") for sheet in sheets]


def _fitting(sheet: Image.Image) -> Image.Image:
    """A sheet of three columns, small enough that two fit beside each other."""
    return sheet.resize(
        (_WIDTH, round(sheet.height * _WIDTH / sheet.width)), Image.Resampling.LANCZOS
    )


def _broken(command: str) -> str:
    """A command in lines of a page's width, broken between words as a shell takes it."""
    lines = [""]
    for word in map(shlex.quote, shlex.split(command)):
        if len(lines[-1]) + len(word) >= _LINE:
            lines.append("   ")
        lines[-1] += f" {word}" if lines[-1] else word
    return " \\\n".join(lines)
