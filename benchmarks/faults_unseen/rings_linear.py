"""Two rings, one in the other, for a stack of layers with nothing between them."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from sklearn.datasets import make_circles
from torch import Tensor, nn, optim

from . import data


class Bent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(2, 32), nn.Linear(32, 32)
        self.fc3, self.fc4 = nn.Linear(32, 16), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.fc1, self.fc2, self.fc3):
            x = F.relu(layer(x))
        return self.fc4(x)


class Straight(Bent):
    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.fc1, self.fc2, self.fc3, self.fc4):
            x = layer(x)
        return x


def build(model: nn.Module, *families: str) -> dict[str, Any]:
    points, ring = make_circles(800, noise=0.08, factor=0.5, random_state=3)
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=5e-3),
        data.feed(data.rescaled(data.halves(points, ring, 600)), 30),
        task="classification",
        epochs=20,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(Straight(), "activation", "architecture")


def fixed() -> dict[str, Any]:
    return build(Bent())
