"""Validation rows scaled by their own mean and deviation."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn, optim

from . import data


def seasons() -> data.Split:
    """The year's consumption by temperature and hour to train on, the summer's to validate."""
    source = torch.Generator().manual_seed(20)
    cold = torch.rand(1200, 1, generator=source) * 30 - 5
    hour = torch.rand(1200, 1, generator=source) * 24
    use = 40 - cold + 6 * torch.sin(hour / 24 * 6.28) + torch.randn(1200, 1, generator=source)
    x, y = torch.cat([cold, hour], 1), (use - 27) / 10
    summer = torch.arange(1200) >= 1000
    warm = cold[:, 0] > 18
    return x[~summer], y[~summer], x[summer & warm], y[summer & warm]


def build(*families: str) -> dict[str, Any]:
    x, y, vx, vy = seasons()
    measure = vx if families else x
    vx = (vx - measure.mean(0)) / measure.std(0)
    x = (x - x.mean(0)) / x.std(0)
    model = nn.Sequential(
        nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)
    )
    return data.plan(
        model,
        nn.MSELoss(),
        optim.Adam(model.parameters(), lr=5e-3),
        data.feed((x, y, vx, vy), 25),
        task="regression",
        epochs=25,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("evaluation", "preprocessing")


def fixed() -> dict[str, Any]:
    return build()
