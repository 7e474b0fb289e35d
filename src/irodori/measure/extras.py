"""Libraries that only measuring needs, and what to do without them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from irodori.color.errors import IrodoriError


class EvaluationError(IrodoriError):
    """Nothing can be measured: no pairs, an unknown rival, a library that is missing."""


class RivalError(EvaluationError):
    """A rival cannot take part, or failed on a picture."""


def need(module: str) -> Any:
    """The module of that name. Raises EvaluationError, with the remedy, where it is missing."""
    try:
        return import_module(module)
    except ImportError:
        library = {"skimage": "scikit-image"}.get(module.split(".")[0], module.split(".")[0])
        raise EvaluationError(
            f'{library} is needed to measure and is not installed; pip install "irodori[data]"'
        ) from None
