"""A hand-written loop that never clears the gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import data


class ConvNet(nn.Module):
    """conv32, conv64, fc128, fc10; for (N, 1, 12, 12)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(64 * 3 * 3, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def accumulating(
    model: nn.Module, batch: Any, loss: Callable[..., Tensor], optimizer: torch.optim.Optimizer
) -> Tensor:
    images, labels = batch
    value = loss(model(images), labels)
    value.backward()
    optimizer.step()
    return value


def clearing(
    model: nn.Module, batch: Any, loss: Callable[..., Tensor], optimizer: torch.optim.Optimizer
) -> Tensor:
    optimizer.zero_grad()
    return accumulating(model, batch, loss, optimizer)


def program(step: Callable[..., Tensor], lr: float, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(data.digits(12), 30)
    model = ConvNet()
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=lr),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 10,
        "train_step": step,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(accumulating, 1e-3, {"gradient"})


def fixed() -> dict[str, Any]:
    return program(clearing, 1e-3, set())
