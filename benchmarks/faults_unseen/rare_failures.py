"""Three machines of a hundred fail, and every row weighs the same."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn, optim

from . import data


def machines() -> data.Split:
    source = torch.Generator().manual_seed(18)
    x = torch.randn(3000, 6, generator=source)
    worn = (
        x[:, :1] + 0.8 * x[:, 1:2] - 0.6 * x[:, 2:3] + 0.8 * torch.randn(3000, 1, generator=source)
    )
    return data.halves(x, (worn > worn.quantile(0.97)).float(), 2200)


def build(weight: float, *families: str) -> dict[str, Any]:
    model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1))
    return data.plan(
        model,
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weight)),
        optim.Adam(model.parameters(), lr=1e-3),
        data.feed(machines(), 50),
        task="binary",
        epochs=12,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(1.0, "imbalance")


def fixed() -> dict[str, Any]:
    return build(30.0)
