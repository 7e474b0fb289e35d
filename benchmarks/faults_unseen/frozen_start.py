"""An encoder that starts at random and is frozen as if it had been trained before."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn, optim

from . import data


class Encoded(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 16, 5, 2, 2), nn.GELU(), nn.Conv2d(16, 16, 3, 2, 1), nn.GELU(),
            nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(),
        )  # fmt: skip
        self.head = nn.Sequential(nn.Linear(96, 24), nn.GELU(), nn.Linear(24, 4))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(x))


def build(*families: str) -> dict[str, Any]:
    model = Encoded()
    if families:
        for parameter in model.encoder.parameters():
            parameter.requires_grad = False
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return data.plan(
        model,
        nn.CrossEntropyLoss(),
        optim.AdamW(trained, lr=5e-3),
        data.feed(data.shapes(), 25),
        task="classification",
        epochs=25,
        families=families,
    )


def faulty() -> dict[str, Any]:
    return build("frozen")


def fixed() -> dict[str, Any]:
    return build()
