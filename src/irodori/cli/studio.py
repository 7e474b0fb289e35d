"""The command that opens the studio: a page where a drawing colors itself under the brush."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from irodori.cli.app import app, progress_bar, say
from irodori.cli.engine import Address, Engine, cluster

if TYPE_CHECKING:
    from irodori.color.colorist import Colorist


@app.command()
def studio(
    drawings: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DRAWING]...", help="Files, folders or patterns to open."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="P", help="Else the first free one from 8765 on."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the page's address.")
    ] = False,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 lets other machines in."),
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further name of this machine; may be repeated."),
    ] = None,
    store: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where work is kept; else in your own data.")
    ] = None,
    colorist: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="The trained network to use.")
    ] = "quick",
    work_size: Annotated[
        int | None,
        typer.Option(
            min=128,
            max=1024,
            metavar="PX",
            help="Long side of what the network sees; else its own.",
        ),
    ] = None,
    max_megapixels: Annotated[
        float, typer.Option(min=0.0, metavar="M", help="Refuse larger drawings.")
    ] = 100.0,
    engine: Engine = "local",
    address: Address = None,
    replicas: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Processes that color on Ray; else one per core."),
    ] = None,
) -> None:
    """Open a page where a drawing colors itself under the brush. Nothing leaves this machine."""
    import os
    from pathlib import Path

    # Small products of matrices are not worth threads that the network could have; NumPy reads
    # this when it is first imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from irodori.color.batch import find_drawings
    from irodori.studio.core import Limits
    from irodori.studio.serve import Address as Place
    from irodori.studio.serve import serve

    with ExitStack() as ends:
        painter: str | Colorist = colorist
        if ends.enter_context(cluster(engine, address, cores=replicas)):
            from irodori.scale.serving import served

            painter = ends.enter_context(served(colorist, replicas))
        serve(
            find_drawings(drawings or []),
            Place(host, port, frozenset(name.lower() for name in allow_host or ())),
            store=Path(store) if store is not None else None,
            colorist=painter,
            threads=replicas and 2 * replicas,
            work_size=work_size,
            browser=not no_browser,
            limits=Limits(max_megapixels=max_megapixels),
            say=_print,
            progress=progress_bar,
        )


def _print(line: str) -> None:
    """The page's address on stdout, for scripts too; anything else on stderr."""
    if line.startswith("http://"):
        print(line, flush=True)
    else:
        say(line)
