"""Augmentation by quarter turns, where the answer is the direction."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader, Dataset

from . import data


def arrows() -> data.Split:
    """A bright wedge that points up, right, down or left; (N, 1, 16, 16), zero-centered."""
    source = torch.Generator().manual_seed(23)
    grid = torch.linspace(-1, 1, 16)
    yy, xx = torch.meshgrid(grid, grid, indexing="ij")
    center = torch.rand(1000, 2, 1, 1, generator=source) * 0.6 - 0.3
    down, right = yy - center[:, 0], xx - center[:, 1]
    wedge = (right.abs() < (down + 0.6) * 0.7) & (down < 0.4)
    kinds = torch.randint(0, 4, (1000,), generator=source)
    turned = torch.stack([w.rot90(-int(k)) for w, k in zip(wedge.float(), kinds, strict=True)])
    noise = 0.3 * torch.randn(1000, 16, 16, generator=source)
    return data.halves((turned * 2 - 1 + noise)[:, None], kinds, 800)


class Turned(Dataset[tuple[Tensor, Tensor]]):
    def __init__(self, images: Tensor, kinds: Tensor, *, turns: bool) -> None:
        self.images, self.kinds, self.turns = images, kinds, turns

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self.images[index].roll(int(torch.randint(-1, 2, ())), 2)
        if self.turns:
            image = image.rot90(int(torch.randint(0, 4, ())), (1, 2))
        return image, self.kinds[index]


def build(*families: str) -> dict[str, Any]:
    x, y, vx, vy = arrows()
    model = nn.Sequential(
        nn.Conv2d(1, 12, 5, 2, 2), nn.ReLU(), nn.Conv2d(12, 16, 3, 2, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(256, 4),
    )  # fmt: skip
    train = DataLoader(Turned(x, y, turns=bool(families)), batch_size=32, shuffle=True)
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=2e-3),
        (train, data.feed((x, y, vx, vy), 32)[1]),
        task="classification",
        epochs=10,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("augmentation")


def fixed() -> dict[str, Any]:
    return build()
