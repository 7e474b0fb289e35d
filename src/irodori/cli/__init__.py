"""The command line: one thin Typer app, each command a few lines over a room's function.

A module here holds the commands of one kind of work and hangs them on `app`. Nothing heavy is
imported before a command needs it, so that `irodori --help` answers at once.
"""

from irodori.cli import (
    color,
    data,
    errors,
    improve,
    info,
    inspect,
    lab,
    measure,
    studio,
    train,
    tune,
)
from irodori.cli.app import app, main

__all__ = [
    "app",
    "color",
    "data",
    "errors",
    "improve",
    "info",
    "inspect",
    "lab",
    "main",
    "measure",
    "studio",
    "train",
    "tune",
]
