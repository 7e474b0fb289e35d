"""The squared errors of a batch of 128 added up, at a rate chosen for their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import make_friedman2
from torch import nn, optim

from . import data


def circuit() -> data.Split:
    x, y = make_friedman2(1024, noise=10, random_state=8)
    return data.rescaled(data.halves(x, y[:, None].astype(np.float32), 768), targets=True)


def build(reduction: str, *families: str) -> dict[str, Any]:
    net = nn.Sequential(nn.Linear(4, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 1))
    return data.plan(
        net,
        nn.MSELoss(reduction=reduction),
        optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
        data.feed(circuit(), 128),
        task="regression",
        epochs=40,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("sum", "loss", "learning-rate")


def fixed() -> dict[str, Any]:
    return build("mean")
