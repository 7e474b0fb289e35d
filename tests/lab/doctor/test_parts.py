"""The parts that judgements rest on, each against something known."""

from __future__ import annotations

import functools
import random
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from irodori.lab.doctor.batches import chosen, gather, joined, rows
from irodori.lab.doctor.copying import Program, nothing_changed
from irodori.lab.doctor.finding import FAMILIES
from irodori.lab.doctor.losses import recognize
from irodori.lab.doctor.ops import Change, Changed, Trace
from irodori.lab.doctor.pairing import agreement
from irodori.lab.doctor.task import Goal, infer, score

# ----------------------------------------------------------------------------------------- copies


def test_a_copy_points_at_itself() -> None:
    model = nn.Linear(3, 2)
    weight = model.weight
    loss = functools.partial(
        lambda scale, o, t: scale * (o - t).square().mean() + weight.sum(), 2.0
    )
    optimizer = torch.optim.Adam(model.parameters())
    twin = Program(model, loss, [optimizer]).copy()
    assert twin.optimizer[0].param_groups[0]["params"][0] is twin.model.weight
    value = twin.loss(twin.model(torch.ones(4, 3)), torch.zeros(4, 2))
    value.backward()
    assert twin.model.weight.grad is not None
    assert model.weight.grad is None


def test_a_lost_parameter_stays_lost() -> None:
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.weight = nn.Parameter(torch.zeros(2, 3))
    twin = Program(model, None, optimizer).copy()
    held = twin.optimizer.param_groups[0]["params"]
    assert all(p is not twin.model.weight for p in held)
    assert any(p is twin.model.bias for p in held)


def test_hooks_of_a_copy_do_not_reach_the_original() -> None:
    model, seen = nn.Linear(3, 2), []
    model.register_forward_hook(lambda *_: seen.append(1))
    Program(model, None, None).copy().model(torch.ones(1, 3))
    assert seen == []


def test_weights_that_are_computed_can_be_copied() -> None:
    model = parametrizations.spectral_norm(nn.Linear(3, 2))
    twin = Program(model, None, None).copy().model.eval()
    x = torch.randn(4, 3)
    assert torch.equal(twin(x), model.eval()(x))


def test_what_is_changed_through_a_global_is_given_back() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    rng = np.random.default_rng(3)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    state, drawn = rng.bit_generator.state, random.getstate()
    with nothing_changed(Program(model, None, None), [rng]):
        model(torch.randn(8, 2)).sum().backward()
        model[0].weight.data += 1
        model.eval()
        rng.random(), random.random(), torch.randn(3)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert model.training
    assert model[0].weight.grad is None
    assert rng.bit_generator.state == state
    assert random.getstate() == drawn


# -------------------------------------------------------------------------------------- operations


