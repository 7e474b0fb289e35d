"""What can go wrong with storage; every message is one line: what was wrong, with what, what to do.

It stands outside the tree of `irodori.color.errors`: that storage is gone is no fault of the one
picture that was being read, so what passes over a bad picture must not pass over this.
"""

from __future__ import annotations


class StorageError(Exception):
    """Storage does not answer, refuses, or cannot do what is asked. `str(error)` is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
