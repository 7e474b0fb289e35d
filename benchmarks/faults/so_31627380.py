"""A list of passengers with codes in the hundreds, fed as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from . import data


def passengers() -> data.Split:
    """891 rows of ten label-encoded columns, and who survived (0, 1)."""
    rng = np.random.default_rng(12)
    rows = 891
    number, name = rng.permutation(rows), rng.permutation(rows)
    cabin, ticket = rng.integers(0, 148, rows), rng.integers(0, 681, rows)
    grade, woman = rng.choice([1, 2, 3], rows, p=[0.24, 0.21, 0.55]), rng.random(rows) < 0.35
    age = rng.gamma(5, 6, rows)
    siblings, parents = rng.poisson(0.5, rows), rng.poisson(0.4, rows)
    fare = rng.gamma(1.2, 90 / grade**1.5, rows)
    chance = 3.4 * woman - 1.3 * (grade - 2) - 0.03 * (age - 30) - 0.9 + rng.logistic(0, 0.4, rows)
    columns = [number, name, ticket, cabin, grade, woman, age, siblings, parents, fare]
    x = torch.tensor(np.stack(columns, 1), dtype=torch.float32)
    return data.split(x, torch.tensor((chance > 0).astype(np.int64)), 700)


class Survival(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(10, 512)
        self.dropout = nn.Dropout(0.5)
        self.out = nn.Linear(512, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(self.out(self.dropout(self.dense(x).relu())), dim=1)


def faulty() -> dict[str, Any]:
    train, val = data.loaders(passengers(), 4)
    model = Survival()
    return {
        "model": model,
        "loss": nn.NLLLoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=0.001),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 10,
        "train_step": None,
        "families": {"optimizer", "activation", "loss", "preprocessing"},
    }


def fixed() -> dict[str, Any]:
    x, y, vx, vy = passengers()
    x, vx = data.standardized(x, vx)
    train, val = data.loaders((x, y, vx, vy), 16)
    model = Survival()
    return {
        "model": model,
        "loss": nn.NLLLoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 10,
        "train_step": None,
        "families": set(),
    }
