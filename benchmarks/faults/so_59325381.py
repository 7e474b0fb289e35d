"""The labels were divided by 255 with the pictures, and the test pictures were not."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from . import data


def raw() -> data.Split:
    """Digits as bytes come: 0..255."""
    x, y, vx, vy = data.digits(14, train=1000)
    return x * 255, y, vx * 255, vy


def program(parts: data.Split, batch: int, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(parts, batch)
    model = nn.Sequential(
        nn.Conv2d(1, 64, 3),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 32, 3),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 2 * 2, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adam(model.parameters()),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 2 if batch == 1 else 10,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    x, y, vx, vy = raw()
    parts = (x / 255, (y / 255).long(), vx, vy)
    return program(parts, 1, {"labels", "preprocessing", "evaluation"})


def fixed() -> dict[str, Any]:
    x, y, vx, vy = raw()
    return program((x / 255, y, vx / 255, vy), 16, set())
