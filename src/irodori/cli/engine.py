"""On what a command works: this machine's processes, or a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

if TYPE_CHECKING:
    from irodori.collection.mapper import Mapper

Engine: TypeAlias = Annotated[
    Literal["local", "ray"], typer.Option(help="ray: spread over a cluster, with the same result.")
]
Address: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT|auto", help="A running Ray cluster; else one on this machine, for now."
    ),
]


@contextmanager
def cluster(engine: str, address: str | None, *, cores: int | None = None) -> Iterator[bool]:
    """Whether the work is Ray's; if so, connected meanwhile."""
    if engine == "local":
        if address is not None:
            raise typer.BadParameter("--address is where Ray runs; give --engine ray with it")
        yield False
        return
    from irodori.scale.cluster import cluster

    with cluster(address, cores=cores):
        yield True


@contextmanager
def mapper(engine: str, address: str | None, workers: int | None) -> Iterator[Mapper]:
    """How a step's work is spread."""
    with cluster(engine, address, cores=workers) as on_ray:
        if on_ray:
            from irodori.scale.mapper import map_ray

            yield map_ray
        else:
            from irodori.collection.mapper import map_processes

            yield map_processes
