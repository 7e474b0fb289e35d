"""Sizes that pay and do not, where it is known which."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from irodori.lab import tune
from irodori.lab.errors import LabError
from irodori.lab.tune import Fit, Size


def known(size: Size, strength: float) -> Fit:
    """Width pays up to 32, a second layer pays, a third does not; 0.001 closes the gap."""
    width, layers = min(size.width, 32), min(size.layers, 2)
    best = 1.0 * 0.8 ** math.log2(width / 8) * 0.7 ** (layers - 1)
    off = abs(math.log10(max(strength, 1e-5) / 1e-3))
    validation = best * (1 + 0.1 * min(off, 2))
    training = best * 0.7 if strength < 1e-3 else validation * 0.95
    cost = size.width / 8 * size.layers
    return Fit(training, validation, memory=1e6 * cost, seconds=cost)


def test_it_grows_while_it_pays_and_regularizes_while_validation_gains() -> None:
    found = tune.capacity(known, worth=0.02, strength=1e-5)
    assert found.size == Size(2, 32)
    assert found.strength == pytest.approx(1e-3)
    assert "does not pay" in found.reason
    taken = [str(t.size) for t in found.sizes if t.taken]
    assert taken[0] == "1 layers, width 8"
    assert len(taken) == 4
    strengths = [t.strength for t in found.strengths]
    assert strengths[:4] == pytest.approx([0, 1e-5, 1e-4, 1e-3])  # by ten
    assert strengths[-2:] == pytest.approx([3e-3, 3.3e-4])  # then by three


def test_dear_growth_does_not_pay() -> None:
    found = tune.capacity(known, worth=0.4)
    assert found.size == Size(1, 8)


def test_growth_that_fails_is_kept_and_ends_it() -> None:
    def train(size: Size, strength: float) -> Fit:
        if size.width > 16 or size.layers > 1:
            raise MemoryError("cannot allocate")
        return known(size, strength)

    found = tune.capacity(train)
    assert found.size == Size(1, 16)
    failed = [t.failed for t in found.sizes if t.failed]
    assert set(failed) == {"out of memory: cannot allocate"}


def test_a_narrow_gap_is_left_alone() -> None:
    found = tune.capacity(lambda size, strength: Fit(0.99, 1.0, 1e6, 1.0))
    assert found.strength == 0
    assert "too little to regularize" in found.reason
    assert len(found.strengths) == 1


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "sizes.jsonl"
    first = tune.capacity(known, journal=path)

    def never(size: Size, strength: float) -> Fit:
        raise AssertionError

    assert tune.capacity(never, journal=path) == first


def test_a_first_model_that_fails_is_said() -> None:
    def train(size: Size, strength: float) -> Fit:
        raise ValueError("no data")

    with pytest.raises(LabError, match=r"smallest model.*ValueError: no data"):
        tune.capacity(train)


def test_memory_counts_activations_and_weights() -> None:
    model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 3))
    parameters = sum(each.numel() for each in model.parameters())
    sizes = []
    for batch in (8, 16):
        x = torch.randn(batch, 10)
        sizes.append(tune.training_memory(model, lambda x=x: model(x)))  # type: ignore[misc]
    # the inputs and the outputs of the first layer are kept: 10 and 20 floats for each sample
    assert sizes[1] - sizes[0] == 8 * (10 + 20) * 4
    assert sizes[0] == 8 * (10 + 20) * 4 + 4 * 4 * parameters


def test_a_page_with_curves(tmp_path: Path) -> None:
    found = tune.capacity(known)
    found.save(tmp_path / "capacity.html")
    page = (tmp_path / "capacity.html").read_text(encoding="utf-8")
    assert "2 layers, width 32" in page
    assert "does not pay" in page
    assert page.count("<img") == 1
