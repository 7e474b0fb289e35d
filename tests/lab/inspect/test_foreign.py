"""Every view on models that are not ours: a ResNet as torchvision writes it, and a transformer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from irodori.lab import inspect


class Block(nn.Module):
    """Two convolutions around a skip; one ReLU, in place, used twice."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
            if stride > 1
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Block(8, 8), Block(8, 8))
        self.layer2 = nn.Sequential(Block(8, 16, 2), Block(16, 16))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Sentences(nn.Module):
    """A small transformer encoder over word numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, dropout=0.1)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.words(x)).mean(1))


def train(model: nn.Module, batches: list[tuple[Tensor, Tensor]], path: Path) -> None:
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    with inspect.record(model, optimizer, path, every=2) as recorder:
        for inputs, labels in batches:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizer.step()
            recorder.step()


@pytest.fixture
def pictures() -> list[tuple[Tensor, Tensor]]:
    torch.manual_seed(0)
    return [(torch.rand(size, 3, 40, 56) * 2 - 1, torch.arange(size) % 5) for size in (6, 4, 6)]


def test_a_resnet(pictures: list[tuple[Tensor, Tensor]], tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = ResNet()
    train(model, pictures, tmp_path / "histories.jsonl")
    views = {
        "inputs": inspect.input_sheet(inspect.Side("training", pictures)),
        "values": inspect.value_histogram(inspect.Side("training", pictures)),
        "filters": inspect.filters(model),
        "gallery": inspect.gallery(model, "layer1.1.conv2", pictures, channels=[0, 3]),
        "relu": inspect.gallery(model, "layer2.0", pictures, channels=[1]),
        "graph": inspect.graph(model, pictures[0]),
        "weights": inspect.histories(tmp_path),
        "outputs": inspect.histories(tmp_path, "outputs"),
        "flow": inspect.flow(tmp_path),
        "summary": str(inspect.summary(model, pictures[0])),
    }
    shown = [(view, name) for name, view in views.items()]
    inspect.Page("ResNet", "", [inspect.Section("All", "", "all", shown)]).save(tmp_path / "p.html")
    # 7 wide, pooled by 3 at stride 2: 7 + 2 x 2; then four convolutions of 3 at stride 4.
    assert str(inspect.receptive_field(model, "layer1.1.conv2", pictures[0])) == "40 x 43 or more"
    scored = inspect.score(model, pictures, nn.CrossEntropyLoss(reduction="none"))
    assert inspect.sample_sheet(scored[:3]).height > 100
    assert inspect.saliency(model, pictures[0][0]).shape == (6, 40, 56)


def test_a_transformer(tmp_path: Path) -> None:
    torch.manual_seed(1)
    sentences = [(torch.randint(0, 50, (size, 9)), torch.arange(size) % 3) for size in (5, 7, 5)]
    model = Sentences()
    train(model, sentences, tmp_path / "histories.jsonl")
    for kind in ("weights", "outputs", "gradients"):
        inspect.histories(tmp_path, kind).savefig(tmp_path / f"{kind}.png")
    inspect.flow(tmp_path).savefig(tmp_path / "flow.png")
    inspect.graph(model, sentences[0]).savefig(tmp_path / "graph.png")
    assert "Embedding" in str(inspect.summary(model, sentences[0]))

    def say(words: Tensor, number: int) -> Tensor:
        changed = words.clone()
        changed[:, 4] = number
        return changed

    answers = inspect.answers_over(model, sentences[0][0], say, [1, 2, 3])
    assert len({tuple(answer.tolist()) for answer in answers}) == 3
