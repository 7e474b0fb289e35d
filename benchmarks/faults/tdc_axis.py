"""A softmax by hand that runs over the batch instead of the classes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from . import data
from .tdc_labels import lenet


class WithSoftmax(nn.Module):
    def __init__(self, axis: int) -> None:
        super().__init__()
        self.net = lenet()
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        scores = self.net(x)
        powers = torch.exp(scores - scores.amax(self.axis, keepdim=True))
        return powers / powers.sum(self.axis, keepdim=True)


def likelihood(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Mean -ln p of the right classes."""
    return -probabilities[torch.arange(len(labels)), labels].clamp_min(1e-9).log().mean()


def program(axis: int, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(data.digits(16), 64)
    model = WithSoftmax(axis)
    return {
        "model": model,
        "loss": likelihood,
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-5),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 16,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(0, {"activation", "shape"})


def fixed() -> dict[str, Any]:
    return program(1, set())


def symptom(program: dict[str, Any]) -> float:
    """Validation accuracy when every digit is asked for alone, as in use."""
    x, y = program["val_loader"].dataset.tensors
    model = program["model"].eval()
    guess = torch.cat([model(row[None]).argmax(1) for row in x])
    return (guess == y).float().mean().item()
