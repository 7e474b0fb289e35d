"""Augmentation from a generator that every loader worker gets the same copy of."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, get_worker_info

from . import data


class Jittered(Dataset[tuple[Tensor, Tensor]]):
    """Digits moved by up to two pixels and made noisy."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images, self.labels = images, labels
        self.rng = np.random.default_rng(0)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        down, right = self.rng.integers(-2, 3, 2).tolist()
        image = self.images[index].roll((down, right), (1, 2))
        noise = self.rng.normal(0, 0.1, image.shape)
        return image + torch.tensor(noise, dtype=torch.float32), self.labels[index]


def reseed(worker: int) -> None:
    """A stream of its own for every worker and epoch."""
    info = get_worker_info()
    info.dataset.rng = np.random.default_rng(info.seed)


def program(**loader: Any) -> dict[str, Any]:
    x, y, vx, vy = data.digits(12)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 9, 10),
    )
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.AdamW(model.parameters(), lr=3e-3),
        "train_loader": DataLoader(
            Jittered(x, y), batch_size=32, shuffle=True, num_workers=2, **loader
        ),
        "val_loader": data.loaders((x, y, vx, vy), 32)[1],
        "task": "classification",
        "epochs": 8,
        "train_step": None,
    }


def faulty() -> dict[str, Any]:
    return program() | {"families": {"data-loading", "augmentation"}}


def fixed() -> dict[str, Any]:
    return program(worker_init_fn=reseed) | {"families": set()}


def symptom(program: dict[str, Any]) -> float:
    """Minus the share of neighboring batches that drew the same noise."""
    dataset = program["train_loader"].dataset
    blank = Jittered(torch.zeros_like(dataset.images), dataset.labels)
    options = {"num_workers": 2, "worker_init_fn": program["train_loader"].worker_init_fn}
    batches = [x for x, _ in DataLoader(blank, batch_size=32, **options)]
    pairs = zip(batches[0::2], batches[1::2], strict=False)
    return -float(np.mean([torch.equal(a, b) for a, b in pairs if len(a) == len(b)]))
