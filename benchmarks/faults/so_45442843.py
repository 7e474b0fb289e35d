"""A yes or no from one number, with softmax over one unit and absolute error."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from . import data


def program(
    last: nn.Module, loss: nn.Module, optimizer: type[torch.optim.Optimizer], plan: dict[str, Any]
) -> dict[str, Any]:
    source = torch.Generator().manual_seed(8)
    x = torch.randn(1200, 1, generator=source)
    y = (x + 0.5 * torch.randn(1200, 1, generator=source) > 0).float()
    train, val = data.loaders(data.split(x, y, 1000), plan.pop("batch"))
    model = nn.Sequential(nn.Linear(1, 1), nn.Sigmoid(), nn.Linear(1, 1), last)
    return {
        "model": model,
        "loss": loss,
        "optimizer": optimizer(model.parameters(), lr=plan.pop("lr")),  # type: ignore[call-arg]
        "train_loader": train,
        "val_loader": val,
        "task": "binary",
        "train_step": None,
        **plan,
    }


def faulty() -> dict[str, Any]:
    accepted = {"activation", "loss", "optimizer", "training-length"}
    plan = {"batch": 200, "lr": 0.001, "epochs": 10, "families": accepted}
    return program(nn.Softmax(dim=1), nn.L1Loss(), torch.optim.RMSprop, plan)


def fixed() -> dict[str, Any]:
    plan = {"batch": 50, "lr": 0.05, "epochs": 30, "families": set()}
    return program(nn.Sigmoid(), nn.BCELoss(), torch.optim.Adam, plan)
