"""What joins, what it weighs, when it stops; and that it helps where there is something to gain."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from irodori.lab.ensemble import Joined, PseudoLabels, label, self_train
from irodori.lab.ensemble.self_training import _is_worse
from irodori.lab.errors import LabError


def moons(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Two half circles around each other, (count, 2), and which each point is of."""
    generator = torch.Generator().manual_seed(seed)
    kind = torch.arange(count) % 2
    angle = torch.rand(count, generator=generator) * torch.pi
    points = torch.stack([angle.cos(), angle.sin()], 1)
    points[kind == 1] = torch.tensor([1.0, 0.4]) - points[kind == 1]
    return points + 0.08 * torch.randn(count, 2, generator=generator), kind


def trained(given: Tensor, right: Tensor, weight: Tensor) -> nn.Module:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    for _ in range(150):
        loss = (F.cross_entropy(model(given), right, reduction="none") * weight).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def test_it_gains_on_what_has_no_labels() -> None:
    labelled, rest, test = moons(10, 5), moons(200, 11)[0], moons(400, 12)
    validation = DataLoader(TensorDataset(*moons(60, 14)), 16)

    def fit(pseudo: PseudoLabels) -> nn.Module:
        data = Joined(TensorDataset(*labelled), rest, pseudo)
        given, right, weight = next(iter(DataLoader(data, len(data))))
        assert len(given) == 10 + len(pseudo)
        return trained(given, right, weight.float())

    def right_of(model: nn.Module) -> float:
        return float((model(test[0]).argmax(1) == test[1]).float().mean())

    found = self_train(fit, DataLoader(TensorDataset(rest), 64), validation, confidence=0.7)
    assert len(found.pseudo) > 50
    assert bool((found.pseudo.weight >= 0.7).all())
    assert right_of(found.model) > right_of(fit(PseudoLabels.none())) + 0.01


class Fixed(nn.Module):
    """Right on a share of what it is asked, always sure."""

    def __init__(self, right: int) -> None:
        super().__init__()
        self.right = right

    def forward(self, x: Tensor) -> Tensor:
        answer = x[:, 0].long()
        answer = torch.where(torch.arange(len(x)) < self.right, answer, 1 - answer)
        return 3.0 * F.one_hot(answer, 2).float()


def data() -> tuple[list[tuple[Tensor, Tensor]], list[Tensor]]:
    right = torch.arange(20) % 2
    return [(right[:, None].float(), right)], [torch.zeros(20, 1)]


def test_it_stops_when_validation_worsens() -> None:
    models = iter([Fixed(12), Fixed(16), Fixed(9), Fixed(20)])
    validation, rest = data()
    found = self_train(lambda pseudo: next(models), rest, validation, confidence=0.5, rounds=9)
    assert [each.error for each in found.rounds] == pytest.approx([0.4, 0.2, 0.55])
    assert isinstance(found.model, Fixed)
    assert found.model.right == 16
    assert len(found.pseudo) == 20  # those that this model learnt from


def test_patience_waits_for_better_rounds() -> None:
    models = iter([Fixed(14), Fixed(8), Fixed(19), Fixed(12), Fixed(11), Fixed(20)])
    validation, rest = data()
    found = self_train(
        lambda pseudo: next(models), rest, validation, confidence=0.5, rounds=9, patience=2
    )
    assert isinstance(found.model, Fixed)
    assert found.model.right == 19
    assert len(found.rounds) == 5


def test_a_rise_by_chance_is_not_worse() -> None:
    lowest = torch.ones(20)
    shaken = lowest + torch.tensor([0.5, -0.5] * 10)
    assert not _is_worse(shaken + 0.05, lowest)
    assert _is_worse(shaken + 0.3, lowest)
    assert _is_worse(lowest + 0.05, lowest)  # every sample a little
    assert not _is_worse(lowest, lowest)


def test_only_the_sure_ones_are_labelled_with_calibrated_weights() -> None:
    logits = torch.tensor([[4.0, 0.0], [0.1, 0.0], [0.0, 8.0]])
    found = label(logits, 2.0, 0.8)
    assert found.index.tolist() == [0, 2]
    assert found.label.tolist() == [0, 1]
    assert found.weight.tolist() == pytest.approx([0.8808, 0.9820], abs=1e-4)


def test_true_labels_come_first_and_weigh_one() -> None:
    pseudo = PseudoLabels(torch.tensor([2]), torch.tensor([7]), torch.tensor([0.75]))
    joined = Joined([("a", 1), ("b", 2)], [("x",), ("y",), ("z",)], pseudo)
    assert [joined[place] for place in range(len(joined))] == [
        ("a", 1, 1.0),
        ("b", 2, 1.0),
        ("z", 7, 0.75),
    ]
    with pytest.raises(IndexError):
        joined[3]


def test_a_confidence_that_is_none() -> None:
    with pytest.raises(LabError, match="above 0"):
        self_train(lambda pseudo: Fixed(1), *reversed(data()), confidence=0.0)
