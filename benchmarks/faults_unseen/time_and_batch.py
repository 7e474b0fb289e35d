"""An LSTM that takes the batch for time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, optim

from . import data


class Gesture(nn.Module):
    """(N, 22, 3) to (N, 6)."""

    def __init__(self, *, batch_first: bool) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 32, batch_first=batch_first)
        self.out = nn.Linear(32, 6)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.lstm(x)
        return self.out(states[:, -1])


def gestures() -> data.Split:
    """Paths in space: a kind is the direction in which they begin; the end tells nothing."""
    source = torch.Generator().manual_seed(19)
    kind = torch.randint(0, 6, (1000,), generator=source)
    ways = torch.cat([torch.eye(3), -torch.eye(3)])[kind]
    fade = torch.linspace(1.5, 0, 22)[None, :, None]
    x = ways[:, None] * fade + 0.4 * torch.randn(1000, 22, 3, generator=source)
    return data.halves(x, kind, 800)


def build(*families: str) -> dict[str, Any]:
    model = Gesture(batch_first=not families)
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=5e-3),
        data.feed(gestures(), 32),
        task="classification",
        epochs=15,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("shape")


def fixed() -> dict[str, Any]:
    return build()
