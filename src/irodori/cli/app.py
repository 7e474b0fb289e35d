"""The app that commands hang on, and what they share: messages, exit codes, a progress bar."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeAlias

import typer

from irodori import __version__
from irodori.cli.journey import Journey

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and a name."""

app = typer.Typer(
    name="irodori",
    cls=Journey,
    help="Colors line drawings: where you say, or where it thinks the colors belong.\n\n"
    "Begin with: irodori studio DRAWING.png, a page where a drawing colors itself under the "
    "brush. The same without a page: irodori colorize DRAWING.png.",
    epilog="irodori COMMAND --help says more about each. Exit codes: 0 done, 2 one line on stderr "
    "says why not, 130 stopped.",
    context_settings={"help_option_names": ["-h", "--help"]},
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
        code = say(f"{error.format_message().rstrip('.')}; see irodori --help", code=2)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # Whoever read us has gone; without this Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except ModuleNotFoundError as error:
        code = _say_what_to_install(error)
    except (MemoryError, OSError) as error:
        code = say(str(error) or "not enough memory; close something or scale the drawing down")
    except Exception as error:
        from irodori.color.errors import IrodoriError
        from irodori.lab.errors import LabError

        if not isinstance(error, IrodoriError | LabError):
            raise
        code = say(str(error))
    return say("stopped", code=130) if code == 130 else int(code)


def say(message: str, *, code: int = 2) -> int:
    """Print one line on stderr; returns the exit code that goes with it."""
    print(f"irodori: {' '.join(message.split())}", file=sys.stderr)
    return code


_EXTRAS = {
    "data": {"duckdb", "pyarrow", "scipy", "skimage", "webdataset"},
    "lab": {"captum", "cleanlab", "matplotlib", "optuna", "sklearn", "tensorboard", "torch"},
    "train": {"lightning_fabric", "onnx", "onnxscript", "onnxslim", "safetensors"},
}
"""Which extra brings a module that the base install lacks."""


def _say_what_to_install(error: ModuleNotFoundError) -> int:
    """One line for a module of an extra; any other that is missing is a defect of ours."""
    module = (error.name or "").split(".")[0]
    for extra, modules in _EXTRAS.items():
        if module in modules:
            return say(f'this needs {module}, not installed; pip install "irodori[{extra}]"')
    raise error


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"irodori {__version__}")
        raise typer.Exit


@app.callback()
def _irodori(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


@contextmanager
def progress_bar(what: str, *, wanted: bool = True) -> Iterator[Progress]:
    """Something to tell how far the work is; on a terminal it moves a bar on stderr.

    what: a word before the name of what is being worked on; wanted: False for work of one piece.
    """
    if not (wanted and sys.stderr.isatty()):
        yield lambda done, total, name: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    # stdout stays itself where it is piped on: rich would send it to the bar's stream
    with Bar(
        console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total, name: bar.update(
            task, completed=done, total=total, description=f"{what} {name}"
        )
