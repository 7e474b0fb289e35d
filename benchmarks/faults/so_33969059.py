"""A softmax over the only output of a regression, with inputs up to ten thousand."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from . import data


def table() -> data.Split:
    """2500 rows of three amounts in 0..10000; the target is their weighted sum."""
    x = torch.rand(2500, 3, generator=torch.Generator().manual_seed(7)) * 10_000
    y = x @ torch.tensor([[0.5], [0.3], [0.2]])
    return data.split(x, y, 2000)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3, 3)
        self.fc2 = nn.Linear(3, 2)
        self.fc3 = nn.Linear(2, 1)
        self.drop = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(torch.tanh(self.fc1(x)))
        x = self.drop(torch.tanh(self.fc2(x)))
        return torch.softmax(self.fc3(x), dim=1)


def faulty() -> dict[str, Any]:
    train, val = data.loaders(table(), 100)
    model = Net()
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        "train_loader": train,
        "val_loader": val,
        "task": "regression",
        "epochs": 10,
        "train_step": None,
        "families": {"activation", "preprocessing"},
    }


def fixed() -> dict[str, Any]:
    x, y, vx, vy = table()
    x, vx = data.standardized(x, vx)
    y, vy = data.standardized(y, vy)
    train, val = data.loaders((x, y, vx, vy), 100)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9),
        "train_loader": train,
        "val_loader": val,
        "task": "regression",
        "epochs": 30,
        "train_step": None,
        "families": set(),
    }
