"""Irodori (彩り) colors line drawings: where you say, or where it thinks the colors belong.

    import irodori

    coloring = irodori.colorize("drawing.png", palette="#f7d7c0,#2f4d8c,#8a5a3b")
    coloring.save("drawing.colored.png")

Importing this package imports nothing heavy; a name brings its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from irodori.color.coloring import Coloring
    from irodori.color.colorist import Colorist
    from irodori.color.drawing import Drawing
    from irodori.color.encoding import Encoding
    from irodori.color.errors import (
        ColoristError,
        DrawingError,
        HintError,
        IrodoriError,
        OutputError,
        PaletteError,
    )
    from irodori.color.hints import Dab, Hints, Stroke
    from irodori.color.palette import Palette
    from irodori.color.request import colorize

__version__ = "0.1.0"

__all__ = [
    "Coloring",
    "Colorist",
    "ColoristError",
    "Dab",
    "Drawing",
    "DrawingError",
    "Encoding",
    "HintError",
    "Hints",
    "IrodoriError",
    "OutputError",
    "Palette",
    "PaletteError",
    "Stroke",
    "colorize",
]

_HOMES = {
    "Coloring": "coloring",
    "Colorist": "colorist",
    "Encoding": "encoding",
    "Drawing": "drawing",
    "Dab": "hints",
    "Hints": "hints",
    "Stroke": "hints",
    "Palette": "palette",
    "colorize": "request",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'irodori' has no attribute {name!r}")
    module = import_module(f"irodori.color.{_HOMES.get(name, 'errors')}")
    return getattr(module, name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
