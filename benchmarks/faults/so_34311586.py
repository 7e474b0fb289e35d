"""Exclusive or with a softmax over one unit, tiny uniform weights, a small rate and 20 epochs."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ROWS = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1], [0, 0], [1, 1]])
ANSWERS = torch.tensor([[0.0], [1], [1], [0], [0], [0]])


def faulty() -> dict[str, Any]:
    model = nn.Sequential(
        nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Softmax(1)
    )
    for parameter in model.parameters():
        nn.init.uniform_(parameter, -0.05, 0.05)
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.001),
        "train_loader": DataLoader(TensorDataset(ROWS, ANSWERS), batch_size=1, shuffle=True),
        "val_loader": None,
        "task": "binary",
        "epochs": 20,
        "train_step": None,
        "families": {
            "learning-rate", "activation", "initialization", "training-length", "batch-size",
        },
    }  # fmt: skip


def fixed() -> dict[str, Any]:
    model = nn.Sequential(
        nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid()
    )
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        "train_loader": DataLoader(TensorDataset(ROWS, ANSWERS), batch_size=4, shuffle=True),
        "val_loader": None,
        "task": "binary",
        "epochs": 1000,
        "train_step": None,
        "families": set(),
    }
