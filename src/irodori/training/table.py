"""Runs side by side, as text: what was asked, how far they came, how good they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from irodori.training.errors import TrainingError
from irodori.training.progress import clock, shares_of
from irodori.training.runs import Run, all_runs, open_run


def listed(runs: Path) -> str:
    """A line for each run. Raises TrainingError where there are none."""
    found = all_runs(runs)
    if not found:
        raise TrainingError(f"{runs}: holds no runs; irodori train makes one, --runs names another")
    head = ["run", "steps", "time", "images/s", "error: start", "best", "last", "tag"]
    return _columns([head, *(_line(run) for run in found)])


def _line(run: Run) -> list[str]:
    lines = run.metrics()
    errors = [line["valid/error"] for line in lines if "valid/error" in line]
    rates = [line["images_per_second"] for line in lines if "images_per_second" in line]
    last = lines[-1] if lines else {"step": 0, "seconds": 0.0}
    return [
        run.folder.name,
        str(last["step"]),
        clock(last["seconds"]),
        f"{sorted(rates)[len(rates) // 2]:.1f}" if rates else "-",
        *((f"{e:.2f}" for e in (errors[0], min(errors), errors[-1])) if errors else "---"),
        run.tag or "-",
    ]


def compared(names: Sequence[str], runs: Path) -> str:
    """What differs between runs, their validation errors by step, and their losses' shares."""
    found = [open_run(name, runs) for name in names]
    head = ["", *(run.folder.name for run in found)]
    asked = [run.recipe.to_json() for run in found]
    rows = [
        [key, *(_shown(each[key]) for each in asked)]
        for key in asked[0]
        if len({str(each[key]) for each in asked}) > 1 or key in ("design", "collection")
    ]
    rows.append(["commit", *((run.commit or "-")[:12] for run in found)])
    errors = [
        {line["step"]: line["valid/error"] for line in run.metrics() if "valid/error" in line}
        for run in found
    ]
    steps = sorted(set().union(*errors))
    shown = steps if len(steps) <= 12 else [*steps[:: -(-len(steps) // 11)], steps[-1]]
    for step in shown:
        rows.append([f"error at {step}", *(_figure(each.get(step)) for each in errors)])
    rows.append(["best error", *(_figure(min(each.values(), default=None)) for each in errors)])
    rows.append(["share of losses", *(_shares(run) for run in found)])
    return _columns([head, *rows])


def _shares(run: Run) -> str:
    """Of the last line that has losses."""
    for line in reversed(run.metrics()):
        shares = shares_of(line)
        if shares:
            return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return "-"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _shown(value: object) -> str:
    return "-" if value is None else str(value)


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def described(facts: Mapping[str, object]) -> str:
    """A line each."""
    return _columns([[key, _shown(value)] for key, value in facts.items()])
