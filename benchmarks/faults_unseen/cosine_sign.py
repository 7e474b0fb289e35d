"""A similarity minimized as if it were a distance."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim

from . import data


def similarity(guess: Tensor, truth: Tensor) -> Tensor:
    return F.cosine_similarity(guess, truth).mean()


def distance(guess: Tensor, truth: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(guess, truth).mean()


def build(loss: Any, *families: str) -> dict[str, Any]:
    source = torch.Generator().manual_seed(15)
    x = torch.randn(800, 12, generator=source)
    heading = torch.tanh(x @ torch.randn(12, 3, generator=source) / 3)
    model = nn.Sequential(nn.Linear(12, 48), nn.ELU(), nn.Linear(48, 3))
    return data.plan(
        model,
        loss,
        optim.Adam(model.parameters(), lr=2e-3),
        data.feed(data.halves(x, heading, 600), 20),
        task="regression",
        epochs=20,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(similarity, "loss")


def fixed() -> dict[str, Any]:
    return build(distance)


def symptom(program: dict[str, Any]) -> float:
    """Mean cosine of the guessed and the true heading in validation."""
    x, y = program["val_loader"].dataset.tensors
    return similarity(program["model"].eval()(x), y).item()
