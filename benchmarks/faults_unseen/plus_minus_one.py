"""Answers of -1 and 1 for a loss that expects 0 and 1."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn, optim

from . import data


def build(lowest: float, *families: str) -> dict[str, Any]:
    source = torch.Generator().manual_seed(17)
    x = torch.randn(1000, 8, generator=source)
    score = x[:, :1] + x[:, 1:2] * x[:, 2:3] + 0.7 * torch.randn(1000, 1, generator=source)
    y = torch.where(score > 0, 1.0, lowest)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    return data.plan(
        model,
        nn.BCEWithLogitsLoss(),
        optim.Adam(model.parameters(), lr=3e-3),
        data.feed(data.halves(x, y, 800), 32),
        task="binary",
        epochs=15,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(-1.0, "labels", "loss")


def fixed() -> dict[str, Any]:
    return build(0.0)
