"""A backbone that freezes itself in `train()`, in a loop that never calls it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from . import data


class Backbone(nn.Module):
    """Two stages; `frozen` of them are kept as they were trained before."""

    def __init__(self, frozen: int = 0) -> None:
        super().__init__()
        self.frozen = frozen
        self.stages = nn.Sequential(self.stage(1, 16), self.stage(16, 32))

    @staticmethod
    def stage(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.stages(x).flatten(1)

    def train(self, mode: bool = True) -> Backbone:
        super().train(mode)
        for stage in self.stages[: self.frozen]:
            stage.eval()
            stage.requires_grad_(False)
        return self


@cache
def pretrained() -> dict[str, Tensor]:
    """Weights after a while on the digits below five."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        x, y, _, _ = data.digits(12)
        x, y = x[y < 5], y[y < 5]
        model = nn.Sequential(Backbone(), nn.Linear(32 * 9, 5))
        optimizer = torch.optim.Adam(model.parameters())
        for start in range(0, 4 * len(x), 32):
            rows = torch.arange(start, start + 32) % len(x)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
    return {name: value.clone() for name, value in model[0].state_dict().items()}


def step(
    model: nn.Module, batch: Any, loss: Callable[..., Tensor], optimizer: torch.optim.Optimizer
) -> Tensor:
    optimizer.zero_grad()
    value = loss(model(batch[0]), batch[1])
    value.backward()
    optimizer.step()
    return value


def program(families: set[str]) -> dict[str, Any]:
    x, y, vx, vy = data.digits(12)
    parts = (x[y >= 5], y[y >= 5] - 5, vx[vy >= 5], vy[vy >= 5] - 5)
    train, val = data.loaders(parts, 32)
    backbone = Backbone(frozen=2)
    backbone.load_state_dict(pretrained())
    model = nn.Sequential(backbone, nn.Linear(32 * 9, 5))
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 6,
        "train_step": step,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program({"frozen", "mode"})


def fixed() -> dict[str, Any]:
    plan = program(set())
    plan["model"].train()
    return plan


def symptom(program: dict[str, Any]) -> float:
    """Minus the relative distance that the weights meant to stay have gone."""
    before, after = pretrained(), program["model"][0].state_dict()
    moved = [
        ((after[name] - old).norm() / old.norm()).item()
        for name, old in before.items()
        if name.endswith("0.weight")
    ]
    return -max(moved)
