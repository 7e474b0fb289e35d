"""Faults that are named, trainings that are left in peace, and odd models that are coped with."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from irodori.lab import doctor
from irodori.lab.errors import LabError, ProgramError

Make = Callable[..., dict[str, Any]]


def named(program: dict[str, Any]) -> list[str]:
    """The first two different families of the findings."""
    found = doctor.examine(**program).findings
    return list(dict.fromkeys(f.family for f in found))[:2]


def test_a_healthy_training_is_left_in_peace(make: Make) -> None:
    report = doctor.examine(**make())
    assert report.findings == []
    assert len(report.checked) > 15
    assert "All is well" in str(report)


def mlp(*last: nn.Module, outputs: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, outputs), *last)


def test_softmax_twice(make: Make) -> None:
    assert named(make(mlp(nn.Softmax(1))))[0] == "activation"


def test_softmax_over_one_output(make: Make) -> None:
    x = torch.randn(200, 5)
    data = x, (x[:, :1] > 0).float()
    program = make(mlp(nn.Softmax(1), outputs=1), data, loss=nn.BCELoss())
    assert named(program)[0] == "activation"


def test_a_rate_that_is_too_large(make: Make) -> None:
    program = make()
    program["optimizer"] = torch.optim.SGD(program["model"].parameters(), lr=30.0)
    assert named(program)[0] == "learning-rate"


def test_a_training_that_is_too_short(make: Make) -> None:
    assert set(named(make(lr=1e-3, epochs=1))) & {"training-length", "learning-rate"}


def test_inputs_that_are_not_scaled(make: Make) -> None:
    x, y = make()["train_loader"].dataset.tensors
    program = make(data=(x * 3000 + 5000, y))
    program["optimizer"] = torch.optim.SGD(program["model"].parameters(), lr=0.05)
    assert named(program)[0] == "preprocessing"


def test_labels_shuffled_apart(make: Make) -> None:
    program = make()
    x, y = program["train_loader"].dataset.tensors
    mixed = y[torch.randperm(len(y), generator=torch.Generator().manual_seed(1))]
    program["train_loader"] = DataLoader(TensorDataset(x, mixed), batch_size=20, shuffle=True)
    assert named(program)[0] == "labels"


def test_targets_that_are_no_probabilities(make: Make) -> None:
    x = torch.randn(200, 5)
    data = x, torch.sign(x[:, :1])
    program = make(mlp(outputs=1), data, loss=nn.BCEWithLogitsLoss(), task="binary")
    assert named(program)[0] == "labels"


class Turning(torch.utils.data.Dataset[tuple[Tensor, Tensor]]):
    """Samples with noise as large as they are; plain ones underneath."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.x[index] + 8 * torch.randn(5), self.y[index]


def test_augmentation_that_is_too_strong(make: Make) -> None:
    program = make()
    loader = DataLoader(Turning(*program["train_loader"].dataset.tensors), 20, shuffle=True)
    assert named(program | {"train_loader": loader})[0] == "augmentation"


def test_a_loss_that_broadcasts(make: Make) -> None:
    x = torch.randn(200, 5)
    program = make(mlp(outputs=1), (x, x.sum(1)), loss=nn.MSELoss())
    finding = doctor.examine(**program).findings[0]
    assert (finding.family, finding.severity) == ("shape", "error")
    assert "(20, 1)" in finding.evidence[0]
    assert "(20,)" in finding.evidence[0]


def test_a_loss_with_the_wrong_sign(make: Make) -> None:
    assert named(make(loss=lambda o, t: -F.cross_entropy(o, t)))[0] == "loss"


def test_weights_that_start_equal(make: Make) -> None:
    model = mlp()
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    assert named(make(model))[0] == "initialization"


