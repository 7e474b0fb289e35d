"""Prices in whole dollars as targets of a network that starts near zero."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import make_regression
from torch import nn, optim

from . import data


def houses() -> data.Split:
    """Eight standardized facts, and a price of about 350,000."""
    x, y = make_regression(1000, 8, n_informative=6, noise=10, random_state=2)
    price = 350_000 + 700 * y + 20_000 * np.tanh(x[:, 0] * x[:, 1])
    return data.halves(x, price[:, None].astype(np.float32), 800)


def build(parts: data.Split, *families: str) -> dict[str, Any]:
    model = nn.Sequential(
        nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    loaders = data.feed(parts, 32)
    return data.plan(
        model, nn.MSELoss(), optimizer, loaders, task="regression", epochs=25, families=families
    )


def faulty() -> dict[str, Any]:
    return build(houses(), "preprocessing")


def fixed() -> dict[str, Any]:
    return build(data.rescaled(houses(), targets=True))
