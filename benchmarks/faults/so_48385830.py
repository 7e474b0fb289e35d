"""Digits with two bare linear layers, unit normal weights, squared error and a rate of 3."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from . import data


def faulty() -> dict[str, Any]:
    x, y, vx, vy = data.digits(28)
    one_hot = F.one_hot(y, 10).float(), F.one_hot(vy, 10).float()
    train, val = data.loaders((x.flatten(1), one_hot[0], vx.flatten(1), one_hot[1]), 10)
    model = nn.Sequential(nn.Linear(784, 30), nn.Linear(30, 10))
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=3.0),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 5,
        "train_step": None,
        "families": {"activation", "loss", "learning-rate", "initialization"},
    }


def fixed() -> dict[str, Any]:
    x, y, vx, vy = data.digits(28)
    train, val = data.loaders((x.flatten(1), y, vx.flatten(1), vy), 10)
    model = nn.Sequential(nn.Linear(784, 30), nn.Sigmoid(), nn.Linear(30, 10))
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.5),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 15,
        "train_step": None,
        "families": set(),
    }
