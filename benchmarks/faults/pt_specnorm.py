"""Spectral norm whose estimate is still random when the network is first evaluated."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.utils import spectral_norm

from . import data


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(),
        spectral_norm(nn.Linear(64, 96)),
        nn.LeakyReLU(0.1),
        spectral_norm(nn.Linear(96, 64)),
        nn.LeakyReLU(0.1),
        nn.Linear(64, 10),
    )


def program(model: nn.Module, families: set[str]) -> dict[str, Any]:
    train, val = data.loaders(data.digits(8), 32)
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=2e-3),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 15,
        "train_step": None,
        "families": families,
    }


def faulty() -> dict[str, Any]:
    return program(network().eval(), {"initialization", "mode"})


def fixed() -> dict[str, Any]:
    model = network().train()
    x, *_ = data.digits(8)
    with torch.no_grad():
        for _ in range(30):  # each forward is one power iteration
            model(x[:32])
    return program(model, set())


def symptom(program: dict[str, Any]) -> float:
    """Minus the relative change of an untrained evaluation by training-mode forwards alone."""
    model = (faulty if program["families"] else fixed)()["model"]
    x, *_ = data.digits(8)
    with torch.no_grad():
        before = model.eval()(x)
        model.train()
        for _ in range(30):
            model(x)
        after = model.eval()(x)
    return -((before - after).norm() / after.norm()).item()
