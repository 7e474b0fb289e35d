"""Gradients clipped to a norm of a ten-thousandth."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, optim

from . import data


class Clipped:
    def __init__(self, norm: float) -> None:
        self.norm = norm

    def __call__(self, model: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Tensor:
        windows, following = batch
        value = loss(model(windows), following)
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), self.norm)
        optimizer.step()
        return value


def build(norm: float, *families: str) -> dict[str, Any]:
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(25, 40), nn.Tanh(), nn.Linear(40, 20), nn.Tanh(), nn.Linear(20, 1)
    ).train()
    return data.plan(
        model,
        nn.MSELoss(),
        optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        data.feed(data.series(), 20),
        task="regression",
        epochs=20,
        step=Clipped(norm),
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(1e-4, "gradient", "learning-rate")


def fixed() -> dict[str, Any]:
    return build(1.0)
