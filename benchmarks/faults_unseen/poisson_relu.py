"""Counts by a rate that a ReLU may make zero, and its logarithm in the loss."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, optim

from . import data


def poisson(rate: Tensor, count: Tensor) -> Tensor:
    """Mean negative log likelihood of the counts, up to a constant."""
    return (rate - count * torch.log(rate)).mean()


def build(last: nn.Module, *families: str) -> dict[str, Any]:
    source = torch.Generator().manual_seed(16)
    x = torch.randn(1000, 6, generator=source)
    mean = torch.exp(0.6 * x[:, :1] - 0.5 * x[:, 1:2] + 0.3 * x[:, 2:3].cos() + 1.8)
    counts = torch.poisson(mean, generator=source)
    model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1), last)
    return data.plan(
        model,
        poisson,
        optim.Adam(model.parameters(), lr=3e-3),
        data.feed(data.halves(x, counts, 800), 40),
        task="regression",
        epochs=25,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(nn.ReLU(), "loss", "activation")


def fixed() -> dict[str, Any]:
    return build(nn.Softplus())
