"""Commands for who has a drawing to color."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from irodori.cli.app import app, progress_bar, say

if TYPE_CHECKING:
    from irodori.color.batch import Outcome


@app.command()
def colorize(
    drawings: Annotated[
        list[str],
        typer.Argument(metavar="DRAWING", help="Files, folders or patterns; - for standard input."),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|DIR",
            help="Where to write; - for standard output. Else NAME.colored.png beside the drawing.",
        ),
    ] = None,
    hints: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Hints: JSON, or a transparent picture of the drawing's size."
        ),
    ] = None,
    hint: Annotated[
        list[str] | None,
        typer.Option(metavar="X,Y,#RRGGBB", help="One dab of color, in pixels; may be repeated."),
    ] = None,
    palette: Annotated[
        str | None,
        typer.Option(
            metavar="#RRGGBB,...|IMAGE", help="Up to 16 colors to use, or a picture that has them."
        ),
    ] = None,
    proposals: Annotated[
        int, typer.Option(min=1, max=16, metavar="N", help="Write N different colorings.")
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed, the same picture.")] = 0,
    format: Annotated[
        Literal["png", "webp", "psd", "ora"] | None,
        typer.Option(help="psd and ora have layers. Else what the output's name says, or png."),
    ] = None,
    colorist: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="The trained network to use.")
    ] = "quick",
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processor threads; else all.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Drawings at a time; else one per core.")
    ] = None,
    max_megapixels: Annotated[
        float, typer.Option(min=0.0, metavar="M", help="Refuse larger drawings.")
    ] = 100.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per drawing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Color line drawings. Without hints or palette, the colorist chooses."""
    from irodori.color import batch
    from irodori.color.errors import OutputError
    from irodori.color.hints import Hints, parse_dab
    from irodori.color.request import read_palette

    order = batch.Order(
        hints=Hints(tuple(parse_dab(text) for text in hint or ())),
        hints_file=hints,
        palette=read_palette(palette),
        proposals=proposals,
        seed=seed,
        format=format,
        colorist=colorist,
        threads=threads,
        jobs=jobs,
        max_megapixels=max_megapixels,
        force=force,
    )
    found = batch.find_drawings(drawings)
    to_stdout = output == batch.STREAM or (output is None and batch.STREAM in found)
    if as_json and to_stdout:
        raise OutputError("--json and the picture both want standard output; give -o FILE")
    outcomes = batch.colorize_files(found, output, order)
    failed = 0
    with progress_bar("coloring", wanted=len(found) > 1) as progress:
        for done, outcome in enumerate(outcomes, 1):
            failed += outcome.error is not None
            _report(outcome, as_json=as_json)
            progress(done, len(found), outcome.input)
    if failed:
        raise typer.Exit(2)


def _report(outcome: Outcome, *, as_json: bool) -> None:
    """What became of one drawing: its files on stdout, an error's line on stderr."""
    if outcome.error is not None:
        say(outcome.error)
    if as_json:
        print(json.dumps(outcome.to_json(), ensure_ascii=False), flush=True)
    elif outcome.output != ("-",):
        for path in outcome.output:
            print(path, flush=True)
