"""Several tags may hold at once, and the tags' probabilities add up to one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, optim

from . import data


class Tags(nn.Module):
    def __init__(self, last: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 8))
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.body(x))


def build(last: nn.Module, *families: str) -> dict[str, Any]:
    source = torch.Generator().manual_seed(14)
    x = torch.randn(1300, 20, generator=source)
    weights = torch.randn(20, 8, generator=source)
    y = (x @ weights > 0.5).float()
    model = Tags(last)
    return data.plan(
        model,
        nn.BCELoss(),
        optim.Adam(model.parameters(), lr=3e-3),
        data.feed(data.halves(x, y, 1000), 25),
        task="multilabel",
        epochs=12,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(nn.Softmax(dim=1), "activation", "loss")


def fixed() -> dict[str, Any]:
    return build(nn.Sigmoid())
