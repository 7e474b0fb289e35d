"""The app that commands hang on, and how it is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from irodori import __version__
from irodori.cli.journey import Journey
from irodori.cli.terminal import Progress, exit_code, progress_bar, say

__all__ = ["Progress", "app", "progress_bar", "run", "say"]

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


def run(arguments: Sequence[str]) -> int:
    """Run a command; the exit code, as `irodori.cli.main` has it."""

    def command() -> int:
        try:
            return int(app(args=list(arguments), prog_name="irodori", standalone_mode=False) or 0)
        except typer.TyperException as error:
            return say(f"{error.format_message().rstrip('.')}; see irodori --help", code=2)

    return exit_code(command)


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
