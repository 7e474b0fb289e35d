"""A small VGG on color pictures, trained for one epoch."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from . import data


def block(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
    ]


class SmallVGG(nn.Module):
    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(*block(3, 16), *block(16, 32))
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(32 * 16, 128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, classes),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x))


def program(epochs: int, families: set[str]) -> dict[str, Any]:
    x, y, vx, vy = data.patterns()
    train, val = data.loaders(((x - 0.4) / 0.3, y, (vx - 0.4) / 0.3, vy), 32)
    model = SmallVGG()
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=1e-3),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": epochs,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(1, {"training-length"})


def fixed() -> dict[str, Any]:
    return program(14, set())
