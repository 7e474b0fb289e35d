"""A tag per step, where padding doubles as a class and sigmoids meet cross-entropy."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from . import data


def sequences() -> data.Split:
    """60 sequences, at most 20 steps of 5 numbers, padded with 0; per step 0 (padding), 1 or 2."""
    source = torch.Generator().manual_seed(6)
    x = torch.randn(60, 20, 5, generator=source)
    smooth = (x + x.roll(1, 1)).sum(2)
    y = 1 + (smooth > 0).long()
    lengths = torch.randint(8, 21, (60, 1), generator=source)
    real = torch.arange(20) < lengths
    return data.split(x * real.unsqueeze(2), y * real, 40)


class Tagger(nn.Module):
    """(N, 20, 5) to (N, classes, 20)."""

    def __init__(self, classes: int, *, sigmoid: bool) -> None:
        super().__init__()
        self.lstm = nn.LSTM(5, 20, bidirectional=True, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(40, classes)
        self.sigmoid = sigmoid

    def forward(self, x: Tensor) -> Tensor:
        lengths = (x != 0).any(2).sum(1)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=20)
        scores = self.head(self.dropout(states)).transpose(1, 2)
        return torch.sigmoid(scores) if self.sigmoid else scores


def faulty() -> dict[str, Any]:
    train, val = data.loaders(sequences(), 8)
    model = Tagger(3, sigmoid=True)
    accepted = {"training-length", "labels", "architecture", "activation", "learning-rate"}
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.01),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 10,
        "train_step": None,
        "families": accepted,
    }


def fixed() -> dict[str, Any]:
    x, y, vx, vy = sequences()
    y, vy = (labels.sub(1).masked_fill(labels == 0, -100) for labels in (y, vy))
    train, val = data.loaders((x, y, vx, vy), 8)
    model = Tagger(2, sigmoid=False)
    return {
        "model": model,
        "loss": nn.CrossEntropyLoss(ignore_index=-100),
        "optimizer": torch.optim.Adam(model.parameters(), lr=0.01),
        "train_loader": train,
        "val_loader": val,
        "task": "classification",
        "epochs": 30,
        "train_step": None,
        "families": set(),
    }


def symptom(program: dict[str, Any]) -> float:
    """Share of the real steps of the validation sequences that get their tag."""
    x, y = program["val_loader"].dataset.tensors
    guess = program["model"].eval()(x).argmax(1)
    real = (x != 0).any(2)
    return (guess == y)[real].float().mean().item()
