"""Commands for who trains a network of their own with PyTorch."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from irodori.cli.app import app

if TYPE_CHECKING:
    from irodori.lab.doctor.report import Report


@app.command()
def doctor(
    program: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:FUNCTION",
            help="A function without arguments that returns a dict: model, loss, optimizer, "
            "train_loader and whatever else doctor.examine takes.",
        ),
    ],
    out: Annotated[
        str | None, typer.Option(metavar="FILE.html", help="Write the findings as a page.")
    ] = None,
    budget: Annotated[
        float, typer.Option(min=5, metavar="SECONDS", help="How long it may take.")
    ] = 60,
    seed: Annotated[int, typer.Option(metavar="S", help="What its own trials draw from.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of text.")
    ] = False,
) -> None:
    """Find out what is wrong with a training, and what to do."""
    from irodori.lab.programs import load

    arguments = load(program)
    from irodori.lab.doctor import examine

    report = examine(**{"budget_s": budget, "seed": seed, **arguments})
    print(_as_json(report) if as_json else report)
    if out is not None:
        report.save(out)


def _as_json(report: Report) -> str:
    """What the text says, for a script."""
    found = {
        "task": report.task,
        "findings": [asdict(finding) for finding in report.findings],
        "checked": report.checked,
        "not_checked": report.limits,
        "seconds": round(report.seconds, 1),
    }
    return json.dumps(found, indent=2, ensure_ascii=False)
