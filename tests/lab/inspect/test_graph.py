"""The graph has a node per use of a layer and an arrow per tensor handed on."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from irodori.lab.errors import LabError
from irodori.lab.inspect.graph import graph, trace


class Skip(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.first(x))
        x = self.relu(x + self.second(x))
        return self.head(x.mean((2, 3)))


def test_a_skip_connection() -> None:
    nodes = trace(Skip(), torch.zeros(2, 3, 8, 12))
    labels = [node.label.split("\n")[0] for node in nodes]
    assert labels == ["input", "first", "relu", "second", "add", "relu", "head"]
    assert [node.sources for node in nodes] == [[], [0], [1], [2], [2, 3], [4], [5]]
    assert nodes[3].shape == (2, 4, 8, 12)
    assert len(graph(Skip(), torch.zeros(2, 3, 8, 12)).axes[0].patches) >= 7


def test_a_transformer_and_a_network_without_layers() -> None:
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    nodes = trace(layer, torch.zeros(3, 7, 16))
    assert len(nodes) > 4
    assert all(source < number for number, node in enumerate(nodes) for source in node.sources)

    class Nothing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.unused = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return x * 2

    with pytest.raises(LabError, match="nothing to draw"):
        graph(Nothing(), torch.zeros(2, 3))
