"""Iris with sigmoids before cross-entropy, and a scaled copy of the inputs that nobody uses."""

from __future__ import annotations

from typing import Any

import torch
from sklearn.datasets import load_iris
from torch import nn

from . import data


def network(*, sigmoid: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3)]
    if sigmoid:
        layers.append(nn.Sigmoid())
    model = nn.Sequential(*layers)
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.5)
            nn.init.zeros_(layer.bias)
    return model


def program(*, faulty: bool) -> dict[str, Any]:
    x, y = load_iris(return_X_y=True)
    parts = data.split(torch.tensor(x, dtype=torch.float32), torch.tensor(y), 110, seed=4)
    scaled, scaled_val = data.standardized(parts[0], parts[2])
    if not faulty:
        parts = (scaled, parts[1], scaled_val, parts[3])
    train, val = data.loaders(parts, 8)
    model = network(sigmoid=faulty)
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=0.01),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 40,
        "train_step": None,
        "families": {"activation", "loss"} if faulty else set(),
    }


def faulty() -> dict[str, Any]:
    return program(faulty=True)


def fixed() -> dict[str, Any]:
    return program(faulty=False)


def symptom(program: dict[str, Any]) -> float:
    """Mean probability given to the right class in validation, as the loss sees the outputs."""
    x, y = program["val_loader"].dataset.tensors
    with torch.no_grad():
        return program["model"](x).softmax(1).gather(1, y[:, None]).mean().item()
