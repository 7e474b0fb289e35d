"""x^2 through a sigmoid, which ends at 1."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def program(model: nn.Module, families: set[str]) -> dict[str, Any]:
    x = torch.linspace(-3, 3, 200).unsqueeze(1)
    rows = TensorDataset(x, x**2)
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        "train_loader": DataLoader(rows, batch_size=200),
        "val_loader": DataLoader(TensorDataset(x + 0.01, (x + 0.01) ** 2), batch_size=200),
        "task": "regression",
        "epochs": 1500,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    model = nn.Sequential(nn.Linear(1, 5), nn.Sigmoid(), nn.Linear(5, 1), nn.Sigmoid())
    return program(model, {"activation"})


def fixed() -> dict[str, Any]:
    return program(nn.Sequential(nn.Linear(1, 5), nn.Sigmoid(), nn.Linear(5, 1)), set())
