"""What is known of a training before anything is tried: data, calls, task, operations."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.doctor import task as tasks
from irodori.lab.doctor.batches import Convention, Data, convention_for, gather, joined, rows
from irodori.lab.doctor.copying import Program, optimizers_of
from irodori.lab.doctor.losses import LossFacts, recognize
from irodori.lab.doctor.ops import Trace
from irodori.lab.doctor.trial import Setting

PROBE = 256  # samples that are scored


@dataclass
class Clock:
    """The wall: how many seconds an examination may take."""

    budget: float
    begin: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the wall."""
        return self.budget - (time.monotonic() - self.begin)


@dataclass
class Case:
    """One training under examination. `program` is a copy; the caller's stays untouched.

    output: of the first batch as given, before training; trace: of that pass.
    checked: what was looked at, for the report; limits: what could not be, a line each.
    """

    program: Program
    loader: Any
    val_loader: Any
    data: Data
    val_data: Data | None
    epochs: int | None
    clock: Clock
    seed: int
    convention: Convention | None = None
    goal: tasks.Goal | None = None
    output: Tensor | None = None
    target: Tensor | None = None
    raw_output: Any = None
    loss: LossFacts | None = None
    trace: Trace | None = None
    probe: Any = None
    val: Any = None
    inputs: Tensor | None = None
    targets: Tensor | None = None
    checked: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    step_error: str = ""

    @property
    def per_epoch(self) -> int:
        """Batches in one pass over the data, as far as it was read."""
        if not self.data.complete:
            try:
                return len(self.loader)
            except TypeError:
                pass
        return len(self.data.first)

    @property
    def planned(self) -> int | None:
        """Steps the caller means to take, None if the number of epochs wasn't said."""
        return None if self.epochs is None else self.epochs * self.per_epoch

    @property
    def trainable(self) -> list[nn.Parameter]:
        """The parameters that ask for a gradient."""
        return [p for p in self.program.model.parameters() if p.requires_grad]

    def setting(self, steps: int) -> Setting:
        """A fresh copy to train, as the caller would."""
        return Setting(
            self.program.copy(),
            self.data,
            self.convention,
            self.goal,
            self.probe,
            self.val,
            steps,
        )


def open_case(
    program: Program,
    loader: Iterable[Any],
    val_loader: Iterable[Any] | None,
    *,
    asked: tasks.Task | None,
    epochs: int | None,
    clock: Clock,
    seed: int,
) -> Case:
    """Read the data and find out how the program is called. Raises ProgramError without data."""
    data = gather(loader, passes=3, seconds=min(8.0, clock.budget / 8), name="train_loader")
    val = None
    if val_loader is not None:
        val = gather(val_loader, passes=1, seconds=min(4.0, clock.budget / 15), name="val_loader")
    case = Case(program.copy(), loader, val_loader, data, val, epochs, clock, seed)
    case.probe = _probe(data.first)
    case.val = _probe(val.first) if val is not None else None
    _learn_calls(case, asked)
    return case


def _probe(batches: list[Any]) -> Any:
    """The first batches as one, up to PROBE samples; the first alone where they do not join."""
    taken, count = [], 0
    # batches from all over the pass: in a sorted one the first would be of one class
    stride = max(1, len(batches) * rows(batches[0]) // PROBE) if batches else 1
    for batch in batches[::stride]:
        taken.append(batch)
        count += rows(batch)
        if count >= PROBE:
            break
    try:
        return joined(taken)
    except (RuntimeError, TypeError, ValueError, KeyError, IndexError):
        return batches[0]


def _learn_calls(case: Case, asked: tasks.Task | None) -> None:
    model = case.program.copy().model
    first = case.data.first[0]
    convention, trouble = convention_for(model, _plain_loss(case.program.loss), first)
    case.step_error = trouble
    if convention is None:
        case.limits.append(
            f"how the model is called with a batch is not known ({_short(trouble)}); "
            "only the training step was watched"
        )
        return
    case.convention = convention
    with torch.no_grad(), Trace(model) as trace:
        raw = convention.forward(model, first)
    case.raw_output = raw
    case.trace = trace
    target = tasks.main_target(convention.target(first))
    output = tasks.main_output(raw, target)
    if output is None or target is None or not output.is_floating_point():
        case.limits.append("the output or the target is not a tensor; nothing was scored")
        return
    case.output, case.target = output.detach(), target.detach()
    _learn_goal(case, asked, raw)
    case.inputs = _stacked([t for b in case.data.first for t in convention.input_leaves(b)[:1]])
    case.targets = _stacked(
        [t for b in case.data.first if (t := tasks.main_target(convention.target(b))) is not None]
    )


def _learn_goal(case: Case, asked: tasks.Task | None, raw: Any) -> None:
    assert case.convention is not None
    assert case.output is not None
    everything = [tasks.main_target(case.convention.target(b)) for b in case.data.first]
    targets = _stacked([t for t in everything if t is not None])
    output, target = case.output, case.target
    assert target is not None
    case.goal = tasks.infer(output, target if targets is None else targets, asked)
    try:
        case.loss = recognize(
            _plain_loss(case.program.loss),
            output if not isinstance(raw, Tensor) else raw,
            case.convention.target(case.data.first[0]),
            case.goal,
        )
    except Exception as error:
        case.step_error = case.step_error or f"{type(error).__name__}: {error}"
    if case.goal.task in ("binary", "multilabel"):
        logits = case.loss is not None and case.loss.own_sigmoid
        outside = float(output.min()) < 0 or float(output.max()) > 1
        if case.loss is not None and case.loss.kind == "hinge":
            logits = True
        elif case.loss is not None and case.loss.kind in ("mse", "l1"):
            outside = False
        case.goal = tasks.with_threshold(case.goal, 0.0 if logits or outside else 0.5)


def _plain_loss(loss: Any) -> Any:
    if isinstance(loss, dict):
        return next(iter(loss.values()))
    return loss


def _stacked(parts: list[Tensor], limit: int = 4096) -> Tensor | None:
    """Tensors joined along the first axis, up to some thousand samples; None if they differ."""
    taken: list[Tensor] = []
    count = 0
    stride = max(1, sum(len(p) for p in parts if p.ndim) // limit)
    for part in parts[::stride]:
        if not part.ndim:
            return None
        taken.append(part)
        count += len(part)
        if count >= limit:
            break
    try:
        return torch.cat(taken) if taken else None
    except RuntimeError:
        return None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else line[:157] + "..."


def learners(case: Case) -> list[torch.optim.Optimizer]:
    """The optimizers of the copy."""
    return optimizers_of(case.program.optimizer)


def usual_name(optimizer: torch.optim.Optimizer) -> str:
    """The class's name, a subclass by its parent in torch.optim."""
    for kind in type(optimizer).__mro__:
        if kind.__module__.startswith("torch.optim") and kind is not torch.optim.Optimizer:
            return kind.__name__
    return type(optimizer).__name__
