"""A softmax over one unit before binary cross-entropy."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from . import data


class Scorer(nn.Module):
    def __init__(self, *, softmax: bool) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(5, 60), nn.ReLU(), nn.Linear(60, 50), nn.ReLU(), nn.Linear(50, 1)
        )
        self.softmax = softmax

    def forward(self, x: Tensor) -> Tensor:
        score = self.body(x)
        return torch.softmax(score, dim=-1) if self.softmax else torch.sigmoid(score)


def program(*, softmax: bool) -> dict[str, Any]:
    x = torch.rand(1250, 5, generator=torch.Generator().manual_seed(2))
    y = (x[:, :1] + x[:, 1:2] * x[:, 2:3] > 0.75).float()
    train, val = data.loaders(data.split(x, y, 1000), 10)
    model = Scorer(softmax=softmax)
    return {
        "model": model,
        "loss": nn.BCELoss(),
        "optimizer": torch.optim.Adam(model.parameters()),
        "train_loader": train,
        "val_loader": val,
        "task": "binary",
        "epochs": 12,
        "train_step": None,
        "families": {"activation"} if softmax else set(),
    }


def faulty() -> dict[str, Any]:
    return program(softmax=True)


def fixed() -> dict[str, Any]:
    return program(softmax=False)
