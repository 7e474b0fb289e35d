"""A GRU that forecasts a wave, at a hundred times the rate that suits it."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, optim

from . import data


class Forecaster(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(1, 24, num_layers=2, batch_first=True)
        self.out = nn.Linear(24, 1)

    def forward(self, window: Tensor) -> Tensor:
        return self.out(self.gru(window)[0][:, -1])


def build(rate: float, *families: str) -> dict[str, Any]:
    model = Forecaster()
    optimizer = optim.Adam(model.parameters(), lr=rate)
    loaders = data.feed(data.series(), 50)
    return data.plan(
        model, nn.MSELoss(), optimizer, loaders, task="regression", epochs=12, families=families
    )


def faulty() -> dict[str, Any]:
    return build(0.5, "learning-rate")


def fixed() -> dict[str, Any]:
    return build(0.005)
