"""Nineteen of twenty units dropped, after every layer."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, optim

from . import data


class Dropping(nn.Module):
    def __init__(self, share: float) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(64, 100), nn.Linear(100, 60)
        self.last = nn.Linear(60, 10)
        self.drop = nn.Dropout(share)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(self.first(x).relu())
        x = self.drop(self.second(x).relu())
        return self.last(x)


def build(share: float, *families: str) -> dict[str, Any]:
    model = Dropping(share)
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=2e-3),
        data.feed(data.pixels(), 40),
        task="classification",
        epochs=12,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(0.95, "regularization")


def fixed() -> dict[str, Any]:
    return build(0.1)
