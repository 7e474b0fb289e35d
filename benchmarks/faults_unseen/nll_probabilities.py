"""Probabilities, not their logarithms, in the negative log likelihood."""

from __future__ import annotations

from typing import Any

from sklearn.datasets import make_classification
from torch import nn, optim

from . import data


def build(last: nn.Module, *families: str) -> dict[str, Any]:
    rows = make_classification(
        1500, 16, n_informative=10, n_classes=24, n_clusters_per_class=1, class_sep=2.5,
        random_state=6,
    )  # fmt: skip
    model = nn.Sequential(nn.Linear(16, 96), nn.LeakyReLU(), nn.Linear(96, 24), last)
    return data.plan(
        model,
        nn.NLLLoss(),
        optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        data.feed(data.rescaled(data.halves(*rows, 1200)), 30),
        task="classification",
        epochs=15,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build(nn.Softmax(dim=-1), "loss", "activation")


def fixed() -> dict[str, Any]:
    return build(nn.LogSoftmax(dim=-1))
