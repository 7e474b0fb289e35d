"""Data for the programs: scikit-learn's digits and iris, and generated pictures, words and tables.

All of it is the same in every run; only a network's weights and the loaders' order follow torch's
seed. Shapes: pictures (N, C, H, W) float32 in 0..1, labels (N,) int64.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

Split = tuple[Tensor, Tensor, Tensor, Tensor]  # train inputs, train targets, validation likewise


def split(x: Tensor, y: Tensor, train: int, *, seed: int = 0) -> Split:
    """`train` rows drawn at random for training, the others for validation."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    first, rest = order[:train], order[train:]
    return x[first], y[first], x[rest], y[rest]


@cache
def _digits(side: int) -> tuple[Tensor, Tensor]:
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images, dtype=torch.float32).view(-1, 1, 8, 8) / 16
    if side != 8:
        x = F.interpolate(x, size=(side, side), mode="bilinear", align_corners=False)
    return x, torch.tensor(labels)


def digits(side: int = 8, *, train: int = 1400) -> Split:
    """Handwritten digits, (N, 1, side, side) in 0..1; 1797 in all."""
    return split(*_digits(side), train)


@cache
def _patterns(count: int, side: int, classes: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(5)
    labels = rng.integers(0, classes, count)
    angle = labels * np.pi / classes + rng.normal(0, 0.05, count)
    phase = rng.uniform(0, 2 * np.pi, count)
    grid = np.linspace(-1, 1, side)
    yy, xx = np.meshgrid(grid, grid, indexing="ij")
    along = np.cos(angle)[:, None, None] * xx + np.sin(angle)[:, None, None] * yy
    stripes = 0.5 + 0.5 * np.sin(9 * along + phase[:, None, None])
    tint = rng.uniform(0.2, 1.0, (count, 3, 1, 1))
    x = stripes[:, None] * tint + rng.normal(0, 0.15, (count, 3, side, side))
    return torch.tensor(x.clip(0, 1), dtype=torch.float32), torch.tensor(labels)


def patterns(count: int = 1200, side: int = 16, *, classes: int = 10, train: int = 900) -> Split:
    """Color pictures of stripes, (N, 3, side, side) in 0..1; a class is a direction."""
    return split(*_patterns(count, side, classes), train)


@cache
def _topics(count: int, words: int, classes: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(11)
    common = rng.dirichlet(np.full(words, 0.3))
    own = rng.dirichlet(np.full(words, 0.03), classes)
    labels = rng.integers(0, classes, count)
    x = np.stack([rng.multinomial(60, 0.75 * common + 0.25 * own[label]) for label in labels])
    return torch.tensor(x > 0, dtype=torch.float32), torch.tensor(labels)


def topics(count: int = 2000, words: int = 600, *, classes: int = 46, train: int = 1600) -> Split:
    """Texts as bags of words: (N, words), 1 where a word occurs; a class is a topic."""
    return split(*_topics(count, words, classes), train)


def standardized(train: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
    """All of them with the training rows' mean and deviation per column taken out."""
    mean, deviation = train.mean(0), train.std(0)
    return tuple((x - mean) / deviation for x in (train, *others))


def loaders(
    parts: Split, batch: int, *, shuffle: bool = True
) -> tuple[DataLoader[tuple[Tensor, ...]], DataLoader[tuple[Tensor, ...]]]:
    """The usual pair: training rows shuffled in small batches, validation rows in large ones."""
    train = DataLoader(TensorDataset(*parts[:2]), batch_size=batch, shuffle=shuffle)
    return train, DataLoader(TensorDataset(*parts[2:]), batch_size=256)
