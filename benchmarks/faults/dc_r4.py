"""Texts by topic, with the hinge loss on softmax outputs."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import data
from .dc_r1 import topic_net


def hinge(probabilities: Tensor, topics: Tensor) -> Tensor:
    """Mean of max(0, 1 - s p) over all classes, s = 1 for the right class and -1 for the others."""
    sign = 2 * F.one_hot(topics, probabilities.shape[1]).float() - 1
    return F.relu(1 - sign * probabilities).mean()


def faulty() -> dict[str, Any]:
    train, val = data.loaders(data.topics(), 32)
    model = nn.Sequential(*topic_net(), nn.Softmax(dim=-1))
    return {
        "model": model,
        "loss": hinge,
        "optimizer": torch.optim.Adam(model.parameters()),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 6,
        "train_step": None,
        "families": {"loss", "activation"},
    }


def fixed() -> dict[str, Any]:
    train, val = data.loaders(data.topics(), 32)
    model = topic_net()
    return {
        "model": model,
        "loss": F.cross_entropy,
        "optimizer": torch.optim.Adam(model.parameters()),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 6,
        "train_step": None,
        "families": set(),
    }
