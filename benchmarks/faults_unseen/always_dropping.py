"""Functional dropout that does not know about evaluation."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn, optim

from . import data


class Noisy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.dropout(F.relu(self.a(x)), 0.5)
        x = F.dropout(F.relu(self.b(x)), 0.5)
        return self.c(x)


class Quiet(Noisy):
    def forward(self, x: Tensor) -> Tensor:
        x = F.dropout(F.relu(self.a(x)), 0.5, self.training)
        x = F.dropout(F.relu(self.b(x)), 0.5, self.training)
        return self.c(x)


def build(model: nn.Module, *families: str) -> dict[str, Any]:
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=2e-3),
        data.feed(data.pixels(), 32),
        task="classification",
        epochs=15,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(Noisy(), "mode", "evaluation")


def fixed() -> dict[str, Any]:
    return build(Quiet())
