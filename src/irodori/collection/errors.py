"""What can go wrong with a collection; every message is one line: what, with what, what to do."""

from __future__ import annotations

from irodori.color.errors import IrodoriError


class CollectionError(IrodoriError):
    """A folder is no collection, a manifest does not fit, a condition or a setting is not meant."""
