"""Watching a loop: what is seen, what is said, and that it leaves no trace."""

from __future__ import annotations

import math
import time
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori.lab import doctor
from irodori.lab.doctor.watch import KEPT, Watch


def network(activation: type[nn.Module] = nn.ReLU, depth: int = 2) -> nn.Sequential:
    torch.manual_seed(0)
    hidden: list[nn.Module] = []
    for _ in range(depth - 1):
        hidden += [nn.Linear(16, 16), activation()]
    return nn.Sequential(nn.Linear(5, 16), activation(), *hidden, nn.Linear(16, 3))


def batch(count: int = 64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(count, 5, generator=generator)
    return x, (x[:, 0] > 0).long() + (x[:, 1] > 0).long()


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    steps: int = 200,
    every: int = 5,
    scale: float = 1.0,
) -> Watch:
    x, y = batch()
    with doctor.watch(model, optimizer, every=every) as watch:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x * scale), y)
            loss.backward()
            optimizer.step()
            watch.step(loss)
    return watch


def codes(watch: Watch) -> list[str]:
    return [f.code for f in watch.findings]


def test_a_healthy_loop_is_left_in_peace() -> None:
    model = network()
    watch = train(model, torch.optim.Adam(model.parameters(), lr=1e-2))
    assert codes(watch) == []
    assert "All is well" in str(watch.report())


