"""The command line: one thin Typer app, each command a few lines over a room's function.

Nothing heavy is imported before a command needs it, so that `irodori --help` answers at once.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from irodori import __version__

if TYPE_CHECKING:
    from irodori.color.batch import Outcome

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and a name."""

app = typer.Typer(
    name="irodori",
    help="Colors line drawings: where you say, or where it thinks the colors belong.",
    pretty_exceptions_enable=False,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit code: 0 done, 2 one line on stderr said why not, 130 stopped.

    arguments: without the program's name; None for those the process was given.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # Pillow's remarks on odd files are not for an artist
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = app(args=given, prog_name="irodori", standalone_mode=False) or 0
    except typer.TyperException as error:
        code = _say(f"{error.format_message().rstrip('.')}; see irodori --help", code=2)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # Whoever read us has gone; without this Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except (MemoryError, OSError) as error:
        code = _say(str(error) or "not enough memory; close something or scale the drawing down")
    except Exception as error:
        from irodori.color.errors import IrodoriError

        if not isinstance(error, IrodoriError):
            raise
        code = _say(str(error))
    return _say("stopped", code=130) if code == 130 else int(code)


def _say(message: str, *, code: int = 2) -> int:
    """One line on stderr, and the exit code that goes with it."""
    print(f"irodori: {' '.join(message.split())}", file=sys.stderr)
    return code


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"irodori {__version__}")
        raise typer.Exit


@app.callback()
def _irodori(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    pass


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
        max_megapixels=max_megapixels,
        force=force,
    )
    found = batch.find_drawings(drawings)
    to_stdout = output == batch.STREAM or (output is None and batch.STREAM in found)
    if as_json and to_stdout:
        raise OutputError("--json and the picture both want standard output; give -o FILE")
    outcomes = batch.colorize_files(found, output, order)
    failed = 0
    with _bar("coloring", wanted=len(found) > 1) as progress:
        for done, outcome in enumerate(outcomes, 1):
            failed += outcome.error is not None
            _report(outcome, as_json=as_json)
            progress(done, len(found), outcome.input)
    if failed:
        raise typer.Exit(2)


def _report(outcome: Outcome, *, as_json: bool) -> None:
    """What became of one drawing: its files on stdout, an error's line on stderr."""
    if outcome.error is not None:
        _say(outcome.error)
    if as_json:
        print(json.dumps(outcome.to_json(), ensure_ascii=False), flush=True)
    elif outcome.output != ("-",):
        for path in outcome.output:
            print(path, flush=True)


@contextmanager
def _bar(what: str, *, wanted: bool = True) -> Iterator[Progress]:
    """Something to tell how far the work is; on a terminal it moves a bar on stderr."""
    if not (wanted and sys.stderr.isatty()):
        yield lambda done, total, name: None
        return
    from rich import progress
    from rich.console import Console

    # stdout stays itself where it is piped on: rich would send it to the bar's stream
    with progress.Progress(
        console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total, name: bar.update(
            task, completed=done, total=total, description=f"{what} {name}"
        )


@app.command()
def evaluate(
    folder: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER", help="Pairs ID.color.webp and ID.line.webp, as files or tar shards."
        ),
    ],
    hints: Annotated[
        str,
        typer.Option(
            metavar="N,...,rN", help="How many hints: N at random, rN over the true regions."
        ),
    ] = "0,1,2,5,10,20,50,r10",
    against: Annotated[
        str, typer.Option(metavar="NAME,...", help="Rivals, measured in the same run.")
    ] = "blank,watershed,gmic",
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Where the CSV and the contact sheet go.")
    ] = "evaluation",
    colorist: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="The trained network to measure.")
    ] = "quick",
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Measure at most N of the pairs.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Where the random hints fall.")] = 0,
) -> None:
    """Measure a colorist against rivals, on drawings whose true colors are known."""
    from irodori.color.colorist import Colorist
    from irodori.measure import evaluate as yardstick

    with _bar("measuring") as progress:
        found = yardstick.evaluate(
            folder,
            Colorist.load(colorist),
            hints=hints,
            against=against,
            out=out,
            seed=seed,
            limit=limit,
            progress=progress,
        )
    print(found.table(), end="")
    if found.stopped:
        raise typer.Exit(130)
