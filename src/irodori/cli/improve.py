"""Commands for who wants more out of what was trained: teams, self-training, smaller colorists."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from irodori.cli.app import app, progress_bar
from irodori.cli.train import Runs
from irodori.storage.places import place


@app.command()
def ensemble(
    run: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="Runs; of a single one its checkpoints."),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", parser=place, metavar="DIR", help="The colorist's folder."),
    ],
    how: Annotated[
        Literal["average", "confidence", "vote", "weights"],
        typer.Option(
            help="average: of all votes. confidence: each one's strongest, as much as it is sure. "
            "vote: one each. weights: one network of the mean weights."
        ),
    ] = "average",
    choose: Annotated[
        bool, typer.Option("--choose", help="Pick the members on the held-back drawings.")
    ] = False,
    collection: Annotated[
        Path | None,
        typer.Option(parser=place, metavar="DIR", help="Where the runs' pictures have moved to."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Measure on N held-back pictures at most.")
    ] = 64,
    runs: Runs = Path("runs"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Make one colorist of several runs: every region gets the color that many agree on."""
    from irodori.training.extras import need_training

    need_training()
    from irodori.training.ensemble import join_runs
    from irodori.training.runs import open_run

    with progress_bar("measuring") as progress:
        joined = join_runs(
            [open_run(each, runs) for each in run],
            output,
            how=how,
            chosen=choose,
            collection=collection,
            limit=limit,
            force=force,
            tell=progress,
        )
    print(joined.table(), end="")
    print(joined.colorist)


@app.command()
def self_train(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its folder, name or number.")],
    drawings: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DRAWING...]", help="Line art without colors: files or folders."),
    ] = None,
    confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="X", help="How sure it must be, calibrated.")
    ] = 0.8,
    rounds: Annotated[
        int, typer.Option(min=1, metavar="N", help="At most; validation may end it before.")
    ] = 3,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Batches in each round.")] = 500,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take out what it painted, and do nothing else.")
    ] = False,
    runs: Runs = Path("runs"),
) -> None:
    """Let a colorist learn from drawings without colors that it is sure how to paint."""
    from irodori.training.extras import need_training

    need_training()
    from irodori.collection.pseudo import undo_pseudo_labels
    from irodori.training import self_training
    from irodori.training.runs import open_run

    found = open_run(run, runs)
    if undo:
        print(f"{undo_pseudo_labels(self_training.open_collection(found))} pictures taken out")
        return
    if not drawings:
        raise typer.BadParameter("which drawings? name files or a folder of line art")
    for step in self_training.self_train(
        found,
        drawings,
        confidence=confidence,
        rounds=rounds,
        steps=steps,
        progress=partial(progress_bar, "painting"),
    ):
        print(step)


@app.command()
def shrink(
    colorist: Annotated[
        str, typer.Argument(metavar="COLORIST", help="One that comes with Irodori, or a folder.")
    ],
    collection: Annotated[
        Path,
        typer.Argument(
            parser=place, metavar="COLLECTION", help="Pairs; the held-back ones are measured."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="A folder for each variant.")
    ],
    sparsity: Annotated[
        str, typer.Option(metavar="X,...", help="Shares of weights to set to zero.")
    ] = "0.3,0.5,0.7",
    int8: Annotated[bool, typer.Option(help="Weights and activations in 8 bits.")] = True,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Measure on N held-back pictures at most.")
    ] = 24,
) -> None:
    """Make a colorist smaller; print what that costs in error and buys in size and time."""
    from irodori.training.extras import need_training

    need_training()
    from irodori.training.shrink import shrink as make_smaller

    with progress_bar("measuring") as progress:
        shrunk = make_smaller(
            colorist,
            collection,
            output,
            sparsities=_shares(sparsity),
            int8=int8,
            limit=limit,
            tell=progress,
        )
    print(shrunk.table(), end="")
    print(shrunk.folder)


def _shares(text: str) -> list[float]:
    try:
        return [float(each) for each in text.split(",") if each.strip()]
    except ValueError:
        raise typer.BadParameter(f"--sparsity {text}: give numbers such as 0.3,0.5") from None
