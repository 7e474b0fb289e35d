"""Commands for who wants to train better: the rate first, then all else, then the size."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from irodori.cli.app import app
from irodori.cli.engine import Address, Engine, cluster
from irodori.storage.places import place

if TYPE_CHECKING:
    from irodori.training.tuning import Bench

tune_app = typer.Typer(help="Find out what to train with, in real short trainings.")
app.add_typer(tune_app, name="tune")

Collection = Annotated[
    Path, typer.Argument(parser=place, metavar="COLLECTION", help="What the trainings learn from.")
]
Design = Annotated[str, typer.Option(metavar="NAME", help="What is trained.")]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        parser=place,
        metavar="DIR",
        help="Where all is kept; the same again goes on there.",
    ),
]
Start = Annotated[
    str | None, typer.Option("--from", metavar="RUN|WEIGHTS", help="Begin every training with it.")
]
Size = Annotated[int, typer.Option(min=32, metavar="PX", help="Long side of the drawings.")]
Batch = Annotated[int, typer.Option(min=1, metavar="B", help="Drawings in a batch.")]
Rate = Annotated[float | None, typer.Option(min=0.0, metavar="X", help="Else the design's own.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Train on N pictures at most.")]
HeldBack = Annotated[int, typer.Option(min=1, metavar="N", help="Drawings to validate on.")]
Seed = Annotated[int, typer.Option(min=0, metavar="S", help="The same for every training.")]
Workers = Annotated[int, typer.Option(min=0, metavar="N", help="Processes that prepare samples.")]


@tune_app.command()
def rate(
    collection: Collection,
    design: Design = "baseline",
    pictures: Annotated[
        int, typer.Option(min=1, metavar="N", help="Pictures that each training sees.")
    ] = 800,
    output: Output = Path("tuning"),
    start: Start = None,
    size: Size = 128,
    batch_size: Batch = 16,
    limit: Limit = None,
    seed: Seed = 1,
    workers: Workers = 0,
) -> None:
    """Try rates from 1 down to 1e-7 in short trainings, and propose one."""
    bench = _bench(
        output,
        design=design,
        collection=str(collection),
        start=start,
        size=size,
        batch=batch_size,
        limit=limit,
        held_back=8,
        seed=seed,
        workers=workers,
    )
    from irodori.training.tuning import find_rate

    found = find_rate(bench, pictures, _say)
    page = bench.folder / "rate.html"
    found.save(page, sub=_sub(bench, f"{pictures} pictures each"))
    print(f"rate {found.proposed:g}: {found.reason}")
    print(f"irodori train {design} {collection} --lr {found.proposed:g}")
    bench.keep()
    print(bench.address(page))


@tune_app.command()
def search(
    collection: Collection,
    design: Design = "baseline",
    over: Annotated[
        str, typer.Option(metavar="A,B,...", help="What is searched, such as rate,batch,dropout.")
    ] = "rate,batch,momentum,norm",
    trials: Annotated[int, typer.Option(min=2, metavar="N", help="Trainings in all.")] = 30,
    short: Annotated[
        int, typer.Option(min=1, metavar="N", help="Pictures that a coarse training sees.")
    ] = 800,
    long: Annotated[
        int, typer.Option(min=1, metavar="N", help="Pictures that a fine training sees.")
    ] = 2400,
    sampler: Annotated[
        Literal["mesh", "tpe", "random"], typer.Option(help="Optuna's in place of the mesh.")
    ] = "mesh",
    confirm: Annotated[
        int, typer.Option(min=0, metavar="N", help="Fresh seeds to measure the gain with.")
    ] = 3,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A database for several workers; else SQLite in DIR."),
    ] = None,
    isolated: Annotated[
        bool,
        typer.Option("--isolated", help="Each training in a new process, for what kills one."),
    ] = False,
    engine: Engine = "local",
    address: Address = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Trainings at a time on Ray; else one per core."),
    ] = None,
    output: Output = Path("tuning"),
    start: Start = None,
    size: Size = 128,
    batch_size: Batch = 16,
    lr: Rate = None,
    limit: Limit = None,
    held_back: HeldBack = 64,
    seed: Seed = 1,
    workers: Workers = 0,
) -> None:
    """Search settings: coarse cells in short trainings, then fine ones in longer trainings.

    Started several times with the same DIR or URL, all work on the same search. A search that was
    stopped or killed goes on by the same command.
    """
    bench = _bench(
        output,
        design=design,
        collection=str(collection),
        start=start,
        size=size,
        batch=batch_size,
        rate=lr,
        limit=limit,
        held_back=held_back,
        seed=seed,
        workers=workers,
    )
    from irodori.training import tuning
    from irodori.training.settings import options

    with cluster(engine, address, cores=jobs) as on_ray:
        find = tuning.find_settings
        if on_ray:
            from irodori.scale import searching

            find = partial(searching.search, jobs=jobs)
        found = find(
            bench,
            over.split(","),
            trials,
            (short, long),
            storage=storage,
            way=sampler,
            isolated=isolated,
            said=_say,
        )
    margin = tuning.find_margin(bench, found, confirm, _say) if confirm else None
    page = bench.folder / "search.html"
    sub = _sub(bench, f"{short} pictures each, then {long}")
    found.save(page, margin=margin, sub=sub)
    if margin is not None:
        print(margin.words())
    if margin is None or margin.holds:
        told = options(bench.recipe, found.best.params)
        print(f"irodori train {design} {collection} {told}")
    bench.keep()
    print(bench.address(page))


@tune_app.command()
def capacity(
    collection: Collection,
    design: Design = "baseline",
    pictures: Annotated[
        int, typer.Option(min=1, metavar="N", help="Pictures that each training sees.")
    ] = 2400,
    worth: Annotated[
        float,
        typer.Option(min=0.0, metavar="X", help="Share of the error to gain for twice the cost."),
    ] = 0.02,
    output: Output = Path("tuning"),
    start: Start = None,
    size: Size = 128,
    batch_size: Batch = 16,
    lr: Rate = None,
    limit: Limit = None,
    held_back: HeldBack = 64,
    seed: Seed = 1,
    workers: Workers = 0,
) -> None:
    """Add layers and width while it pays in time and memory, then regularize."""
    bench = _bench(
        output,
        design=design,
        collection=str(collection),
        start=start,
        size=size,
        batch=batch_size,
        rate=lr,
        limit=limit,
        held_back=held_back,
        seed=seed,
        workers=workers,
    )
    from irodori.training.settings import widths
    from irodori.training.tuning import find_capacity

    found = find_capacity(bench, pictures, worth, _say)
    page = bench.folder / "capacity.html"
    found.save(page, sub=_sub(bench, f"{pictures} pictures each"))
    print(found.reason)
    wide = ",".join(map(str, widths(found.size)))
    decay = f"--weight-decay {found.strength:g}"
    print(f"irodori train {design} {collection} --widths {wide} {decay}")
    bench.keep()
    print(bench.address(page))


def _bench(folder: Path, **asked: Any) -> Bench:
    """A folder, and what every training in it is asked."""
    from irodori.training.extras import need_training

    need_training()
    from irodori.training.recipe import Recipe
    from irodori.training.tuning import Bench

    return Bench.at(folder, Recipe(steps=1, **asked))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _sub(bench: Bench, lengths: str) -> str:
    recipe = bench.recipe
    return (
        f"Design {recipe.design}, {Path(recipe.collection).name}, {recipe.size} pixels, {lengths}."
    )
