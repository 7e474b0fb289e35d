"""Six trainings with nothing wrong, each as someone would hand it to the doctor.

Between them: convolution, BatchNorm, dropout, recurrence, attention, a schedule, AdamW, weight
decay, a frozen backbone, several labels at once, pictures as targets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from sklearn.datasets import make_friedman1
from torch import Tensor, nn

from . import data


def digit_cnn() -> dict[str, Any]:
    """Digits by a CNN with BatchNorm and dropout, Nesterov momentum."""
    x, y, vx, vy = data.digits(12)
    mean, deviation = x.mean(), x.std()
    train, val = data.loaders(((x - mean) / deviation, y, (vx - mean) / deviation, vy), 32)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(32 * 9, 10),
    )
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, nesterov=True),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 10,
        "train_step": None,
        "families": set(),
    }


def table_regression() -> dict[str, Any]:
    """Friedman's first function by an MLP, inputs and targets standardized."""
    x, y = make_friedman1(1200, 8, noise=0.5, random_state=0)
    table = torch.tensor(x, dtype=torch.float32), torch.tensor(y[:, None], dtype=torch.float32)
    x, y, vx, vy = data.split(*table, 960)
    x, vx = data.standardized(x, vx)
    y, vy = data.standardized(y, vy)
    train, val = data.loaders((x, y, vx, vy), 32)
    model = nn.Sequential(
        nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)
    )
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-5),
        "train_loader": train,
        "val_loader": val,
        "task": "regression",
        "epochs": 30,
        "train_step": None,
        "families": set(),
    }


class WaveClassifier(nn.Module):
    """(N, 40, 1) to (N, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 32, batch_first=True)
        self.head = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.lstm(x)
        return self.head(states.mean(1))


def clipped(
    model: nn.Module, batch: Any, loss: Callable[..., Tensor], optimizer: torch.optim.Optimizer
) -> Tensor:
    optimizer.zero_grad(set_to_none=True)
    value = loss(model(batch[0]), batch[1])
    value.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return value


def wave_lstm() -> dict[str, Any]:
    """Noisy waves by their frequency, an LSTM with clipped gradients."""
    source = torch.Generator().manual_seed(4)
    y = torch.randint(0, 4, (900,), generator=source)
    turns = torch.tensor([2.0, 3.5, 5.5, 8.0])[y] + 0.2 * torch.randn(900, generator=source)
    time = torch.linspace(0, 1, 40)
    phase = torch.rand(900, 1, generator=source)
    waves = torch.sin(2 * math.pi * (turns[:, None] * time + phase))
    x = waves + 0.1 * torch.randn(900, 40, generator=source)
    train, val = data.loaders(data.split(x[..., None], y, 700), 25)
    model = WaveClassifier().train()
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=1e-2),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 20,
        "train_step": clipped,
        "families": set(),
    }


class SmallTransformer(nn.Module):
    """(N, 24) tokens of 0..31 to (N, 5)."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(32, 32)
        self.places = nn.Parameter(torch.randn(24, 32) * 0.02)
        layer = nn.TransformerEncoderLayer(
            32, 4, 64, dropout=0.1, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(32)
        self.head = nn.Linear(32, 5)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.norm(self.encoder(self.tokens(tokens) + self.places)).mean(1))


def scheduled(
    model: nn.Module, batch: Any, loss: Callable[..., Tensor], optimizer: torch.optim.Optimizer
) -> Tensor:
    """A step at a rate that warms up over 20 steps and then falls as a cosine to a tenth."""
    for group in optimizer.param_groups:
        group["steps"] = group.get("steps", 0) + 1
        warm, over = min(group["steps"] / 20, 1), min(group["steps"] / 200, 1)
        group["lr"] = 3e-3 * warm * (0.55 + 0.45 * math.cos(math.pi * over))
    optimizer.zero_grad()
    value = loss(model(batch[0]), batch[1])
    value.backward()
    optimizer.step()
    return value


def token_transformer() -> dict[str, Any]:
    """Token sequences by their kind, a small transformer with AdamW, warm-up and cosine."""
    source = torch.Generator().manual_seed(10)
    y = torch.randint(0, 5, (1200,), generator=source)
    chances = torch.rand(5, 32, generator=source) ** 3
    x = torch.multinomial(chances[y], 24, replacement=True, generator=source)
    train, val = data.loaders(data.split(x, y, 1000), 40)
    model = SmallTransformer().train()
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.AdamW(model.parameters(), lr=1.5e-4, weight_decay=0.01),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 8,
        "train_step": scheduled,
        "families": set(),
    }


class Autoencoder(nn.Module):
    """(N, 1, 16, 16) in 0..1 to the same, through 24 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(16, 32, 4, 2, 1),
            nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(32 * 16, 24),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(24, 32 * 16), nn.LeakyReLU(0.2), nn.Unflatten(1, (32, 4, 4)),
            nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(16, 1, 4, 2, 1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))


def digit_autoencoder() -> dict[str, Any]:
    """Digits squeezed through 24 numbers and drawn again."""
    x, _, vx, _ = data.digits(16)
    train, val = data.loaders((x, x, vx, vx), 32)
    model = Autoencoder()
    return {
        "model": model,
        "loss": nn.MSELoss(),
        "optimizer": torch.optim.Adam(model.parameters(), lr=2e-3),
        "train_loader": train,
        "val_loader": val,
        "task": "image",
        "epochs": 15,
        "train_step": None,
        "families": set(),
    }


@cache
def backbone() -> nn.Sequential:
    """Convolutions that learnt single digits before; frozen, always in evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        x, y, _, _ = data.digits(12)
        features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d((3, 6)),
            nn.Flatten(),
        )  # fmt: skip
        head = nn.Linear(32 * 18, 10)
        optimizer = torch.optim.Adam([*features.parameters(), *head.parameters()])
        for start in range(0, 15 * len(x), 32):
            rows = torch.arange(start, start + 32) % len(x)
            optimizer.zero_grad()
            F.cross_entropy(head(features(x[rows])), y[rows]).backward()
            optimizer.step()
    return features.requires_grad_(False)


class PairTagger(nn.Module):
    """(N, 1, 12, 24), two digits side by side, to a score for each digit's presence (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = backbone()
        self.head = nn.Sequential(nn.Linear(32 * 18, 96), nn.ReLU(), nn.Linear(96, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


def pairs(x: Tensor, y: Tensor, count: int) -> tuple[Tensor, Tensor]:
    source = torch.Generator().manual_seed(count)
    left, right = torch.randint(0, len(x), (2, count), generator=source)
    present = torch.maximum(F.one_hot(y[left], 10), F.one_hot(y[right], 10)).float()
    return torch.cat([x[left], x[right]], 3), present


def pair_multilabel() -> dict[str, Any]:
    """Which digits a pair shows, a head on a frozen backbone."""
    x, y, vx, vy = data.digits(12)
    train, val = data.loaders((*pairs(x, y, 3000), *pairs(vx, vy, 400)), 50)
    model = PairTagger()
    return {
        "model": model,
        "loss": nn.BCEWithLogitsLoss(),
        "optimizer": torch.optim.Adam(model.head.parameters(), lr=2e-3),
        "train_loader": train,
        "val_loader": val,
        "task": "multilabel",
        "epochs": 12,
        "train_step": None,
        "families": set(),
    }


PROGRAMS: list[Callable[[], dict[str, Any]]] = [
    digit_cnn, table_regression, wave_lstm, token_transformer, digit_autoencoder, pair_multilabel,
]  # fmt: skip
