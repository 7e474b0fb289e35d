"""The answers were read from one line below their rows."""

from __future__ import annotations

from typing import Any

from torch import nn, optim

from . import data


def build(shift: int, *families: str) -> dict[str, Any]:
    x, y, vx, vy = data.shapes()
    model = nn.Sequential(
        nn.Conv2d(3, 16, 5, stride=2), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2), nn.BatchNorm2d(32), nn.ReLU(),
        nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(), nn.Linear(192, 4),
    )  # fmt: skip
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=2e-3),
        data.feed((x, y.roll(shift), vx, vy), 25),
        task="classification",
        epochs=12,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(1, "labels")


def fixed() -> dict[str, Any]:
    return build(0)