def test_softmax_over_the_batch(make: Make) -> None:
    class OverBatch(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = mlp()

        def forward(self, x: Tensor) -> Tensor:
            return torch.log(torch.softmax(self.inner(x), dim=0) + 1e-9)

    finding = doctor.examine(**make(OverBatch())).findings[0]
    assert (finding.code, finding.family) == ("samples-mixed", "shape")


def test_parameters_missing_from_the_optimizer(make: Make) -> None:
    program = make()
    program["optimizer"] = torch.optim.Adam(program["model"][2].parameters(), lr=1e-2)
    finding = doctor.examine(**program).findings[0]
    assert finding.family == "optimizer"
    assert "0.weight" in finding.evidence[0]


def test_gradients_that_are_never_cleared(make: Make) -> None:
    def step(model: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Tensor:
        value: Tensor = loss(model(batch[0]), batch[1])
        value.backward()
        optimizer.step()
        return value

    assert named(make(train_step=step))[0] == "gradient"


def test_gradients_gathered_over_several_steps_are_meant(make: Make) -> None:
    count = [0]

    def step(model: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Tensor:
        value: Tensor = loss(model(batch[0]), batch[1])
        value.backward()
        count[0] += 1
        if count[0] % 2 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return value

    assert named(make(train_step=step)) == []
    assert count == [0]


class WrongGradient(torch.autograd.Function):
    """Doubles, and says that it makes smaller."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return -0.1 * gradients[0]


def test_a_gradient_written_by_hand_is_checked(make: Make) -> None:
    class Doubled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(5, 16), nn.Linear(16, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(torch.tanh(WrongGradient.apply(self.first(x))))

    finding = doctor.examine(**make(Doubled())).findings[0]
    assert (finding.code, finding.family) == ("wrong-gradient", "gradient")
    assert "WrongGradient" in finding.where


def test_validation_scaled_by_itself(make: Make) -> None:
    program = make()
    parts = [program[k].dataset.tensors for k in ("train_loader", "val_loader")]
    parts = [((x - x.mean(0)) / x.std(0), y) for x, y in parts]
    program["train_loader"] = DataLoader(TensorDataset(*parts[0]), batch_size=20, shuffle=True)
    program["val_loader"] = DataLoader(TensorDataset(*parts[1]), batch_size=64)
    assert named(program)[0] == "evaluation"


# ------------------------------------------------------------------------- nothing is changed


def belongings(program: dict[str, Any]) -> dict[str, Any]:
    """All that must be as before, as values that compare."""
    model, optimizer = program["model"], program["optimizer"]
    generator = program["train_loader"].generator
    return {
        "weights": [(k, v.clone()) for k, v in model.state_dict().items()],
        "grads": [None if p.grad is None else p.grad.clone() for p in model.parameters()],
        "needs": [p.requires_grad for p in model.parameters()],
        "modes": [m.training for m in model.modules()],
        "hooks": [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
        "optimizer": copy.deepcopy(optimizer.state_dict()),
        "torch": torch.get_rng_state(),
        "numpy": np.random.get_state()[1].copy(),  # type: ignore[index, union-attr]
        "python": random.getstate(),
        "loader": None if generator is None else generator.get_state(),
        "threads": torch.get_num_threads(),
        "grad mode": torch.is_grad_enabled(),
    }


def same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return bool((a == b).all())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


@pytest.mark.parametrize("own_step", [False, True])
def test_nothing_of_the_callers_is_changed(make: Make, own_step: bool) -> None:
    model = nn.Sequential(
        nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(16, 3)
    )
    model[4].bias.requires_grad_(False)
    seen: list[int] = []
    model[0].register_forward_hook(lambda *_: seen.append(1))
    program = make(model, lr=5.0)
    x, y = program["train_loader"].dataset.tensors
    program["train_loader"] = DataLoader(
        TensorDataset(x, y), batch_size=20, shuffle=True, generator=torch.Generator().manual_seed(3)
    )
    penalty = model[0].weight  # closed over: the loss reaches the caller's own parameter
    program["loss"] = lambda o, t: F.cross_entropy(o, t) + 1e-4 * penalty.square().sum()
    if own_step:

        def step(net: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Tensor:
            optimizer.zero_grad()
            value: Tensor = loss(model(batch[0]), batch[1])  # the caller's, not the one given
            value.backward()
            optimizer.step()
            return value

        program["train_step"] = step
    value = program["loss"](model(x[:20]), y[:20])
    value.backward()
    program["optimizer"].step()
    seen.clear()
    before = belongings(program)
    doctor.examine(**program)
    after = belongings(program)
    for name in before:
        assert same(before[name], after[name]), name
    assert seen == []


def test_the_budget_is_a_wall(make: Make) -> None:
    import time

    class Slow(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = mlp()

        def forward(self, x: Tensor) -> Tensor:
            time.sleep(0.02)
            return self.layer(x * 0 + 1)  # learns nothing, so that every remedy is tried

    begin = time.monotonic()
    doctor.examine(**make(Slow(), budget_s=10))
    assert time.monotonic() - begin < 20


def test_the_same_seed_says_the_same(make: Make) -> None:
    first, second = (doctor.examine(**make(mlp(nn.ReLU()), lr=1.0)) for _ in range(2))
    assert first.findings == second.findings


# ------------------------------------------------------------------------------------ odd models


class Shared(nn.Module):
    """One layer used twice, one ReLU for both, in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.inner, self.last = nn.Linear(5, 16), nn.Linear(16, 16), nn.Linear(16, 3)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.first(x))
        return self.last(self.act(self.inner(self.act(self.inner(x)))))


class Several(nn.Module):
    """Two inputs, a dict of outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.last = nn.Linear(5, 16), nn.Linear(5, 16), nn.Linear(16, 3)

    def forward(self, left: Tensor, right: Tensor) -> dict[str, Tensor]:
        hidden = torch.relu(self.a(left) + self.b(right))
        return {"hidden": hidden, "logits": self.last(hidden)}


class Recurrent(nn.Module):
    """(N, 5) read as a sequence of 5 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.last = nn.LSTM(1, 24, batch_first=True), nn.Linear(24, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.lstm(x.unsqueeze(2))[0][:, -1])


class Attending(nn.Module):
    """A transformer layer over 5 tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.place = nn.Linear(1, 16), nn.Parameter(torch.randn(5, 16) * 0.1)
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.last = nn.Linear(80, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.layer(self.embed(x.unsqueeze(2)) + self.place).flatten(1))


class Mixed(nn.Module):
    """Half precision inside."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = mlp()

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return self.inner(x).float()


def quiet(program: dict[str, Any]) -> None:
    report = doctor.examine(**program)
    assert report.findings == [], str(report)
    assert report.limits == []
    assert report.history.scores[-1][1] > 0.8


@pytest.mark.parametrize("kind", [Shared, Recurrent, Attending, Mixed])
def test_healthy_models_of_many_kinds(make: Make, kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    quiet(make(kind(), epochs=15))


def test_several_inputs_and_outputs(make: Make) -> None:
    x, y = make()["train_loader"].dataset.tensors
    loader = DataLoader(TensorDataset(x, x.flip(1), y), batch_size=20, shuffle=True)
    loss = nn.CrossEntropyLoss()
    quiet(
        make(
            Several(),
            loss=lambda out, t: loss(out["logits"], t),
            train_loader=loader,
            val_loader=None,
        )
    )


def test_batches_that_are_dicts(make: Make) -> None:
    x, y = make()["train_loader"].dataset.tensors
    rows = [{"left": a, "right": a.flip(0), "label": b} for a, b in zip(x, y, strict=True)]
    loader: DataLoader[Any] = DataLoader(rows, batch_size=20, shuffle=True)  # type: ignore[arg-type]
    loss = nn.CrossEntropyLoss()
    program = make(Several(), loss=lambda out, t: loss(out["logits"], t), val_loader=None)
    quiet(program | {"train_loader": loader})


def test_a_frozen_part_that_is_meant(make: Make) -> None:
    model = mlp()
    x, y = make()["train_loader"].dataset.tensors
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(200):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    model[0].requires_grad_(False)
    nn.init.zeros_(model[2].weight)
    quiet(make(model))


def test_several_optimizers_with_a_step_of_their_own(make: Make) -> None:
    class Pair(nn.Module):
        """A generator and its judge; never called itself."""

        def __init__(self) -> None:
            super().__init__()
            self.g, self.d = nn.Linear(2, 5), nn.Linear(5, 1)

    pair = Pair()
    optimizers = {
        "g": torch.optim.Adam(pair.g.parameters(), lr=1e-3),
        "d": torch.optim.Adam(pair.d.parameters(), lr=1e-3),
    }

    def step(model: Any, batch: Any, loss: Any, optimizer: Any) -> Tensor:
        fake, total = model.g(torch.randn(len(batch[0]), 2)), torch.zeros(())
        for name in ("d", "g"):
            if name == "d":
                value = F.softplus(model.d(fake.detach())) + F.softplus(-model.d(batch[0]))
            else:
                value = F.softplus(-model.d(fake))
            optimizer[name].zero_grad()
            value.mean().backward()
            optimizer[name].step()
            total = total + value.mean().detach()
        return total

    report = doctor.examine(**make(pair, optimizer=optimizers, train_step=step, loss=None))
    assert report.findings == [], str(report)
    assert any("how the model is called" in line for line in report.limits)


def test_a_compiled_model(make: Make) -> None:
    program = make()
    program["model"] = torch.compile(program["model"], backend="eager")
    quiet(program)


def test_a_step_that_fails_is_one_finding(make: Make) -> None:
    report = doctor.examine(**make(nn.Sequential(nn.Linear(4, 3))))
    assert [f.code for f in report.findings] == ["crash"]
    assert report.findings[0].family == "shape"


# ---------------------------------------------------------------------------- what is no training


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"model": "resnet"}, "torch.nn.Module"),
        ({"optimizer": None}, "torch optimizer"),
        ({"train_loader": 3}, "DataLoader"),
        ({"train_loader": []}, "no batch"),
        ({"train_loader": iter([1])}, "iterator"),
        ({"task": "guessing"}, "classification"),
        ({"budget_s": 0}, "60"),
    ],
)
def test_what_is_no_training_is_said_in_one_line(
    make: Make, change: dict[str, Any], word: str
) -> None:
    with pytest.raises(ProgramError, match=word) as caught:
        doctor.examine(**(make() | change))
    assert isinstance(caught.value, LabError)
    assert "\n" not in str(caught.value)


def test_a_residual_branch_that_starts_silent_is_meant(make: Make) -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.inner, self.silent = (
                nn.Linear(5, 16),
                nn.Linear(16, 16),
                nn.Linear(16, 16),
            )
            self.last = nn.Linear(16, 3)
            nn.init.zeros_(self.silent.weight)

        def forward(self, x: Tensor) -> Tensor:
            x = torch.relu(self.first(x))
            return self.last(x + self.silent(torch.relu(self.inner(x))))

    torch.manual_seed(0)
    quiet(make(Residual()))
