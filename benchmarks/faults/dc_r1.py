"""Texts by topic, with an L1 penalty on the first layer that swamps the data's loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from . import data


def topic_net(words: int = 600, classes: int = 46) -> nn.Sequential:
    """dense 512, dropout 0.5, one score per class."""
    return nn.Sequential(nn.Linear(words, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, classes))


def penalized(
    model: nn.Module, batch: Any, loss: Callable[..., Tensor], optimizer: torch.optim.Optimizer
) -> Tensor:
    words, topics = batch
    optimizer.zero_grad()
    first = next(module for module in model.modules() if isinstance(module, nn.Linear))
    total = loss(model(words), topics) + 0.01 * first.weight.abs().sum()
    total.backward()
    optimizer.step()
    return total


def program(step: Callable[..., Tensor] | None, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(data.topics(), 32)
    model = topic_net().train()
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adam(model.parameters()),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 6,
        "train_step": step,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(penalized, {"regularization"})


def fixed() -> dict[str, Any]:
    return program(None, set())
