"""The command line: one thin Typer app, each command a few lines over a room's function.

`commands` gathers the commands, a module for each kind of work, and `app` is what they hang on.
Nothing heavy is imported before a command needs it, so that `irodori --help` answers at once; and
coloring, which scripts call again and again, does without Typer where its arguments are plain
(`quick`).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the exit code: 0 done, 2 one line on stderr said why not, 130 stopped.

    arguments: without the program's name; None for those the process was given.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # Pillow's remarks on odd files are not for an artist
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if given[0] == "colorize":
        from irodori.cli import quick

        asked = quick.read(given[1:])
        if asked is not None:
            return quick.run(asked)
    from irodori.cli.commands import run

    return run(given)
