"""A decay meant for every epoch that is applied at every step."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, optim

from . import data


def shape_net() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(24 * 4 * 6, 48), nn.ReLU(), nn.Linear(48, 4),
    )  # fmt: skip


class Decaying:
    """A training step after which the rate is multiplied by `factor`."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, model: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Tensor:
        images, kinds = batch
        optimizer.zero_grad()
        value = loss(model(images), kinds)
        value.backward()
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] *= self.factor
        return value


def build(factor: float, *families: str) -> dict[str, Any]:
    model = shape_net().train()
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.parameters(), lr=2e-3),
        data.feed(data.shapes(), 32),
        task="classification",
        epochs=12,
        step=Decaying(factor),
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(0.7, "learning-rate")


def fixed() -> dict[str, Any]:
    return build(0.997)
