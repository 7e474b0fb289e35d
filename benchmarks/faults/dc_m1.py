"""The digit CNN whose first kernel starts as zeros."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from . import data


class DigitNet(nn.Module):
    """conv32, conv64, pool, dense128, with dropout; for (N, 1, 16, 16)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.fc1 = nn.Linear(64 * 6 * 6, 128)
        self.fc2 = nn.Linear(128, 10)
        self.drop1 = nn.Dropout(0.25)
        self.drop2 = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        x = self.drop1(torch.max_pool2d(x, 2).flatten(1))
        x = self.drop2(torch.relu(self.fc1(x)))
        return self.fc2(x)


def program(model: nn.Module, lr: float, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(data.digits(16, train=1000), 64)
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adadelta(model.parameters(), lr=lr),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 8,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    model = DigitNet()
    nn.init.zeros_(model.conv1.weight)
    for layer in (model.conv1, model.conv2, model.fc1, model.fc2):
        nn.init.zeros_(layer.bias)
    return program(model, 1.0, {"initialization"})


def fixed() -> dict[str, Any]:
    return program(DigitNet(), 1.0, set())