def test_training_goes_as_if_unwatched() -> None:
    results = []
    for watched in (False, True):
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        x, y = batch()
        watch = doctor.watch(model, optimizer, every=3)
        if watched:
            watch.__enter__()
        for _ in range(30):
            optimizer.zero_grad()
            loss = F.cross_entropy(F.dropout(model(x), 0.3), y)
            loss.backward()
            optimizer.step()
            if watched:
                watch.step(loss)
        if watched:
            watch.__exit__(None, None, None)
            assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())
            assert not optimizer._optimizer_step_pre_hooks
        results.append([p.detach().clone() for p in model.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


def test_the_numbers_are_those_of_the_tensors() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = batch()
    with doctor.watch(model, optimizer, every=1) as watch:
        weights = model[0].weight.detach().clone()
        hidden = model[0](x).detach()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        gradient = model[0].weight.grad
        assert gradient is not None
        optimizer.step()
        watch.step(loss)

    def size(t: Tensor) -> float:
        return float(t.square().mean().sqrt())

    sample = watch.record.samples[0]
    assert sample.weights["0.weight"] == pytest.approx(size(weights), rel=1e-4)
    assert sample.gradients["0.weight"] == pytest.approx(size(gradient), rel=1e-4)
    assert sample.updates["0.weight"] == pytest.approx(0.1 * size(gradient), rel=1e-3)
    assert sample.outputs["0"][0] == pytest.approx(float(hidden.detach().mean()), abs=1e-5)
    assert sample.outputs["0"][1] == pytest.approx(float(hidden.std(correction=0)), rel=1e-4)
    dead = float((torch.relu(hidden[:32]).amax(0) <= 0).float().mean())
    assert sample.outputs["1"][2] == pytest.approx(dead)
    assert watch.record.losses[0][1] == pytest.approx(float(loss.detach()))


def test_memory_stays_the_same() -> None:
    model = nn.Sequential(nn.Linear(2, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with doctor.watch(model, optimizer, every=1) as watch:
        for _ in range(3 * KEPT):
            optimizer.zero_grad()
            loss = model(torch.ones(4, 2)).square().mean()
            loss.backward()
            optimizer.step()
            watch.step(loss)
    assert len(watch.record.samples) <= KEPT
    assert len(watch.record.losses) <= 4 * KEPT
    assert watch.record.samples[-1].step == 3 * KEPT
    assert watch.record.samples[0].step == 1


def test_a_rate_that_blows_the_loss_up() -> None:
    model = network()
    watch = train(model, torch.optim.SGD(model.parameters(), lr=3.0, momentum=0.9), scale=10)
    assert codes(watch)[0] == "loss-surge"


def test_weights_that_move_too_far_to_learn() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    x, y = batch()
    with doctor.watch(model, optimizer, every=5) as watch:
        for step in range(100):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            with torch.no_grad():  # to and fro by half of each weight
                for parameter in model.parameters():
                    parameter.mul_(0.5 if step % 2 else 2.0)
            watch.step(loss)
    assert "updates-too-large" in codes(watch)


def test_a_rate_that_is_too_small() -> None:
    model = network()
    watch = train(model, torch.optim.SGD(model.parameters(), lr=1e-6))
    assert codes(watch) == ["updates-too-small"]


def test_vanishing_gradients() -> None:
    model = network(nn.Sigmoid, depth=8)
    watch = train(model, torch.optim.SGD(model.parameters(), lr=0.05))
    assert "vanishing-gradient" in codes(watch)


def test_dead_units() -> None:
    model = network()
    with torch.no_grad():
        model[0].bias.fill_(-100)
    watch = train(model, torch.optim.SGD(model.parameters(), lr=1e-2))
    assert "dead-units" in codes(watch)


def test_advice_is_about_the_rate_that_a_schedule_reaches() -> None:
    model = network()
    with torch.no_grad():
        model[0].bias.fill_(-100)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    rise = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: step * (200 - step) / 1e4)
    optimizer.register_step_post_hook(lambda *_: rise.step())
    assert optimizer.param_groups[0]["lr"] == 0
    watch = train(model, optimizer)
    finding = next(f for f in watch.findings if f.code == "dead-units")
    reached = float(finding.remedy.removeprefix("lr=").partition(";")[0])
    assert reached == pytest.approx(0.02, rel=0.05)


def test_saturated_units() -> None:
    model = network(nn.Tanh)
    with torch.no_grad():
        model[2].weight.mul_(200)
    watch = train(model, torch.optim.SGD(model.parameters(), lr=1e-3), scale=500)
    assert "saturated-units" in codes(watch)


def test_parameters_that_never_move() -> None:
    model = network()
    watch = train(model, torch.optim.Adam(model[4].parameters(), lr=1e-2))
    finding = next(f for f in watch.findings if f.code == "not-in-optimizer")
    assert finding.family == "optimizer"
    assert "0.weight" in finding.evidence[0]


class Logs(nn.Module):
    """Takes the logarithm of what may be below zero."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x)


def losses(kind: str, out: Tensor, y: Tensor) -> Tensor:
    if kind == "loss":
        return F.cross_entropy(out, y) + torch.log(out.sum() * 0)  # log 0
    return F.cross_entropy(out, y)


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize(
    ("kind", "family", "words"),
    [
        ("inputs", "preprocessing", "the inputs"),
        ("forward", "gradient", "model.2 turns finite"),
        ("loss", "loss", "the loss"),
    ],
)
def test_where_a_nan_comes_from(kind: str, family: str, words: str, every: int) -> None:
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), Logs() if kind == "forward" else nn.Tanh(),
                          nn.Linear(8, 3))  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = batch()
    if kind == "inputs":
        x[3, 1] = math.nan
    with doctor.watch(model, optimizer, every=every) as watch:
        for _ in range(3):
            optimizer.zero_grad()
            loss = losses(kind, model(x), y)
            loss.backward()
            optimizer.step()
            watch.step(loss)
    finding = watch.findings[0]
    assert (finding.code, finding.family) == ("nan", family)
    assert words in finding.evidence[0]


def test_a_discriminator_that_has_won() -> None:
    model = network()
    with doctor.watch(model, torch.optim.SGD(model.parameters(), lr=0.1)) as watch:
        for step in range(200):
            watch.step({"discriminator": 0.7 * 0.95**step, "generator": 0.7 + 0.05 * step})
    assert codes(watch)[0] == "discriminator-won"


def test_an_even_match_is_left_in_peace() -> None:
    model = network()
    with doctor.watch(model, torch.optim.SGD(model.parameters(), lr=0.1)) as watch:
        for step in range(200):
            swing = 0.1 * math.sin(step)
            watch.step({"discriminator": 0.7 + swing, "generator": 0.7 - swing})
    assert "discriminator-won" not in codes(watch)


def test_overfitting_is_told_from_the_validation_loss() -> None:
    model = network()
    x, y = batch()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with doctor.watch(model, optimizer) as watch:
        for step in range(200):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            watch.step(loss)
            if step % 10 == 9:
                watch.validation(1.0 + 0.02 * abs(step - 50))
    assert codes(watch) == ["overfitting"]


@pytest.mark.parametrize(("reading", "found"), [(0.09, ["waiting-for-data"]), (0.03, [])])
def test_waiting_for_data(
    monkeypatch: pytest.MonkeyPatch, reading: float, found: list[str]
) -> None:
    """A batch takes `reading` seconds to come, a step 0.05, by a clock that no load slows."""
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    x, y = batch()
    with doctor.watch(model, optimizer) as watch:
        for _ in range(45):
            now += reading
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            now += 0.05
            loss.backward()
            optimizer.step()
            watch.step(loss)
    assert codes(watch) == found


def test_a_page_of_what_was_watched(tmp_path: Any) -> None:
    model = network()
    watch = train(model, torch.optim.SGD(model.parameters(), lr=3.0, momentum=0.9), scale=10)
    report = watch.report()
    report.save(tmp_path / "watched.html")
    logged: list[tuple[str, str, int]] = []
    writer = SimpleNamespace(add_text=lambda *values: logged.append(values))
    report.log(writer, step=7)
    assert "The loss surges" in logged[0][1]
    text = (tmp_path / "watched.html").read_text()
    assert text.count("<svg") >= 2
    assert "The loss surges" in text
