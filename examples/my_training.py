"""A small training that does not learn, for the doctor: colors of a drawing from its lines.

    irodori doctor my_training.py:program --out findings.html

Needs a collection named `art`, split into parts: see docs/guide/5-debug.md. What is wrong with it
is one line; read no further if you would rather find it.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from irodori.collection.dataset import Dataset

SIDE = 48


def samples(part: str) -> TensorDataset:
    """Ink float32 (N, 1, 48, 48), 0..1, and the picture, (N, 3, 48, 48)."""
    inks, colors = [], []
    for sample in Dataset("art", part, shuffle=False, weighted=False):
        inks.append(cv2.resize(sample.ink, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
        colors.append(cv2.resize(sample.color, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    ink = torch.from_numpy(np.stack(inks))[:, None]
    color = torch.from_numpy(np.stack(colors)).permute(0, 3, 1, 2).float()
    return TensorDataset(ink, color)


def program() -> dict[str, object]:
    """What the doctor examines."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 24, 5, padding=2), nn.ReLU(),
        nn.Conv2d(24, 24, 5, padding=2), nn.ReLU(),
        nn.Conv2d(24, 3, 5, padding=2), nn.Sigmoid(),
    )  # fmt: skip
    return {
        "model": model,
        "loss": nn.L1Loss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=1e-3),
        "train_loader": DataLoader(samples("train"), batch_size=16, shuffle=True),
        "val_loader": DataLoader(samples("validation"), batch_size=16),
    }
