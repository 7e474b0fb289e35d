"""Wines by grower at a rate of one in a hundred thousand."""

from __future__ import annotations

from typing import Any

from torch import nn, optim

from . import data


def build(rate: float, *families: str) -> dict[str, Any]:
    net = nn.Sequential(nn.Linear(13, 32), nn.SiLU(), nn.Linear(32, 3))
    return data.plan(
        net,
        nn.CrossEntropyLoss(),
        optim.SGD(net.parameters(), lr=rate, momentum=0.9),
        data.feed(data.rescaled(data.wine()), 10),
        task="classification",
        epochs=20,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(1e-5, "learning-rate")


def fixed() -> dict[str, Any]:
    return build(0.01)
