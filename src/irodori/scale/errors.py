"""What can go wrong with a cluster."""

from __future__ import annotations

from irodori.color.errors import IrodoriError


class ScaleError(IrodoriError):
    """A cluster cannot be reached or started, or cannot do what was asked of it."""
