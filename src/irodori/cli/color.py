"""Commands for who has a drawing to color."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from irodori.cli.app import app
from irodori.cli.engine import Address, Engine, cluster
from irodori.cli.quick import Asked, color


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
    ] = Asked.proposals,
    seed: Annotated[
        int, typer.Option(metavar="S", help="The same seed, the same picture.")
    ] = Asked.seed,
    format: Annotated[
        Literal["png", "webp", "psd", "ora"] | None,
        typer.Option(help="psd and ora have layers. Else what the output's name says, or png."),
    ] = None,
    colorist: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="The trained network to use.")
    ] = Asked.colorist,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processor threads; else all.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Drawings at a time; else cores + 1.")
    ] = None,
    max_megapixels: Annotated[
        float, typer.Option(min=0.0, metavar="M", help="Refuse larger drawings.")
    ] = Asked.max_megapixels,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per drawing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
    engine: Engine = "local",
    address: Address = None,
) -> None:
    """Color line drawings. Without hints or palette, the colorist chooses."""
    asked = Asked(
        tuple(drawings),
        output=output,
        hints=hints,
        hint=tuple(hint or ()),
        palette=palette,
        proposals=proposals,
        seed=seed,
        format=format,
        colorist=colorist,
        threads=threads,
        jobs=jobs,
        max_megapixels=max_megapixels,
        json=as_json,
        force=force,
    )
    with cluster(engine, address, cores=jobs) as on_ray:
        if not on_ray:
            raise typer.Exit(color(asked))
        from irodori.scale.coloring import colorize_files

        raise typer.Exit(color(asked, colorize_files))