class Written(nn.Module):
    """Activations as functions and methods, not as modules."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.b(self.a(x).relu())
        return torch.softmax(self.c(F.dropout(x, 0.1, self.training)), dim=1)


def test_operations_are_found_however_they_are_written() -> None:
    model = Written()
    with torch.no_grad(), Trace(model) as trace:
        model(torch.randn(5, 3))
    assert [c.name for c in trace.hidden_activations()] == ["relu"]
    assert [c.name for c in trace.last_activations()] == ["softmax"]
    assert [c.module for c in trace.missing_activations()] == ["c"]


@pytest.mark.parametrize("training", [True, False])
def test_an_operation_is_replaced_in_both_modes(training: bool) -> None:
    model = nn.Sequential(
        nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2), nn.Sigmoid()
    )
    x = torch.randn(6, 3)
    model.train()
    with torch.no_grad(), Trace(model) as trace:
        model(x)
    last = trace.last_activations()[0]
    model.train(training)
    bare = Changed(model, Change(swap={last.index: lambda t: t}))
    with torch.no_grad():
        assert torch.allclose(torch.sigmoid(bare(x)), model(x), atol=1e-5)


# ------------------------------------------------------------------------------------------ scores


@given(st.integers(2, 6), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_scores_are_one_for_right_and_zero_for_constant_answers(classes: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    y = torch.cat([torch.arange(classes), torch.randint(0, classes, (30,), generator=generator)])
    goal = Goal("classification", classes=classes)
    right = F.one_hot(y, classes).float()
    constant = torch.zeros(len(y), classes)
    constant[:, int(y.mode().values)] = 1
    assert score(right, y, goal) == pytest.approx(1)
    assert score(constant, y, goal) == pytest.approx(0, abs=1e-6)
    values = torch.randn(40, 1, generator=generator)
    assert score(values, values, Goal("regression")) == pytest.approx(1)
    mean = values.mean().expand(40, 1)
    assert score(mean, values, Goal("regression")) == pytest.approx(0, abs=1e-5)
    assert score(values * float("nan"), values, Goal("regression")) == -1


@pytest.mark.parametrize(
    ("output", "target", "task"),
    [
        (torch.randn(8, 3), torch.arange(8) % 3, "classification"),
        (torch.randn(8, 3), F.one_hot(torch.arange(8) % 3, 3).float(), "classification"),
        (torch.randn(8, 1), (torch.arange(8) % 2).float()[:, None], "binary"),
        (torch.randn(8), torch.arange(8) % 2, "binary"),
        (torch.randn(8, 3), torch.tensor([[1.0, 1, 0]] * 8), "multilabel"),
        (torch.randn(8, 1), torch.linspace(0, 3, 8)[:, None], "regression"),
        (torch.randn(8, 3, 9, 7), torch.rand(8, 3, 9, 7), "image"),
        (torch.randn(8, 5, 3), torch.arange(40).reshape(8, 5) % 3, "classification"),
    ],
)
def test_the_task_is_inferred(output: Tensor, target: Tensor, task: str) -> None:
    assert infer(output, target).task == task


# ------------------------------------------------------------------------------------------ losses


def by_hand(output: Tensor, target: Tensor) -> Tensor:
    return -torch.log_softmax(output, 1).gather(1, target[:, None]).mean()


@pytest.mark.parametrize(
    ("loss", "kind", "own"),
    [
        (nn.CrossEntropyLoss(), "cross_entropy", True),
        (by_hand, "cross_entropy", True),
        (nn.NLLLoss(), "nll", False),
        (nn.MultiMarginLoss(), "hinge", False),
    ],
)
def test_losses_of_classes_are_recognized(loss: Any, kind: str, own: bool) -> None:
    target = torch.arange(12) % 3
    facts = recognize(loss, torch.randn(12, 3), target, Goal("classification", classes=3))
    assert (facts.kind, facts.own_softmax) == (kind, own)
    assert not facts.upside_down
    assert not facts.summed


def test_sums_signs_and_shapes_of_losses() -> None:
    output, target, goal = torch.randn(12, 1), torch.randn(12), Goal("regression")
    assert recognize(nn.L1Loss(reduction="sum"), output, target[:, None], goal).summed
    assert recognize(lambda o, t: -F.mse_loss(o, t), output, target[:, None], goal).upside_down
    by_difference = recognize(lambda o, t: (o - t).pow(2).mean(), output, target, goal)
    assert by_difference.shapes == ((12, 1), (12,))
    assert by_difference.kind == "mse"


# -------------------------------------------------------------------------------- batches and pairs


def test_batches_are_kept_and_joined() -> None:
    batches = [{"x": torch.ones(3, 2), "y": (torch.zeros(3), "name")} for _ in range(4)]
    data = gather(batches, passes=2, seconds=5, name="train_loader")
    assert data.complete
    assert len(data.epochs) == 2
    whole = joined(data.first)
    assert whole["x"].shape == (12, 2)
    assert rows(chosen(whole, torch.tensor([0, 5]))) == 2
    batches[0]["x"].fill_(7)  # type: ignore[union-attr]
    assert float(data.first[0]["x"].max()) == 1


def test_neighbours_tell_pairs_from_mixed_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(300) % 3
    x = F.one_hot(y, 3).float() + 0.3 * torch.randn(300, 3, generator=generator)
    own, chance = agreement(x, y)
    mixed, _ = agreement(x, y[torch.randperm(300, generator=generator)])
    assert own - chance > 0.5
    assert abs(mixed - chance) < 0.1


def test_every_family_is_one_word() -> None:
    assert len(FAMILIES) == 19
    assert all(f == f.lower() and " " not in f for f in FAMILIES)
