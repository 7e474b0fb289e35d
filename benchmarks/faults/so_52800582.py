"""x^4 over -100..100, neither side scaled."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from . import data


def curve() -> data.Split:
    x = torch.arange(-100.0, 100.0, 0.5).unsqueeze(1)
    return data.split(x, x**4, 320)


def program(parts: data.Split, lr: float, families: set[str]) -> dict[str, Any]:
    x, y, vx, vy = parts
    model = nn.Sequential(
        nn.Linear(1, 50), nn.Sigmoid(), nn.Linear(50, 50), nn.ELU(), nn.Linear(50, 1)
    )
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=lr),
        "train_loader": DataLoader(TensorDataset(x, y), batch_size=len(x)),
        "val_loader": DataLoader(TensorDataset(vx, vy), batch_size=len(vx)),
        "task": "regression",
        "epochs": 1000,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(curve(), 0.001, {"preprocessing"})


def fixed() -> dict[str, Any]:
    x, y, vx, vy = curve()
    x, vx = data.standardized(x, vx)
    y, vy = data.standardized(y, vy)
    return program((x, y, vx, vy), 0.01, set())
