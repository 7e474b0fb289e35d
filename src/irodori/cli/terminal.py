"""What commands share without Typer: one line on stderr, exit codes, a progress bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and a name."""

_EXTRAS = {
    "data": {"duckdb", "pyarrow", "scipy", "skimage", "webdataset"},
    "remote": {"aiohttp", "fsspec", "s3fs"},
    "scale": {"ray"},
    "lab": {"captum", "cleanlab", "matplotlib", "optuna", "sklearn", "tensorboard", "torch"},
    "train": {"lightning_fabric", "onnx", "onnxscript", "onnxslim", "safetensors"},
}
"""Which extra brings a module that the base install lacks."""


def exit_code(work: Callable[[], int]) -> int:
    """Do the work; its exit code, or that of what went wrong once stderr has its one line."""
    try:
        code = work()
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
        from irodori.storage.errors import StorageError

        if not isinstance(error, IrodoriError | LabError | StorageError):
            raise
        code = say(str(error))
    return say("stopped", code=130) if code == 130 else code


def say(message: str, *, code: int = 2) -> int:
    """Print one line on stderr; returns the exit code that goes with it."""
    print(f"irodori: {' '.join(message.split())}", file=sys.stderr)
    return code


def _say_what_to_install(error: ModuleNotFoundError) -> int:
    """One line for a module of an extra; any other that is missing is a defect of ours."""
    module = (error.name or "").split(".")[0]
    for extra, modules in _EXTRAS.items():
        if module in modules:
            return say(f'this needs {module}, not installed; pip install "irodori[{extra}]"')
    raise error


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
