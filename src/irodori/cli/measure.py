"""Commands for who wants to know how good a colorist is."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from irodori.cli.app import app, progress_bar


@app.command()
def evaluate(
    folder: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER", help="Pairs ID.color.webp and ID.line.webp, as files or tar shards."
        ),
    ],
    hints: Annotated[
        str,
        typer.Option(
            metavar="N,...,rN", help="How many hints: N at random, rN over the true regions."
        ),
    ] = "0,1,2,5,10,20,50,r10",
    against: Annotated[
        str, typer.Option(metavar="NAME,...", help="Rivals, measured in the same run.")
    ] = "blank,watershed,gmic",
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Where the CSV and the contact sheet go.")
    ] = "evaluation",
    colorist: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="The trained network to measure.")
    ] = "quick",
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Measure at most N of the pairs.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Where the random hints fall.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of the table.")
    ] = False,
) -> None:
    """Measure a colorist against rivals, on drawings whose true colors are known."""
    from irodori.color.colorist import Colorist
    from irodori.measure import evaluate as yardstick
    from irodori.storage.places import place
    from irodori.storage.working import working

    with working(place(out)) as target, progress_bar("measuring") as progress:
        found = yardstick.evaluate(
            folder,
            Colorist.load(colorist),
            hints=hints,
            against=against,
            out=target,
            seed=seed,
            limit=limit,
            progress=progress,
        )
    print(json.dumps(found.summary) if as_json else found.table().rstrip("\n"))
    if found.stopped:
        raise typer.Exit(130)
