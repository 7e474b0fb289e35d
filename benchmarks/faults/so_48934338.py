"""A parabola with cubed noise, at a rate a hundred times too high."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Regressor(nn.Module):
    def __init__(self, hidden: tuple[int, int] = (50, 30)) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.Linear(1, hidden[0]), nn.Linear(hidden[0], hidden[1]), nn.Linear(hidden[1], 1)]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


def program(lr: float, families: set[str]) -> dict[str, Any]:
    source = torch.Generator().manual_seed(1)
    x = torch.linspace(-2, 2, 50).unsqueeze(1)
    y = 5 * x**2 + torch.randn(50, 1, generator=source) ** 3 * 0.3
    model = Regressor()
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=lr),
        "train_loader": DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True),
        "val_loader": None,
        "task": "regression",
        "epochs": 300,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(0.1, {"learning-rate"})


def fixed() -> dict[str, Any]:
    return program(0.002, set())
