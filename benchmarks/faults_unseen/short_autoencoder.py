"""An autoencoder of shapes that is stopped after one round."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, optim

from . import data


class Squeeze(nn.Module):
    """(N, 3, 18, 24) through 64 numbers and back."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(3, 12, 4, 2, 1), nn.SiLU(), nn.Conv2d(12, 24, 3, 2, 1), nn.SiLU()
        )
        self.code, self.uncode = nn.Linear(24 * 5 * 6, 64), nn.Linear(64, 24 * 5 * 6)
        self.up = nn.Sequential(
            nn.Upsample((9, 12)), nn.Conv2d(24, 12, 3, 1, 1), nn.SiLU(),
            nn.Upsample((18, 24)), nn.Conv2d(12, 3, 3, 1, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        code = self.code(self.down(x).flatten(1))
        return self.up(self.uncode(code).unflatten(1, (24, 5, 6)))


def build(epochs: int, *families: str) -> dict[str, Any]:
    x, _, vx, _ = data.shapes()
    model = Squeeze()
    return data.plan(
        model,
        nn.MSELoss(),
        optim.Adam(model.parameters(), lr=2e-3),
        data.feed((x, x, vx, vx), 20),
        task="image",
        epochs=epochs,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(1, "training-length")


def fixed() -> dict[str, Any]:
    return build(12)
