"""What can go wrong when a colorist is grown."""

from __future__ import annotations

from irodori.color.errors import IrodoriError


class TrainingError(IrodoriError):
    """A design, a run or a checkpoint is not what was asked for, or training cannot go on."""


class ExportError(IrodoriError):
    """The exported graphs do not compute what the network computes."""
