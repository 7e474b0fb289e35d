"""Exclusive or with absolute error and a rate too small to leave the plateau."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ROWS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
ANSWERS = torch.tensor([[0.0], [1.0], [1.0], [0.0]])


class Xor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 4)
        self.output = nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.output(torch.sigmoid(self.hidden(x))))


def faulty() -> dict[str, Any]:
    model = Xor()
    return {
        "model": model,
        "loss": nn.L1Loss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.11),
        "train_loader": DataLoader(TensorDataset(ROWS, ANSWERS), batch_size=4),
        "val_loader": None,
        "task": "binary",
        "epochs": 1000,
        "train_step": None,
        "families": {"loss", "training-length", "learning-rate", "optimizer"},
    }


def fixed() -> dict[str, Any]:
    model = Xor()
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=0.1),
        "train_loader": DataLoader(TensorDataset(ROWS, ANSWERS), batch_size=4),
        "val_loader": None,
        "task": "binary",
        "epochs": 1000,
        "train_step": None,
        "families": set(),
    }
