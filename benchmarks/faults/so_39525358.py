"""A table of 21 rows whose columns differ a thousandfold in scale."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from . import data


def applicants() -> data.Split:
    """(income, age, years employed) and whether a loan was paid back; 13 rows to train on."""
    source = torch.Generator().manual_seed(22)
    unit = torch.rand(21, 3, generator=source)
    paid = (unit @ torch.tensor([[0.8], [0.9], [1.2]]) > 1.45).float()
    return data.split(unit * torch.tensor([80_000.0, 50, 30]) + 18, paid, 13)


def program(parts: data.Split, lr: float, batch: int, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(parts, batch)
    model = nn.Sequential(
        nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 3), nn.ReLU(), nn.Linear(3, 1), nn.Sigmoid()
    )
    return {
        "model": model,
        "loss": nn.BCELoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=lr),
        "train_loader": train,
        "val_loader": val,
        "task": "binary",
        "epochs": 150,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(applicants(), 0.001, 1, {"preprocessing", "learning-rate", "activation"})


def fixed() -> dict[str, Any]:
    x, y, vx, vy = applicants()
    x, vx = data.standardized(x, vx)
    return program((x, y, vx, vy), 0.01, 4, set())
