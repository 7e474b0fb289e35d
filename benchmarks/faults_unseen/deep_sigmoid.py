"""Ten layers of sigmoids."""

from __future__ import annotations

from typing import Any

from torch import nn, optim

from . import data


def tower(activation: type[nn.Module], depth: int = 10) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Linear(64, 48), activation()]
    for _ in range(depth - 2):
        layers += [nn.Linear(48, 48), activation()]
    tower = nn.Sequential(*layers, nn.Linear(48, 10))
    if activation is nn.ReLU:
        for layer in tower:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
    return tower


def build(model: nn.Module, *families: str) -> dict[str, Any]:
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.SGD(model.parameters(), lr=0.02, momentum=0.9),
        data.feed(data.pixels(), 50),
        task="classification",
        epochs=15,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(tower(nn.Sigmoid), "activation", "initialization", "gradient", "architecture")


def fixed() -> dict[str, Any]:
    return build(tower(nn.ReLU))
