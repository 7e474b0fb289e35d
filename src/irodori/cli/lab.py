"""Commands for who trains a network of their own with PyTorch."""

from __future__ import annotations

from typing import Annotated

import typer

from irodori.cli.app import app


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
) -> None:
    """Find out what is wrong with a training, and what to do."""
    from irodori.lab.programs import load

    arguments = load(program)
    from irodori.lab.doctor import examine

    report = examine(**{"budget_s": budget, "seed": seed, **arguments})
    print(report)
    if out is not None:
        report.save(out)
