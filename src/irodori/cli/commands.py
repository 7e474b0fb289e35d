"""Every command, hung on the app. A module here holds the commands of one kind of work."""

from irodori.cli import (
    choosing,
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
from irodori.cli.app import app, run

__all__ = [
    "app",
    "choosing",
    "color",
    "data",
    "errors",
    "improve",
    "info",
    "inspect",
    "lab",
    "measure",
    "run",
    "studio",
    "train",
    "tune",
]
