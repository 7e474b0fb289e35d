"""Searches whose answers are known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest

from irodori.lab.tune.attempt import Attempt
from irodori.lab.tune.axes import Space, log


def bowl(attempt: Attempt) -> float:
    """1 at a rate of 0.005 and a decay of 0.05, which lies above the first mesh."""
    rate, decay = attempt.values["rate"], attempt.values["decay"]
    return 1 + math.log10(rate / 0.005) ** 2 + math.log10(decay / 0.05) ** 2


@pytest.fixture
def space() -> Space:
    return {"rate": log(1e-5, 1e-1), "decay": log(1e-6, 1e-2)}


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'trials.db'}"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)
