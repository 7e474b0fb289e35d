"""Noise and erased boxes so strong that little of a digit is left."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from . import data
from .tdc_labels import lenet


class Augmented(Dataset[tuple[Tensor, Tensor]]):
    """Digits with Gaussian noise, and a gray box at a random place."""

    def __init__(self, images: Tensor, labels: Tensor, *, noise: float, box: int) -> None:
        self.images, self.labels = images, labels
        self.noise, self.box = noise, box

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self.images[index] + self.noise * torch.randn_like(self.images[index])
        room = image.shape[-1] - self.box + 1
        top, left = torch.randint(0, room, (2,)).tolist()
        image[:, top : top + self.box, left : left + self.box] = 0.5
        return image, self.labels[index]


def program(noise: float, box: int, families: set[str]) -> dict[str, Any]:
    x, y, vx, vy = data.digits(16)
    model = lenet()
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-5),
        "train_loader": DataLoader(
            Augmented(x, y, noise=noise, box=box), batch_size=64, shuffle=True
        ),
        "val_loader": data.loaders((x, y, vx, vy), 64)[1],
        "task": "classification",
        "epochs": 16,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(1.5, 13, {"augmentation"})


def fixed() -> dict[str, Any]:
    return program(0.05, 3, set())
