"""Every layer of a tanh network starts at zero."""

from __future__ import annotations

from typing import Any

from torch import nn, optim

from . import data


def zero(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.weight)
        nn.init.zeros_(module.bias)


def build(*families: str) -> dict[str, Any]:
    model = nn.Sequential(
        nn.Linear(64, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 10)
    )
    if families:
        model.apply(zero)
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.RMSprop(model.parameters(), lr=2e-3),
        data.feed(data.pixels(), 32),
        task="classification",
        epochs=12,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("initialization")


def fixed() -> dict[str, Any]:
    return build()
