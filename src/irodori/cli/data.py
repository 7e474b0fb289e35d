"""Commands for who gathers pictures to learn from: `irodori data ...`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import typer

from irodori.cli.app import app, progress_bar
from irodori.cli.engine import Address, Engine, mapper

data = typer.Typer(
    name="data",
    help="Gather, clean, pair, balance and split pictures to learn from.",
    no_args_is_help=True,
)
app.add_typer(data)

Folder: TypeAlias = Annotated[str, typer.Argument(metavar="DIR", help="The collection's folder.")]
Workers: TypeAlias = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Processes at work; else one per core.")
]


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


@data.command()
def synth(
    folder: Folder,
    count: Annotated[int, typer.Option(min=1, metavar="N", help="Pictures in all.")] = 100,
    seed: Annotated[
        int, typer.Option(min=0, metavar="S", help="Another seed, other pictures.")
    ] = 0,
    size: Annotated[
        int, typer.Option(min=64, max=4096, metavar="PX", help="Their longer side.")
    ] = 512,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
) -> None:
    """Draw pictures with their line art: characters, animals, scenes that nobody owns (CC0)."""
    from irodori.collection.synth.write import synthesize

    with mapper(engine, address, workers) as spread, progress_bar("drawing") as progress:
        done = synthesize(
            folder, count, seed=seed, size=size, workers=workers, mapper=spread, progress=progress
        )
    print(f"{folder}: {done.new} pictures are new, {done.known} were there")


@data.command()
def crawl(
    folder: Folder,
    site: Annotated[
        str,
        typer.Option(
            metavar="NAME|URL",
            help="danbooru, safebooru, gelbooru, or an address: KIND+URL, where KIND is danbooru "
            "or gelbooru, the API that it speaks.",
        ),
    ],
    tags: Annotated[
        list[str],
        typer.Option(metavar="TAGS", help="A tag set, as the site's search takes it; repeatable."),
    ],
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Pictures of each tag set; else a trial of 50."),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0.0, metavar="S", help="Seconds between two requests.")
    ] = 1.0,
    rating: Annotated[
        str | None,
        typer.Option(metavar="R,...", help="Only general, sensitive, ...; of what is there, too."),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option(metavar="TAG,...", help="None with one of these tags; of what is there, too."),
    ] = None,
    license: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the pictures, where the site states one.")
    ] = None,
) -> None:
    """Fetch pictures from a board by tags, a folder for each tag set. Goes on where it stopped."""
    from irodori.collection.crawl import TRIAL, Rules, crawl
    from irodori.collection.sites import find_site

    rules = Rules.parse(rating, without)
    with progress_bar("crawling") as progress:
        done = crawl(
            folder,
            find_site(site),
            tags,
            rules,
            limit=limit or TRIAL,
            rate=rate,
            license=license,
            progress=progress,
        )
    print(done.told(), end="")
    if limit is None and done.answered:
        _show_trial(folder, len(tags) * TRIAL)


def _show_trial(folder: str, shown: int) -> None:
    sheet = f"{folder}/trial.png"
    look(folder, output=sheet, limit=shown)
    print(f"This was a trial: look at {sheet}, mend the tags, then go on with --limit 1000")


@data.command()
def look(
    folder: Folder,
    where: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Which pictures, as \"rating = 'general'\"; else all."),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Lowest first; -COLUMN for the highest first."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="At most so many, from all over.")
    ] = 60,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The sheet to write, PNG.")
    ] = "look.png",
) -> None:
    """Draw a contact sheet of any pictures of a collection."""
    from irodori.collection.look import look
    from irodori.collection.store import Collection
    from irodori.color.sheet import save_sheet

    sheet, shown, selected = look(Collection.open(folder), where, sort=sort, limit=limit)
    save_sheet(sheet, output)
    print(f"{output}: {shown} of {selected} pictures")


@data.command()
def label(
    folder: Folder,
    model: Annotated[
        str, typer.Option(metavar="FILE|hf:OWNER/NAME", help="A tagger: ONNX, or from the hub.")
    ],
    tags: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The model's tags: CSV with a column name, or text."),
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="P", help="The least score of a tag.")
    ] = 0.35,
    channels: Annotated[
        Literal["bgr", "rgb"], typer.Option(help="The order that the model was trained on.")
    ] = "bgr",
    highest: Annotated[
        float, typer.Option(metavar="V", help="What white is to the model: 255 or 1.")
    ] = 255.0,
    where: Annotated[
        str | None, typer.Option(metavar="SQL", help="Which pictures; else all.")
    ] = None,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
) -> None:
    """Tag pictures and count their characters by an ONNX tagger, such as the WD taggers."""
    from irodori.collection.label import Tagger, find_tagger, label_step
    from irodori.collection.steps import run_step
    from irodori.collection.store import Collection

    files = find_tagger(model, tags)
    step = label_step(Tagger(*files, threshold, channels, highest))
    with mapper(engine, address, workers) as spread, progress_bar("labeling") as progress:
        done = run_step(
            Collection.open(folder),
            step,
            where=where,
            workers=workers,
            mapper=spread,
            progress=progress,
        )
    print(f"{folder}: {done.done} labeled, {done.skipped} were before, {done.failed} unreadable")


@data.command()
def report(
    folder: Folder,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The page; else DIR/report.html."),
    ] = None,
) -> None:
    """Write one HTML page with pictures: what the collection holds and how good it is."""
    from irodori.collection.report import report

    with progress_bar("reporting") as progress:
        path = report(folder, output, progress=progress)
    print(path)


@data.command()
def clean(
    folder: Folder,
    thresholds: Annotated[
        str | None, typer.Option(metavar="FILE", help="TOML with other thresholds.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another threshold; may be repeated."),
    ] = None,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
) -> None:
    """Measure every picture and say why one is left out: broken, blank, a photo, a double..."""
    from irodori.collection import clean as cleaning
    from irodori.collection.store import Collection
    from irodori.collection.thresholds import read_thresholds

    limits = read_thresholds(thresholds, set_ or ())
    with mapper(engine, address, workers) as spread, progress_bar("cleaning") as progress:
        done = cleaning.clean(
            Collection.open(folder), limits, workers=workers, mapper=spread, progress=progress
        )
    print(f"{folder}: {done.kept} of {done.pictures} pictures stay")
    for kind, count in done.reasons.items():
        print(f"{count:8} {kind}")


@data.command()
def pair(
    folder: Folder,
    variants: Annotated[
        int, typer.Option(min=1, metavar="N", help="Line arts for a picture without true ones.")
    ] = 2,
    redraw: Annotated[
        bool, typer.Option("--redraw", help="Draw so many beside true line art, too.")
    ] = False,
    flats: Annotated[bool, typer.Option(help="Write flat color maps.")] = True,
    network: Annotated[
        str | None, typer.Option(metavar="FILE", help="A line network in ONNX, for half of them.")
    ] = None,
    signed: Annotated[
        bool, typer.Option("--signed", help="The network reads and answers -1..1, not 0..1.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, other pens.")] = 0,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
) -> None:
    """Draw line art for pictures that have none of their own, and flat color maps for all."""
    from irodori.collection.pair import Pairing
    from irodori.collection.pair import pair as make_pairs

    pairing = Pairing(variants, redraw, flats, network, signed, seed)
    with mapper(engine, address, workers) as spread, progress_bar("pairing") as progress:
        counts = make_pairs(folder, pairing, workers=workers, mapper=spread, progress=progress)
    print(
        f"{folder}: {counts.done} pictures paired, {counts.skipped} were already, "
        f"{counts.failed} left out for want of lines"
    )


@data.command()
def balance(
    folder: Folder,
    by: Annotated[
        str,
        typer.Option(
            metavar="COLUMN|SQL", help="What the classes are: a column, or an expression over them."
        ),
    ],
    per_class: Annotated[
        float | None,
        typer.Option(metavar="N", help="Pictures of each class expected in an epoch."),
    ] = None,
    least: Annotated[
        int, typer.Option(min=1, metavar="N", help="A tag that fewer pictures have is no class.")
    ] = 10,
) -> None:
    """Make classes even by how often their pictures are drawn; none is taken away."""
    from irodori.collection.balance import Balance, summary
    from irodori.collection.balance import balance as make_even

    print(summary(make_even(folder, Balance(by, per_class, least))), end="")


@data.command()
def split(
    folder: Folder,
    ratio: Annotated[
        str, typer.Option(metavar="T,V,T", help="Shares of training, validation and test.")
    ] = "70,20,10",
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, another split.")] = 0,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Forget earlier parts, instead of keeping them.")
    ] = False,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
) -> None:
    """Split into training, validation and test; no group or near-duplicate on two sides."""
    from irodori.collection.split import parse_ratio
    from irodori.collection.split import split as make_parts

    with mapper(engine, address, workers) as spread, progress_bar("measuring") as progress:
        done = make_parts(
            folder,
            parse_ratio(ratio),
            seed=seed,
            afresh=afresh,
            workers=workers,
            mapper=spread,
            progress=progress,
        )
    print(done.summary(), end="")


@data.command()
def shards(
    folder: Folder,
    out: Annotated[str, typer.Argument(metavar="OUT", help="Where the tar files go.")],
    per_shard: Annotated[int, typer.Option(min=1, metavar="N", help="Pictures in a shard.")] = 1000,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
) -> None:
    """Write the pairs as tar shards in WebDataset layout, each part its own."""
    from irodori.collection.shards import write_shards

    with mapper(engine, address, workers) as spread, progress_bar("writing") as progress:
        done = write_shards(
            folder, out, per_shard=per_shard, workers=workers, mapper=spread, progress=progress
        )
    print(
        f"{out}: {done.samples} pairs; {done.written} shards written, {done.skipped} were there; "
        f"{done.left} pictures are in none, for want of line art or of a part"
    )
