"""What can go wrong, as one tree; every message is one line: what, with what, what to do.

    IrodoriError
    ├── DrawingError     the drawing cannot be read, is too large, too small, or has no lines
    ├── HintError        a hint, a colour or a hints file is not understood, or lies outside
    ├── PaletteError     a palette is not understood or has too many colours
    ├── ColoristError    a colourist's file is missing, damaged or of another version
    └── OutputError      a result cannot be written

Catch `IrodoriError` to catch them all; anything else that escapes is a defect of ours.
"""

from __future__ import annotations


class IrodoriError(Exception):
    """The root of the tree. `str(error)` is one line, fit to be shown as it is."""

    def __init__(self, message: str) -> None:
        # Other libraries' texts end up in our messages, and some of them have several lines.
        super().__init__(" ".join(message.split()))


class DrawingError(IrodoriError):
    """The drawing cannot be read, is over the size limit, too small, or has no lines."""


class HintError(IrodoriError):
    """A hint, its colour or a hints file is not understood, or a hint lies outside the drawing."""


class PaletteError(IrodoriError):
    """A palette is not understood, or holds more colours than a palette may."""


class ColoristError(IrodoriError):
    """A colourist cannot be loaded: no such name, a damaged file, another version."""


class OutputError(IrodoriError):
    """A result cannot be written: the file exists, the folder is read-only, the disk is full."""
