"""All rows in one batch, so that an epoch is a single step."""

from __future__ import annotations

from typing import Any

from torch import nn, optim

from . import data


def build(batch: int, *families: str) -> dict[str, Any]:
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 10))
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.SGD(model.parameters(), lr=0.03, momentum=0.9),
        data.feed(data.pixels(), batch),
        task="classification",
        epochs=12,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(1300, "batch-size", "training-length")


def fixed() -> dict[str, Any]:
    return build(20)
