"""What can go wrong in the lab, as one tree; every message is one line: what, with what, to do.

    LabError
    └── ProgramError     what was handed in cannot be read as a training, or cannot be loaded

Catch `LabError` to catch them all. The lab imports no other room, so its tree has its own root.
"""

from __future__ import annotations


class LabError(Exception):
    """The root of the tree. `str(error)` is one line, fit to be shown as it is."""

    def __init__(self, message: str) -> None:
        # PyTorch's own texts end up in our messages, and many of them have several lines.
        super().__init__(" ".join(message.split()))


class ProgramError(LabError):
    """What was handed in cannot be read as a training: no batches, a wrong type, no such name."""
