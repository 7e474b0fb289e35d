"""The order in which `irodori --help` shows the commands: that of a person's way through them."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

JOURNEY = {
    "Color a drawing": ("studio", "colorize"),
    "Gather pictures": ("data",),
    "Grow a colorist": ("train", "runs", "evaluate", "errors", "tune"),
    "Get more out of it": ("self-train", "ensemble", "shrink", "export"),
    "Look inside a training": ("doctor", "inspect"),
    "This program": ("info",),
}
"""Headings and the commands below them."""

_PLACES = {
    command: (number, heading)
    for number, (heading, command) in enumerate(
        (heading, command) for heading, commands in JOURNEY.items() for command in commands
    )
}


class Journey(TyperGroup):
    """Lists commands in the order of `JOURNEY`; any that it does not know come last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in order."""
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: _PLACES.get(name, (len(_PLACES), ""))[0])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command that knows its heading."""
        command: Any = super().get_command(ctx, cmd_name)
        if command is not None and cmd_name in _PLACES:
            command.rich_help_panel = _PLACES[cmd_name][1]
        return command
