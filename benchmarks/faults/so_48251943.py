"""A table whose targets go below zero, predicted through a ReLU."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from . import data


def table() -> data.Split:
    """260 rows of two features in -1..1, and a target in about -1.5..1.5."""
    x = torch.rand(260, 2, generator=torch.Generator().manual_seed(3)) * 2 - 1
    y = 0.9 * x[:, :1] - 0.6 * x[:, 1:] + 0.4 * x[:, :1] * x[:, 1:]
    return data.split(x, y, 200)


def program(model: nn.Module, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(table(), 16)
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=0.01),
        "train_loader": train,
        "val_loader": val,
        "task": "regression",
        "epochs": 80,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1), nn.ReLU())
    return program(model, {"activation"})


def fixed() -> dict[str, Any]:
    return program(nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)), set())
