"""Temperatures in degrees out of a tanh."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, optim

from . import data


class Thermometer(nn.Module):
    """Five readings to degrees, -8..8."""

    def __init__(self, *, bounded: bool) -> None:
        super().__init__()
        self.hidden = nn.Linear(5, 40)
        self.more = nn.Linear(40, 20)
        self.degrees = nn.Linear(20, 1)
        self.bounded = bounded

    def forward(self, readings: Tensor) -> Tensor:
        x = torch.relu(self.more(torch.relu(self.hidden(readings))))
        x = self.degrees(x)
        return torch.tanh(x) if self.bounded else x


def build(*, bounded: bool) -> dict[str, Any]:
    source = torch.Generator().manual_seed(5)
    x = torch.randn(900, 5, generator=source)
    y = 2.5 * x[:, :1] - 1.5 * x[:, 1:2].abs() + x[:, 2:3] * x[:, 3:4]
    model = Thermometer(bounded=bounded)
    return data.plan(
        model,
        nn.SmoothL1Loss(),
        optim.AdamW(model.parameters(), lr=3e-3),
        data.feed(data.halves(x, y, 700), 28),
        task="regression",
        epochs=30,
        families=["activation"] if bounded else [],
    )


def faulty() -> dict[str, Any]:
    return build(bounded=True)


def fixed() -> dict[str, Any]:
    return build(bounded=False)
