"""Guesses in a column and targets in a row, subtracted from each other."""

from __future__ import annotations

from typing import Any

from sklearn.datasets import make_friedman1
from torch import Tensor, nn, optim

from . import data


def squared(guess: Tensor, truth: Tensor) -> Tensor:
    return ((guess - truth) ** 2).mean()


def build(*families: str) -> dict[str, Any]:
    x, y = make_friedman1(900, 6, noise=0.3, random_state=9)
    y = ((y - y.mean()) / y.std()).astype("float32")
    if not families:
        y = y[:, None]
    model = nn.Sequential(
        nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 1)
    )
    return data.plan(
        model,
        squared,
        optim.Adam(model.parameters(), lr=3e-3),
        data.feed(data.rescaled(data.halves(x, y, 700)), 35),
        task="regression",
        epochs=25,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("shape")


def fixed() -> dict[str, Any]:
    return build()
