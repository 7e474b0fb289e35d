"""The weights are initialized anew, as new parameters, after the optimizer was built."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from . import data


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 10)
    )


def reset(model: nn.Module) -> None:
    """Orthogonal weights, zero biases."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            layer.weight = nn.Parameter(nn.init.orthogonal_(torch.empty_like(layer.weight)))
            layer.bias = nn.Parameter(torch.zeros_like(layer.bias))


def program(*, optimizer_first: bool) -> dict[str, Any]:
    x, y, vx, vy = data.digits(8)
    train, val = data.loaders((x.flatten(1), y, vx.flatten(1), vy), 32)
    model = network()
    if not optimizer_first:
        reset(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    if optimizer_first:
        reset(model)
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": optimizer,
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 12,
        "train_step": None,
        "families": {"optimizer"} if optimizer_first else set(),
    }


def faulty() -> dict[str, Any]:
    return program(optimizer_first=True)


def fixed() -> dict[str, Any]:
    return program(optimizer_first=False)
