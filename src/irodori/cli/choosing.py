"""Commands for who decides by hand which pictures count, and how much: weigh, leave."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from irodori.cli.data import Folder, data

Where: TypeAlias = Annotated[
    str | None, typer.Option(metavar="SQL", help="Which pictures: a condition over the columns.")
]
Ids: TypeAlias = Annotated[
    str | None, typer.Option(metavar="FILE", help="Which pictures: a file with an id in each line.")
]


@data.command()
def weigh(
    folder: Folder,
    times: Annotated[
        float, typer.Option(metavar="N", help="How many times as often as else; 1 takes it back.")
    ],
    where: Where = None,
    ids: Ids = None,
) -> None:
    """Let some pictures come more often in training, or less; balance and split keep it."""
    from irodori.collection import choosing
    from irodori.collection.store import Collection

    collection = Collection.open(folder)
    meant = choosing.chosen(collection, where, ids)
    choosing.weigh(collection, meant, times)
    print(f"{folder}: {len(meant)} pictures come {times:g} times as often")


@data.command()
def leave(
    folder: Folder,
    where: Where = None,
    ids: Ids = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; it is kept in the manifest.")
    ] = "",
    back: Annotated[bool, typer.Option("--back", help="Take them back in.")] = False,
) -> None:
    """Leave pictures out, with a reason, or take them back; nothing is deleted."""
    from irodori.collection import choosing
    from irodori.collection.store import Collection

    collection = Collection.open(folder)
    meant = choosing.chosen(collection, where, ids)
    if back:
        print(f"{folder}: {choosing.take_back(collection, meant)} pictures are back in")
    else:
        count = choosing.leave_out(collection, meant, reason)
        print(f"{folder}: {count} more pictures are left out: {reason.strip()}")
