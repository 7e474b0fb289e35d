"""A momentum of 0.999: steps remember a thousand others."""

from __future__ import annotations

from typing import Any

from torch import nn, optim

from . import data
from .decay_every_step import shape_net


def build(momentum: float, *families: str) -> dict[str, Any]:
    model = shape_net()
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.SGD(model.parameters(), lr=0.02, momentum=momentum),
        data.feed(data.shapes(), 20),
        task="classification",
        epochs=12,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(0.999, "optimizer", "learning-rate")


def fixed() -> dict[str, Any]:
    return build(0.9)
