"""Commands for who gathers pictures to learn from: `irodori data ...`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from irodori.cli.app import app, progress_bar

data = typer.Typer(
    name="data",
    help="Gather, clean, pair, balance and split pictures to learn from.",
    no_args_is_help=True,
)
app.add_typer(data)

Folder: TypeAlias = Annotated[str, typer.Argument(metavar="DIR", help="The collection's folder.")]


@data.command("import")
def import_(
    folder: Folder,
    source: Annotated[
        str,
        typer.Argument(
            metavar="PATH", help="A folder of pictures, tar shards, or Parquet with pictures in it."
        ),
    ],
    license: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where a picture names none of its own.")
    ] = None,
    license_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where its text can be read.")
    ] = None,
    author: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where a picture names none of its own.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call the source; else PATH's name.")
    ] = None,
) -> None:
    """Copy pictures into a collection, with what is known of them. Makes the folder if need be."""
    from irodori.collection.importing import Given, import_pictures

    given = Given(name, license, license_url, author)
    with progress_bar("importing") as progress:
        done = import_pictures(folder, source, given, progress=progress)
    print(f"{folder}: {done.new} pictures are new, {done.known} were there")
