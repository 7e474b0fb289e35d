"""The Game of Life's next board, given up after a few small steps."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import data


def boards() -> data.Split:
    """1200 boards of 12 x 10 cells and the boards after them, (N, 1, 12, 10) of 0 and 1."""
    source = torch.Generator().manual_seed(9)
    now = (torch.rand(1200, 1, 12, 10, generator=source) < 0.4).float()
    around = torch.ones(1, 1, 3, 3)
    around[0, 0, 1, 1] = 0
    neighbors = F.conv2d(now, around, padding=1)
    after = (neighbors == 3) | ((neighbors == 2) & (now == 1))
    return data.split(now, after.float(), 1000)


class Life(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.neighbors = nn.Conv2d(1, 24, 3, padding=1)
        self.rules = nn.Conv2d(24, 12, 1)
        self.out = nn.Conv2d(12, 1, 1)

    def forward(self, board: Tensor) -> Tensor:
        x = F.relu(self.rules(F.relu(self.neighbors(board))))
        return torch.sigmoid(self.out(x))


def program(loss: nn.Module, lr: float, epochs: int, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(boards(), 32)
    model = Life()
    return {
        "model": model,
        "loss": loss,
        "optimizer": torch.optim.Adam(model.parameters(), lr=lr),
        "train_loader": train,
        "val_loader": val,
        "task": "image",
        "epochs": epochs,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(nn.BCELoss(), 0.001, 5, {"loss", "training-length", "learning-rate"})


def fixed() -> dict[str, Any]:
    return program(nn.MSELoss(), 0.01, 25, set())
