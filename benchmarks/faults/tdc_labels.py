"""The pictures are shuffled, the labels keep their order."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from . import data


def lenet(classes: int = 10) -> nn.Sequential:
    """32 (5x5), 64 (3x3), dense 512; for (N, 1, 16, 16)."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 2 * 2, 512),
        nn.ReLU(),
        nn.Linear(512, classes),
    )


def program(x: Tensor, y: Tensor, families: set[str]) -> dict[str, Any]:
    _, _, vx, vy = data.digits(16)
    train, val = data.loaders((x, y, vx, vy), 64)
    model = lenet()
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-5),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 16,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    x, y, *_ = data.digits(16)
    return program(x[torch.randperm(len(x))], y, {"labels"})


def fixed() -> dict[str, Any]:
    x, y, *_ = data.digits(16)
    order = torch.randperm(len(x))
    return program(x[order], y[order], set())
