"""Weights ten times too wide for tanh."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn, optim

from . import data


class Tanhs(nn.Module):
    def __init__(self, gain: float) -> None:
        super().__init__()
        sizes = [64, 32, 32, 32, 10]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        for layer in self.layers:
            nn.init.xavier_normal_(layer.weight, gain=gain)

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = torch.tanh(layer(x))
        return last(x)


def build(gain: float, *families: str) -> dict[str, Any]:
    model = Tanhs(gain)
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=1e-3),
        data.feed(data.pixels(), 40),
        task="classification",
        epochs=15,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(12.0, "initialization")


def fixed() -> dict[str, Any]:
    return build(1.0)
