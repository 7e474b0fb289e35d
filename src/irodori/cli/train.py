"""Commands for who grows a colorist of their own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from irodori.cli.app import app
from irodori.cli.engine import Address, Engine, cluster
from irodori.storage.places import place

Runs = Annotated[
    Path, typer.Option("--runs", parser=place, metavar="DIR", help="Where runs are kept.")
]


@app.command()
def train(
    design: Annotated[
        str,
        typer.Argument(
            metavar="DESIGN",
            help="baseline, spatial, palette, blind, transfer, painter, or quick: the bundled one.",
        ),
    ],
    collection: Annotated[
        Path,
        typer.Argument(
            parser=place,
            metavar="COLLECTION",
            help="A collection, tar shards, or a folder of ID.color.webp and ID.line.webp.",
        ),
    ],
    start: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="RUN|WEIGHTS", help="Begin with a run's weights, or a colorist's."
        ),
    ] = None,
    max_time: Annotated[
        str | None, typer.Option(metavar="H:MM:SS", help="Stop after it. Without limit 12 hours.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop after so many batches.")
    ] = None,
    batch_size: Annotated[
        int, typer.Option(min=1, metavar="B", help="Drawings in a batch, on each device.")
    ] = 16,
    size: Annotated[
        int, typer.Option(min=32, metavar="PX", help="Long side of the drawings.")
    ] = 256,
    lr: Annotated[
        float | None, typer.Option(min=0.0, metavar="X", help="Highest rate; else the design's.")
    ] = None,
    optimizer: Annotated[
        Literal["adam", "sgd"], typer.Option(help="AdamW, or SGD with Nesterov's momentum.")
    ] = "adam",
    weight_decay: Annotated[float, typer.Option(min=0.0, metavar="X")] = 0.01,
    schedule: Annotated[
        Literal["cosine", "step", "plateau", "constant"],
        typer.Option(help="How the rate falls: step takes 5 % off every --decay-every steps."),
    ] = "cosine",
    warmup: Annotated[
        int, typer.Option(min=0, metavar="N", help="Steps over which the rate rises.")
    ] = 100,
    decay_every: Annotated[int, typer.Option(min=1, metavar="N")] = 200,
    clip: Annotated[
        float, typer.Option(min=0.0, metavar="X", help="Longest gradient; 0 for any.")
    ] = 1.0,
    average: Annotated[
        float, typer.Option(min=0.0, max=0.99999, metavar="X", help="Decay of averaged weights.")
    ] = 0.998,
    adversarial: Annotated[
        Literal["none", "vanilla", "least-squares", "hinge", "wgan-gp", "dragan"] | None,
        typer.Option(help="Another adversarial loss than the design's own."),
    ] = None,
    conditional: Annotated[
        bool, typer.Option(help="Whether the judge sees lines and hints.")
    ] = True,
    l1: Annotated[float, typer.Option(min=0.0, metavar="X", help="Weight of sum |w|.")] = 0.0,
    l2: Annotated[float, typer.Option(min=0.0, metavar="X", help="Weight of sum w²/2.")] = 0.0,
    total_variation: Annotated[
        float, typer.Option(min=0.0, metavar="X", help="Weight of the picture's restlessness.")
    ] = 0.0,
    widths: Annotated[
        str | None,
        typer.Option(metavar="N,N,...", help="Channels of the layers, finest first."),
    ] = None,
    act: Annotated[
        Literal["relu", "leaky", "prelu", "silu"] | None, typer.Option(help="Activation.")
    ] = None,
    norm: Annotated[
        Literal["batch", "layer", "instance", "group", "none"] | None,
        typer.Option(help="Normalization."),
    ] = None,
    dropout: Annotated[
        float, typer.Option(min=0.0, max=0.9, metavar="X", help="Share of channels dropped.")
    ] = 0.0,
    momentum: Annotated[
        float | None,
        typer.Option(min=0.0, max=0.999, metavar="X", help="Of the last step; else the design's."),
    ] = None,
    pretrained: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For transfer: torchvision's VGG19 or ResNet18."),
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Weights that begin so stay as they are: encoder."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, metavar="S", help="The same seed, the same weights. Else at random."),
    ] = None,
    precision: Annotated[
        Literal["auto", "32", "bf16"], typer.Option(help="bf16 is faster where there is hardware.")
    ] = "auto",
    devices: Annotated[
        int, typer.Option(min=1, metavar="N", help="Graphics cards, or processes.")
    ] = 1,
    workers: Annotated[
        int, typer.Option(min=0, metavar="N", help="Processes that prepare samples.")
    ] = 1,
    compile: Annotated[bool, typer.Option("--compile", help="Compile it with torch.")] = False,
    every: Annotated[
        int, typer.Option(min=1, metavar="N", help="Steps between validations and checkpoints.")
    ] = 500,
    keep: Annotated[
        int, typer.Option(min=0, metavar="K", help="Best checkpoints kept besides the last.")
    ] = 3,
    patience: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop after N validations in vain.")
    ] = None,
    held_back: Annotated[
        int, typer.Option(min=1, metavar="N", help="Drawings to validate on, at most.")
    ] = 64,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Train on N pictures at most.")
    ] = None,
    contrast_from: Annotated[
        float, typer.Option(metavar="X", help="Fade colors down to this share, to be ready for it.")
    ] = 0.75,
    ink_from: Annotated[
        float, typer.Option(metavar="X", help="Fade lines down to this share.")
    ] = 0.45,
    price_per_hour: Annotated[
        float | None, typer.Option(min=0.0, metavar="P", help="Shows what it will cost.")
    ] = None,
    tag: Annotated[
        str | None, typer.Option(metavar="NAME", help="A git tag on the code, tied to the run.")
    ] = None,
    runs: Runs = Path("runs"),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last run like this.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="The design's simplest self, on 8 pictures.")
    ] = False,
    doctor: Annotated[
        bool, typer.Option("--doctor", help="Watch it; what is found goes to findings.html.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    engine: Engine = "local",
    address: Address = None,
) -> None:
    """Train a colorist. A design starts best from the weights of the one before it."""
    import secrets

    from irodori.training.extras import need_training
    from irodori.training.recipe import Recipe

    need_training()
    from irodori.training import job, loop

    seconds = None if max_time is None else parse_time(max_time)
    recipe = Recipe(
        design=design,
        collection=str(collection),
        start=start,
        steps=steps,
        seconds=seconds if seconds or steps else 12 * 3600.0,
        size=size,
        batch=batch_size,
        rate=lr,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        precision=precision,
        devices=devices,
        adversarial=adversarial,
        conditional=conditional,
        pretrained=None if pretrained is None else str(pretrained),
        optimizer=optimizer,
        weight_decay=weight_decay,
        schedule=schedule,
        warmup=warmup,
        decay_every=decay_every,
        clip=clip or None,
        average=average,
        l1=l1,
        l2=l2,
        variation=total_variation,
        every=every,
        keep=keep,
        patience=patience,
        workers=workers,
        held_back=held_back,
        limit=limit,
        contrast_from=contrast_from,
        ink_from=ink_from,
        price=price_per_hour,
        compile=compile,
        doctor=doctor,
        freeze=freeze,
        widths=None if widths is None else parse_widths(widths),
        act=act,
        norm=norm,
        dropout=dropout,
        momentum=momentum,
    )
    recipe = recipe.simplest() if debug else recipe
    if dry_run:
        print(job.plan(recipe, runs, resume=resume), end="")
        return
    with cluster(engine, address, cores=devices) as on_ray:
        if on_ray:
            from irodori.scale import training

            run = training.train(recipe, runs, tag=tag, resume=resume)
        else:
            run = loop.train(recipe, runs, tag=tag, resume=resume)
    print(run.address)


@app.command()
def runs(
    compare: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN...]", help="Compare these side by side.")
    ] = None,
    runs: Runs = Path("runs"),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per run: asked, and all metrics.")
    ] = False,
) -> None:
    """List the runs, or compare some of them."""
    from irodori.training.extras import need_training

    need_training()
    from irodori.training import table
    from irodori.training.runs import all_runs, open_run

    if as_json:
        found = [open_run(name, runs) for name in compare] if compare else all_runs(runs)
        for run in found:
            facts = {"asked": run.recipe.to_json(), "tag": run.tag, "commit": run.commit}
            print(json.dumps({"run": run.address, **facts, "metrics": run.metrics()}))
        return
    print(table.compared(compare, runs) if compare else table.listed(runs), end="")


@app.command()
def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its folder, name or number.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", parser=place, metavar="DIR", help="The colorist's folder."),
    ],
    runs: Runs = Path("runs"),
    step: Annotated[
        int | None, typer.Option(metavar="N", help="Of the checkpoint of this step, not the best.")
    ] = None,
    shade: Annotated[
        bool, typer.Option("--shade/--no-shade", help="Whether it shades, or paints flats only.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Make a colorist of a run's best checkpoint: irodori colorize --colorist DIR."""
    from irodori.training.extras import need_training

    need_training()
    from irodori.training.export import export_run
    from irodori.training.runs import open_run

    print(export_run(open_run(run, runs), output, step=step, shade=shade, force=force))


def parse_widths(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between."""
    if not re.fullmatch(r"\d{1,5}(,\d{1,5})*", text):
        raise typer.BadParameter(f"--widths {text}: is not N,N,..., such as 16,32,64")
    return tuple(int(each) for each in text.split(","))


def parse_time(text: str) -> float:
    """Seconds of H:MM:SS, MM:SS or SS."""
    if not re.fullmatch(r"\d+(:[0-5]?\d){0,2}", text):
        raise typer.BadParameter(f"--max-time {text}: is not H:MM:SS, such as 12:00:00")
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)
