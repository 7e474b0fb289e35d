"""A short training on a copy, with its curves: as it is, or with one thing changed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.doctor.batches import Convention, Data
from irodori.lab.doctor.copying import Program, optimizers_of
from irodori.lab.doctor.ops import Change, Changed, tensors_of
from irodori.lab.doctor.task import Goal, main_output, main_target, score


@dataclass
class Setting:
    """All that a trial runs with. The program is a copy that the trial may use up.

    probe, val: batches that are scored, of training and of validation samples, or None.
    steps: how many at most; each: called before every optimizer step with the model.
    """

    program: Program
    data: Data
    convention: Convention | None
    goal: Goal | None
    probe: Any
    val: Any
    steps: int
    change: Change = field(default_factory=Change)
    before_step: Callable[[nn.Module], None] | None = None
    after_backward: Callable[[nn.Module], None] | None = None
    force_mode: bool | None = None


@dataclass
class History:
    """What a trial was like: losses per step, scores at some steps, and the trained copy.

    scores, vals: (steps done, score), see `task.score`; error: the exception's text that ended it.
    """

    losses: list[float]
    scores: list[tuple[int, float]]
    vals: list[tuple[int, float]]
    program: Program
    planned: int
    seconds: float
    error: str = ""
    exception: Exception | None = None

    @property
    def done(self) -> int:
        """Steps taken."""
        return len(self.losses)

    @property
    def finished(self) -> bool:
        """All planned steps were taken."""
        return self.done >= self.planned

    @property
    def diverged(self) -> bool:
        """The loss stopped being a number."""
        return bool(self.losses) and not math.isfinite(self.losses[-1])

    def score_at(self, share: float = 1.0) -> float | None:
        """The score after this share of the planned steps, the latest measured before it."""
        return _at(self.scores, share * self.planned)

    def val_at(self, share: float = 1.0) -> float | None:
        """The same on validation samples."""
        return _at(self.vals, share * self.planned)

    def loss_at(self, share: float = 1.0) -> float:
        """The mean loss of the tenth of steps before this share of the plan."""
        end = max(1, min(self.done, round(share * self.planned)))
        part = self.losses[max(0, end - max(1, end // 10)) : end]
        return sum(part) / len(part) if part else math.nan


def _at(points: list[tuple[int, float]], step: float) -> float | None:
    """Linear between measured points; the last one beyond them."""
    if not points:
        return None
    for (s0, v0), (s1, v1) in pairwise(points):
        if s0 <= step <= s1:
            return v0 + (v1 - v0) * (step - s0) / max(1, s1 - s0)
    return points[-1][1] if step >= points[-1][0] else points[0][1]


def run(
    setting: Setting,
    *,
    seconds: float,
    seed: int,
    watch: Any = None,
    evaluations: int = 8,
) -> History:
    """Train as the setting says, until its steps are done or the time is up."""
    program = setting.program
    history = History([], [], [], program, setting.steps, 0.0)
    step = _step_function(setting)
    model: nn.Module = Changed(program.model, setting.change) if setting.change else program.model
    moments = _moments(setting.steps, evaluations)
    begin = time.monotonic()
    torch.manual_seed(seed)
    _measure(history, model, setting)
    for number, batch in enumerate(_forever(setting.data, setting.steps), start=1):
        try:
            value = step(model, batch, program.loss, program.optimizer)
        except Exception as error:
            history.error, history.exception = f"{type(error).__name__}: {error}", error
            break
        history.losses.append(_number(value))
        if watch is not None:
            watch.step(value if isinstance(value, Tensor) else None)
        if number in moments:
            _measure(history, model, setting)
        if time.monotonic() - begin > seconds or not math.isfinite(history.losses[-1]):
            break
    if history.scores and history.scores[-1][0] != history.done:
        _measure(history, model, setting)
    history.seconds = time.monotonic() - begin
    return history


def _moments(steps: int, count: int) -> set[int]:
    """Steps at which to measure: evenly spaced, and a few early ones."""
    even = {max(1, round(steps * (i + 1) / count)) for i in range(count)}
    return even | {max(1, round(steps * share)) for share in (0.04,)}


def _forever(data: Data, steps: int) -> Iterator[Any]:
    number = 0
    while number < steps:
        for epoch in data.epochs:
            for batch in epoch:
                if number >= steps:
                    return
                number += 1
                yield batch


def _number(value: Any) -> float:
    if isinstance(value, Tensor):
        return float(value.detach().float().mean())
    if isinstance(value, int | float):
        return float(value)
    numbers = [_number(t) for t in tensors_of(value)]
    return sum(numbers) if numbers else math.nan


def _step_function(setting: Setting) -> Callable[[nn.Module, Any, Any, Any], Any]:
    program, convention = setting.program, setting.convention
    for optimizer in optimizers_of(program.optimizer):
        if setting.after_backward is not None:
            _before_each_step(optimizer, program.model, setting.after_backward)

    def value_of(model: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Tensor:
        if convention is None:
            raise TypeError("no way was found to call the model with a batch")
        for each in optimizers_of(optimizer):
            each.zero_grad()
        value: Tensor = loss(convention.forward(model, batch), convention.target(batch))
        value.backward()  # type: ignore[no-untyped-call]
        return value

    def plain(model: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Tensor:
        value = value_of(model, batch, loss, optimizer)
        for each in optimizers_of(optimizer):
            if isinstance(each, torch.optim.LBFGS):
                # it evaluates the loss several times a step
                each.step(  # type: ignore[no-untyped-call]
                    lambda: float(value_of(model, batch, loss, optimizer))
                )
            else:
                each.step()
        return value

    chosen = program.train_step or plain

    def step(model: nn.Module, batch: Any, loss: Any, optimizer: Any) -> Any:
        if setting.force_mode is not None:
            model.train(setting.force_mode)
            setting.program.model.train(setting.force_mode)
        if setting.before_step is not None:
            setting.before_step(setting.program.model)
        return chosen(model, batch, loss, optimizer)

    return step


def _before_each_step(
    optimizer: torch.optim.Optimizer, model: nn.Module, work: Callable[[nn.Module], None]
) -> None:
    optimizer.register_step_pre_hook(lambda *_: work(model))


def _measure(history: History, model: nn.Module, setting: Setting) -> None:
    for probe, points in ((setting.probe, history.scores), (setting.val, history.vals)):
        value = evaluate(model, probe, setting.convention, setting.goal)
        if value is not None:
            points.append((history.done, value))


def evaluate(
    model: nn.Module, probe: Any, convention: Convention | None, goal: Goal | None
) -> float | None:
    """The score of a model on a batch, in evaluation mode; random state and modes as before."""
    output, target = outputs(model, probe, convention)
    if output is None or target is None or goal is None:
        return None
    return score(output, target, goal)


def outputs(
    model: nn.Module, probe: Any, convention: Convention | None, *, training: bool = False
) -> tuple[Tensor | None, Tensor | None]:
    """Output and target for a batch, in evaluation mode or training mode, without gradients."""
    if probe is None or convention is None:
        return None, None
    modes = [(m, m.training) for m in model.modules()]
    random_state = torch.get_rng_state()
    try:
        if not training:
            model.eval()
        with torch.no_grad():
            target = convention.target(probe)
            output = main_output(convention.forward(model, probe), target)
        return output, main_target(target)
    except Exception:
        return None, None
    finally:
        torch.set_rng_state(random_state)
        for module, mode in modes:
            module.training = mode
