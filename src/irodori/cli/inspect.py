"""Commands for who wants to see what a network sees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from irodori.cli.app import app, progress_bar
from irodori.cli.train import Runs
from irodori.storage.places import place


@app.command()
def inspect(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, name or number.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE.html", help="Else inspection.html in the run."
        ),
    ] = None,
    collection: Annotated[
        Path | None,
        typer.Option(parser=place, metavar="DIR", help="Where the run's pictures have moved to."),
    ] = None,
    runs: Runs = Path("runs"),
) -> None:
    """Show everything about a run on one page: data, curves, filters, histories, worst samples."""
    from irodori.training.extras import need_training

    need_training()
    from irodori.training.inspection import inspect_run
    from irodori.training.runs import open_run

    found = open_run(run, runs)
    page = out or found.folder / "inspection.html"
    with progress_bar("looking at") as progress:
        inspect_run(
            found, page, found.folder.parent / "cache", collection=collection, progress=progress
        )
    found.keep()
    print(page)
