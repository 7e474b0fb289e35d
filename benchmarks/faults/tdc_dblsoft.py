"""Probabilities go to a loss that applies softmax itself."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from . import data
from .tdc_labels import lenet


def program(model: nn.Module, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(data.digits(16), 64)
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
    return program(nn.Sequential(lenet(), nn.Softmax(dim=1)), {"activation", "loss"})


def fixed() -> dict[str, Any]:
    return program(lenet(), set())
