"""Rates over time, the average of weights, what is frozen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from irodori.training.design import Kit
from irodori.training.designs import build
from irodori.training.errors import TrainingError
from irodori.training.optimization import (
    Average,
    freeze,
    painters_optimizer,
    rate_factor,
    set_rate,
    trainable_mode,
)
from irodori.training.recipe import Recipe
from irodori.training.runs import kit_for

Tiny = Callable[..., Recipe]


def test_schedules(tiny: Tiny) -> None:
    def at(schedule: str, step: int, progress: float = 0.0, drops: int = 0) -> float:
        recipe = tiny("baseline", schedule=schedule, warmup=10, decay_every=50)
        return rate_factor(recipe, step, progress, drops)

    assert [at("constant", step) for step in (0, 4, 9, 500)] == [0.1, 0.5, 1, 1]
    assert at("cosine", 100, 0.0) == 1
    assert at("cosine", 100, 0.5) == pytest.approx(0.5)
    assert at("cosine", 100, 1.0) == pytest.approx(0)
    assert at("step", 49) == 1
    assert at("step", 50) == 0.95
    assert at("step", 120) == pytest.approx(0.95**2)
    assert at("plateau", 100, 0.3, drops=2) == 0.25


def test_the_average_follows_and_early_weights_fade() -> None:
    network = nn.Linear(3, 2)
    average = Average(network, 0.9)
    with torch.no_grad():
        for number in range(200):
            network.weight.fill_(number / 100)
            average.update(network)
    # The mean age of what an average of decay d holds is d / (1 - d) = 9 updates.
    assert average.network.weight[0, 0].item() == pytest.approx(1.99 - 0.09, abs=0.005)
    assert not average.network.weight.requires_grad


def test_without_decay_the_average_is_the_network() -> None:
    network = nn.BatchNorm2d(3)
    average = Average(network, 0.0)
    network(torch.rand(4, 3, 5, 6) * 3)
    average.update(network)
    for mine, theirs in zip(
        average.network.state_dict().values(), network.state_dict().values(), strict=True
    ):
        assert torch.equal(mine, theirs)


def test_frozen_weights_are_nobodys_to_move(tiny: Tiny) -> None:
    import dataclasses

    design = build("transfer", Kit(colors=torch.zeros(1, 3), debug=True))
    design = dataclasses.replace(design, frozen=("seer.conv1.", "seer.bn1."), slower={"seer.": 0.1})
    freeze(design)
    trainable_mode(design)
    optimizer = painters_optimizer(design, tiny("transfer"))
    set_rate(optimizer, 1e-3)
    assert sorted(group["lr"] for group in optimizer.param_groups) == pytest.approx([1e-4, 1e-3])
    moved = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
    seer = design.network.seer
    assert id(seer.conv1.weight) not in moved
    assert id(seer.layer2[0].conv1.weight) in moved
    assert not seer.bn1.training
    assert seer.layer1[0].bn1.training


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, torch.optim.AdamW),
        ({"weight_decay": 0.0}, torch.optim.Adam),
        ({"optimizer": "sgd"}, torch.optim.SGD),
    ],
)
def test_optimizers(tiny: Tiny, changes: dict[str, object], kind: type) -> None:
    design = build("baseline", Kit(colors=torch.zeros(1, 3), debug=True))
    optimizer = painters_optimizer(design, tiny("baseline", **changes))
    assert type(optimizer) is kind
    if kind is torch.optim.SGD:
        assert optimizer.defaults["nesterov"]


def test_what_the_recipe_freezes_stays_and_must_be_there(tiny: Tiny) -> None:
    kit = kit_for(tiny("quick", freeze="encoder."), {})
    design = build("quick", kit)
    freeze(design)
    learning = {name for name, each in design.network.named_parameters() if each.requires_grad}
    assert learning
    assert all(name.startswith("painter.") for name in learning)
    with pytest.raises(TrainingError, match=r"it has encoder\., painter\."):
        build("quick", replace(kit, frozen=("decoder.",)))
