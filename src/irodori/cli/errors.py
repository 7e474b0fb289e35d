"""Commands for who wants to know what to mend next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irodori.cli.app import app, progress_bar
from irodori.cli.train import Runs
from irodori.storage.places import place


@app.command()
def errors(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, name or number.")],
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.html", help="Else errors.html in the run."),
    ] = None,
    collection: Annotated[
        Path | None,
        typer.Option(parser=place, metavar="DIR", help="Where the run's pictures have moved to."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=16, metavar="N", help="Validation drawings to judge, at most.")
    ] = 1000,
    runs: Runs = Path("runs"),
) -> None:
    """Say which group of drawings costs most error, show it, and what to do about it."""
    from irodori.training.extras import need_training

    need_training()
    from irodori.training.errors_page import save_page
    from irodori.training.errors_report import analyze
    from irodori.training.runs import open_run

    found = open_run(run, runs)
    page = out or found.folder / "errors.html"
    with progress_bar("judging") as progress:
        report = analyze(
            found,
            found.folder.parent / "cache",
            collection=collection,
            limit=limit,
            progress=progress,
        )
        save_page(report, page)
    print(report.told(), end="")
    found.keep()
    print(page)
