"""Speckle from a `random.Random` that every worker process starts with."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader, Dataset, get_worker_info

from . import data
from .decay_every_step import shape_net


class Speckled(Dataset[tuple[Tensor, Tensor]]):
    def __init__(self, images: Tensor, kinds: Tensor) -> None:
        self.images, self.kinds = images, kinds
        self.chance = random.Random(7)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self.images[index].clone()
        for _ in range(10):
            row, column = self.chance.randrange(18), self.chance.randrange(24)
            image[:, row, column] = self.chance.uniform(-1, 1)
        if self.chance.random() < 0.5:
            image = image.flip(2)
        return image, self.kinds[index]


def own_seed(worker: int) -> None:
    info = get_worker_info()
    info.dataset.chance.seed(info.seed)


def build(*families: str) -> dict[str, Any]:
    x, y, vx, vy = data.shapes()
    init = None if families else own_seed
    train = DataLoader(
        Speckled(x, y), batch_size=40, shuffle=True, num_workers=2, worker_init_fn=init
    )
    model = shape_net()
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=2e-3),
        (train, data.feed((x, y, vx, vy), 40)[1]),
        task="classification",
        epochs=8,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("data-loading", "augmentation")


def fixed() -> dict[str, Any]:
    return build()


def symptom(program: dict[str, Any]) -> float:
    """Minus the share of batches whose speckle is that of the batch before."""
    loader = program["train_loader"]
    blank = Speckled(torch.zeros_like(loader.dataset.images), loader.dataset.kinds)
    options = {"num_workers": 2, "worker_init_fn": loader.worker_init_fn}
    batches = [x for x, _ in DataLoader(blank, batch_size=40, **options)]
    same = [torch.equal(a, b) for a, b in zip(batches[::2], batches[1::2], strict=False)]
    return -sum(same) / len(same)
