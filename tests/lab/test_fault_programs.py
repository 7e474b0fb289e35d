"""The programs that the doctor is measured on: all can be built, stepped, and name their fault."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("sklearn")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
faults = importlib.import_module("faults")
verify = importlib.import_module("faults.verify")

FAMILIES = {
    "learning-rate", "activation", "loss", "optimizer", "initialization", "preprocessing",
    "labels", "training-length", "batch-size", "regularization", "architecture", "mode", "frozen",
    "gradient", "shape", "data-loading", "imbalance", "augmentation", "evaluation",
}  # fmt: skip
ROOMS = ("faults", "faults_unseen")
PROGRAMS = [(room, name) for room in ROOMS for name in faults.names(room)]


def stepped(program: dict[str, Any]) -> list[torch.Tensor]:
    """The weights after one step from the first batch."""
    step = program["train_step"] or verify.default_step
    batch = next(iter(program["train_loader"]))
    step(program["model"], batch, program["loss"], program["optimizer"])
    return list(program["model"].parameters())


def test_there_are_as_many_as_in_the_literature() -> None:
    assert [len(faults.names(room)) for room in ROOMS] == [32, 32]
    assert [len(importlib.import_module(f"{room}.healthy").PROGRAMS) for room in ROOMS] == [6, 6]


@pytest.mark.parametrize(("room", "name"), PROGRAMS)
def test_twins_differ_by_a_named_fault_and_the_fixed_one_learns(room: str, name: str) -> None:
    torch.manual_seed(0)
    module = faults.program(room, name)
    faulty, fixed = module.faulty(), module.fixed()
    assert faulty["families"]
    assert faulty["families"] <= FAMILIES
    assert not fixed["families"]
    before = [weight.detach().clone() for weight in fixed["model"].parameters()]
    after = stepped(fixed)
    assert all(bool(torch.isfinite(weight).all()) for weight in after)
    assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("room", ROOMS)
def test_healthy_programs_name_no_fault(room: str) -> None:
    for build in importlib.import_module(f"{room}.healthy").PROGRAMS:
        program = build()
        assert not program["families"]
        assert all(bool(torch.isfinite(weight).all()) for weight in stepped(program))
