"""An autoencoder whose code is detached from what made it."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, optim

from . import data


class Coder(nn.Module):
    def __init__(self, *, detach: bool) -> None:
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
        self.decode = nn.Sequential(nn.Linear(10, 48), nn.ReLU(), nn.Linear(48, 64))
        self.detach = detach

    def forward(self, x: Tensor) -> Tensor:
        code = self.encode(x)
        if self.detach:
            code = code.detach()
        return self.decode(code)


def build(*families: str) -> dict[str, Any]:
    x, _, vx, _ = data.pixels()
    model = Coder(detach=bool(families))
    return data.plan(
        model,
        nn.MSELoss(),
        optim.Adam(model.parameters(), lr=3e-3),
        data.feed((x, x, vx, vx), 32),
        task="image",
        epochs=25,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("gradient", "frozen")


def fixed() -> dict[str, Any]:
    return build()
