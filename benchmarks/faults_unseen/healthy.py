"""Six more trainings with nothing wrong, none of them in `faults`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_friedman2
from torch import Tensor, nn, optim

from . import data


@cache
def stem() -> nn.Sequential:
    """A convolutional stem trained before on all shapes; frozen."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        x, y, _, _ = data.shapes()
        features = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1), nn.GELU(), nn.Conv2d(16, 24, 3, 2, 1), nn.GELU()
        )
        head = nn.Sequential(nn.Flatten(), nn.Linear(24 * 5 * 6, 4))
        optimizer = optim.Adam([*features.parameters(), *head.parameters()], lr=3e-3)
        for start in range(0, 12 * len(x), 32):
            rows = torch.arange(start, start + 32) % len(x)
            optimizer.zero_grad()
            F.cross_entropy(head(features(x[rows])), y[rows]).backward()
            optimizer.step()
    return features.requires_grad_(False)


def shapes_on_stem() -> dict[str, Any]:
    """Round shapes against the others: new layers with GroupNorm on a frozen stem."""
    x, y, vx, vy = data.shapes()
    kinds = torch.tensor([0, 1, 1, 0])
    model = nn.Sequential(
        stem(),
        nn.Conv2d(24, 24, 3, padding=1),
        nn.GroupNorm(4, 24),
        nn.GELU(),
        nn.AdaptiveAvgPool2d((3, 3)),
        nn.Flatten(),
        nn.Linear(24 * 9, 2),
    )
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(trained, lr=3e-3),
        data.feed((x, kinds[y], vx, kinds[vy]), 32),
        task="classification",
        epochs=12,
    )


def circuit_regression() -> dict[str, Any]:
    """Friedman's second function, standardized, with a robust loss and weight decay."""
    x, y = make_friedman2(1200, noise=30, random_state=12)
    parts = data.rescaled(data.halves(x, y[:, None].astype(np.float32), 950), targets=True)
    model = nn.Sequential(
        nn.Linear(4, 48), nn.SiLU(), nn.Linear(48, 48), nn.SiLU(), nn.Linear(48, 1)
    )
    return data.plan(
        model,
        nn.HuberLoss(),
        optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-3),
        data.feed(parts, 25),
        task="regression",
        epochs=25,
    )


class WaveForecaster(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 24, batch_first=True)
        self.out = nn.Sequential(nn.LayerNorm(24), nn.Linear(24, 1))

    def forward(self, window: Tensor) -> Tensor:
        states, _ = self.lstm(window)
        return self.out(states[:, -1])


def wave_forecast() -> dict[str, Any]:
    """The next value of a noisy wave, by an LSTM."""
    model = WaveForecaster()
    return data.plan(
        model,
        nn.MSELoss(),
        optim.Adam(model.parameters(), lr=5e-3),
        data.feed(data.series(), 35),
        task="regression",
        epochs=15,
    )


class RowTransformer(nn.Module):
    """A digit of (N, 64) read as eight rows of eight."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(8, 48)
        self.places = nn.Parameter(0.02 * torch.randn(8, 48))
        layer = nn.TransformerEncoderLayer(
            48, 4, 96, 0.1, "gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(48), nn.Linear(48, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.embed(x.unflatten(1, (8, 8))) + self.places).mean(1))


def cosine_step(model: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Tensor:
    """AdamW at a rate that rises for 30 steps and then falls to a twentieth over 325."""
    group = optimizer.param_groups[0]
    group["count"] = group.get("count", 0) + 1
    wave = 0.525 + 0.475 * math.cos(math.pi * min(group["count"] / 325, 1))
    group["lr"] = 3e-3 * min(group["count"] / 30, 1) * wave
    optimizer.zero_grad()
    value = loss(model(batch[0]), batch[1])
    value.backward()
    optimizer.step()
    return value


def digit_rows() -> dict[str, Any]:
    """Digits by a small transformer with AdamW, warm-up and cosine."""
    model = RowTransformer().train()
    return data.plan(
        model,
        nn.CrossEntropyLoss(label_smoothing=0.05),
        optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.02),
        data.feed(data.pixels(), 40),
        task="classification",
        epochs=10,
        step=cosine_step,
    )


class Denoiser(nn.Module):
    """(N, 1, 8, 8) with noise to without, with a skip connection."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU())
        self.coarse = nn.Sequential(nn.Conv2d(12, 32, 3, 2, 1), nn.ReLU())
        self.deep = nn.Sequential(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU())
        self.rise = nn.ConvTranspose2d(32, 12, 2, 2)
        self.out = nn.Conv2d(24, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        fine = self.fine(x)
        rise = self.rise(self.deep(self.coarse(fine))).relu()
        return self.out(torch.cat([fine, rise], 1))


def digit_denoiser() -> dict[str, Any]:
    """Noise taken off digits by a small U-Net."""
    x, _, vx, _ = data.pixels()
    x, vx = x.view(-1, 1, 8, 8), vx.view(-1, 1, 8, 8)
    source = torch.Generator().manual_seed(25)
    noisy, vnoisy = (clean + 0.4 * torch.randn(clean.shape, generator=source) for clean in (x, vx))
    model = Denoiser()
    return data.plan(
        model,
        nn.MSELoss(),
        optim.Adam(model.parameters(), lr=2e-3),
        data.feed((noisy, x, vnoisy, vx), 26),
        task="image",
        epochs=15,
    )


def wine_tags() -> dict[str, Any]:
    """Six yes-or-no facts of a row of 16 numbers, with BatchNorm and dropout."""
    source = torch.Generator().manual_seed(26)
    x = torch.randn(1500, 16, generator=source)
    y = (x @ torch.randn(16, 6, generator=source) + 2 * x[:, :6] * x[:, 6:12] > 0).float()
    model = nn.Sequential(
        nn.Linear(16, 96), nn.BatchNorm1d(96), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(96, 96), nn.BatchNorm1d(96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, 6),
    )  # fmt: skip
    return data.plan(
        model,
        nn.BCEWithLogitsLoss(),
        optim.Adam(model.parameters(), lr=3e-3),
        data.feed(data.halves(x, y, 1250), 50),
        task="multilabel",
        epochs=20,
    )


PROGRAMS: list[Callable[[], dict[str, Any]]] = [
    shapes_on_stem, circuit_regression, wave_forecast, digit_rows, digit_denoiser, wine_tags,
]  # fmt: skip
