"""Measurements from thousandths to thousands, given as they are."""

from __future__ import annotations

from typing import Any

from torch import nn, optim

from . import data


def build(parts: data.Split, *families: str) -> dict[str, Any]:
    model = nn.Sequential(
        nn.Linear(30, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 1)
    )
    return data.plan(
        model,
        nn.BCEWithLogitsLoss(),
        optim.SGD(model.parameters(), lr=0.02, momentum=0.5),
        data.feed(parts, 20),
        task="binary",
        epochs=25,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(data.tumors(), "preprocessing")


def fixed() -> dict[str, Any]:
    return build(data.rescaled(data.tumors()))
