"""A summary counts what is there: shapes, parameters, multiply-adds, fields."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from irodori.lab.inspect.summary import summary


class Small(nn.Module):
    """A frozen convolution, one used twice, a head, and a layer that is never used."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.first.requires_grad_(False)
        self.again = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(8, 5)
        self.forgotten = nn.Linear(7, 7)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.again(self.relu(self.first(x))))
        return self.head(self.again(x).mean((2, 3)))


def test_every_figure() -> None:
    found = summary(Small(), torch.zeros(2, 3, 20, 28))
    layers = {layer.name: layer for layer in found.layers}
    assert [layer.name for layer in found.layers] == ["first", "relu", "again", "head", "forgotten"]
    assert layers["first"].shape == (2, 8, 10, 14)
    assert (layers["first"].trainable, layers["first"].frozen) == (0, 3 * 8 * 9 + 8)
    assert layers["first"].multiply_adds == 2 * 10 * 14 * 8 * 27
    assert layers["again"].multiply_adds == 2 * (2 * 10 * 14 * 8 * 72)
    assert (layers["again"].uses, layers["relu"].uses, layers["forgotten"].uses) == (2, 2, 0)
    assert layers["head"].multiply_adds == 2 * 8 * 5
    assert layers["first"].field == "3 x 3"
    assert found.trainable == 8 * 72 + 45 + 56
    assert found.frozen == 224
    assert found.multiply_adds == sum(layer.multiply_adds for layer in found.layers)


def test_printed_it_is_a_table() -> None:
    text = str(summary(Small(), torch.zeros(2, 3, 20, 28)))
    lines = text.splitlines()
    assert len(lines) == 2 + 5 + 1
    assert "never used" in text
    assert "again (x2)" in text


def test_a_transformer_has_no_fields() -> None:
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, dropout=0.3)
    found = summary(layer, torch.zeros(3, 7, 16))
    assert {each.field for each in found.layers} == {""}
    assert found.multiply_adds > 0
    assert found.trainable == sum(each.numel() for each in layer.parameters())
    assert layer.training
