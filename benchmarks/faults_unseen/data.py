"""Data for the programs: scikit-learn's wine, tumors and digits, generated series and shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
import torch
from sklearn import datasets
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

Split = tuple[Tensor, Tensor, Tensor, Tensor]  # train inputs, train targets, validation likewise


def halves(x: Any, y: Any, train: int, *, seed: int = 1) -> Split:
    """`train` random rows and the rest, inputs float32."""
    order = np.random.default_rng(seed).permutation(len(x))
    x = torch.as_tensor(np.asarray(x)[order], dtype=torch.float32)
    y = torch.as_tensor(np.asarray(y)[order])
    return x[:train], y[:train], x[train:], y[train:]


def rescaled(parts: Split, *, targets: bool = False) -> Split:
    """Inputs (and targets) by the training side's mean and deviation."""
    x, y, vx, vy = parts
    middle, width = x.mean(0), x.std(0).clamp_min(1e-6)
    x, vx = (x - middle) / width, (vx - middle) / width
    if targets:
        middle, width = y.mean(0), y.std(0)
        y, vy = (y - middle) / width, (vy - middle) / width
    return x, y, vx, vy


def wine() -> Split:
    """178 wines, 13 measurements, three growers."""
    return halves(*datasets.load_wine(return_X_y=True), 130)


def tumors() -> Split:
    """569 tumors, 30 measurements up to thousands; (N, 1) of 0 and 1."""
    x, y = datasets.load_breast_cancer(return_X_y=True)
    return halves(x, y[:, None].astype(np.float32), 420)


def pixels() -> Split:
    """Handwritten digits as (N, 64), zero-centered."""
    x, y = datasets.load_digits(return_X_y=True)
    return halves(x / 8 - 1, y, 1300)


@cache
def shapes(count: int = 1000, train: int = 800) -> Split:
    """Disk, square, cross or ring somewhere in (N, 3, 18, 24), about -1..1."""
    rng = np.random.default_rng(21)
    kind = rng.integers(0, 4, count)
    row, column = rng.uniform(6, 12, count), rng.uniform(6, 18, count)
    size = rng.uniform(3.5, 5.5, count)
    yy, xx = np.mgrid[0:18, 0:24]
    down = np.abs(yy - row[:, None, None]) / size[:, None, None]
    along = np.abs(xx - column[:, None, None]) / size[:, None, None]
    away = np.hypot(down, along)
    masks = np.stack(
        [
            away < 1,
            np.maximum(down, along) < 0.9,
            (np.minimum(down, along) < 0.3) & (np.maximum(down, along) < 1),
            (away < 1) & (away > 0.55),
        ]
    )
    mask = masks[kind, np.arange(count)][:, None]
    ground, ink = (
        rng.uniform(-1, 0.2, (2, count, 3, 1, 1)) + np.array([0, 0.8])[:, None, None, None, None]
    )
    images = np.where(mask, ink, ground) + rng.normal(0, 0.1, (count, 3, 18, 24))
    return halves(images.astype(np.float32), kind, train)


@cache
def series(count: int = 900, steps: int = 25, train: int = 700) -> Split:
    """Windows (N, steps, 1) of a noisy sum of two waves, and the next value (N, 1)."""
    rng = np.random.default_rng(31)
    time = np.arange(count + steps)
    wave = np.sin(time / 4) + 0.6 * np.sin(time / 9 + 1) + rng.normal(0, 0.05, len(time))
    windows = np.stack([wave[start : start + steps] for start in range(count)])
    return halves(windows[:, :, None], wave[steps:, None].astype(np.float32), train)


def feed(parts: Split, batch: int, **options: Any) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Loaders for both sides; training rows shuffled unless said otherwise."""
    options = {"shuffle": True} | options
    return (
        DataLoader(TensorDataset(*parts[:2]), batch_size=batch, **options),
        DataLoader(TensorDataset(*parts[2:]), batch_size=200),
    )


def plan(
    model: nn.Module,
    loss: Callable[..., Tensor],
    optimizer: torch.optim.Optimizer,
    loaders: tuple[DataLoader[Any], DataLoader[Any] | None],
    *,
    task: str,
    epochs: int,
    step: Callable[..., Tensor] | None = None,
    families: Iterable[str] = (),
) -> dict[str, Any]:
    """The keyword arguments of `doctor.examine`, and the families that name the fault rightly."""
    return {
        "model": model,
        "loss": loss,
        "optimizer": optimizer,
        "train_loader": loaders[0],
        "val_loader": loaders[1],
        "task": task,
        "epochs": epochs,
        "train_step": step,
        "families": set(families),
    }
