from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

Make = Callable[..., dict[str, Any]]


def blobs(count: int = 300, classes: int = 3, features: int = 5) -> tuple[Tensor, Tensor]:
    """Clouds of points around a center for each class, in about -3..3."""
    generator = torch.Generator().manual_seed(4)
    centers = torch.randn(classes, features, generator=generator) * 1.5
    y = torch.arange(count) % classes
    x = centers[y] + 0.4 * torch.randn(count, features, generator=generator)
    order = torch.randperm(count, generator=generator)
    return x[order], y[order]


@pytest.fixture
def make() -> Make:
    """A training that works; every part can be replaced by name."""

    def build(
        model: nn.Module | None = None,
        data: tuple[Tensor, Tensor] | None = None,
        lr: float = 1e-2,
        **changes: Any,
    ) -> dict[str, Any]:
        torch.manual_seed(0)
        x, y = data if data is not None else blobs()
        model = model or nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
        cut = len(x) * 3 // 4
        program = {
            "model": model,
            "loss": nn.CrossEntropyLoss(),
            "optimizer": torch.optim.Adam(
                [p for p in model.parameters() if p.requires_grad], lr=lr
            ),
            "train_loader": DataLoader(
                TensorDataset(x[:cut], y[:cut]), batch_size=20, shuffle=True
            ),
            "val_loader": DataLoader(TensorDataset(x[cut:], y[cut:]), batch_size=64),
            "epochs": 10,
            "budget_s": 30,
        }
        return program | changes

    return build
