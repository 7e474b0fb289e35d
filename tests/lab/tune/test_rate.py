"""Rates proposed for trainings whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from irodori.lab import tune
from irodori.lab.errors import LabError

Report = Callable[[float], None]


def regression(
    steps: int = 40, begun: list[float] | None = None
) -> Callable[[float, Report], None]:
    """A linear model on unlike inputs, by SGD: it diverges above a rate of about 0.1."""
    x = torch.randn(64, 6, generator=torch.Generator().manual_seed(1)) * torch.tensor(
        [4.0, 1, 1, 1, 0.5, 0.5]
    )
    y = x @ torch.ones(6, 1)

    def train(rate: float, report: Report) -> None:
        if begun is not None:
            begun.append(rate)
        torch.manual_seed(0)
        model = nn.Linear(6, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        for _ in range(steps):
            loss = ((model(x) - y) ** 2).mean()
            report(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return train


def test_the_rate_below_the_one_that_diverges() -> None:
    found = tune.rate(regression())
    by_rate = {curve.rate: curve for curve in found.curves}
    assert 0.009 <= found.proposed <= 0.1
    assert "times the first" in by_rate[1.0].ended
    assert len(by_rate[1.0].losses) < 10, "a run that went to pieces is not trained to its end"
    assert by_rate[1e-7].end == pytest.approx(by_rate[1e-7].start, rel=1e-3)
    assert f"with {found.proposed:g} the loss falls from" in found.reason
    assert len(found.curves) == 10  # eight powers of ten, and three times either side of the best


def test_failures_are_curves_with_a_reason() -> None:
    plain = regression()

    def train(rate: float, report: Report) -> None:
        if rate == 0.1:
            raise MemoryError
        if rate == 0.001:
            report(1.0)
            report(float("nan"))
        plain(rate, report)

    found = tune.rate(train, fine=False)
    ended = {curve.rate: curve.ended for curve in found.curves}
    assert ended[0.1] == "out of memory"
    assert ended[0.001] == "the loss was no number after 2 steps"
    assert found.proposed == 0.01
    assert "out of memory" in found.reason


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    begun: list[float] = []
    path = tmp_path / "rates.jsonl"
    first = tune.rate(regression(begun=begun), journal=path)
    path.write_text(path.read_text() + '{"name": "rate 1e-0')  # cut off by a crash
    assert len(begun) == 10
    assert tune.rate(regression(begun=begun), journal=path) == first
    assert len(begun) == 10


def test_no_rate_that_learns_is_said() -> None:
    with pytest.raises(LabError, match="no rate lowers the loss"):
        tune.rate(lambda rate, report: [report(1.0) for _ in range(5)])


def test_a_page_with_curves(tmp_path: Path) -> None:
    found = tune.rate(regression())
    found.save(tmp_path / "rate.html", sub="a linear model")
    page = (tmp_path / "rate.html").read_text(encoding="utf-8")
    assert f"Train with a rate of {found.proposed:g}" in page
    assert "times the first" in page
    assert page.count("<img") == 1
