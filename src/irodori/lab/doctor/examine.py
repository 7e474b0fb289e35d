"""The examination: look, experiment, train a copy, try remedies, name the cause."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from torch import nn

from irodori.lab.doctor import (
    causes,
    experiments,
    inputs,
    model,
    optimizer,
    outputs,
    own_step,
    pairing,
    targets,
    validation,
    workers,
)
from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.case import Case, Clock, open_case
from irodori.lab.doctor.copying import Program, StepFunction, nothing_changed
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.report import Report
from irodori.lab.doctor.task import as_asked, describe
from irodori.lab.doctor.trial import History, run
from irodori.lab.doctor.watch import Record, Watch
from irodori.lab.errors import ProgramError


def examine(
    model: nn.Module,
    loss: Any,
    optimizer: Any,
    train_loader: Iterable[Any],
    val_loader: Iterable[Any] | None = None,
    *,
    task: str | None = None,
    epochs: int | None = None,
    train_step: StepFunction | None = None,
    budget_s: float = 60,
    seed: int = 0,
) -> Report:
    """Find out what is wrong with a training, and what to do.

    loss: called as loss(output, target). optimizer: one, or a list or dict of them, which goes to
    train_step as it is. train_loader, val_loader: anything that gives the same batches again when
    walked again: (inputs, target), dicts with a target, or tensors.
    task: one of classification, binary, multilabel, regression, image; None to infer it.
    epochs: how many are planned; None leaves the training's length out of question.
    train_step: (model, batch, loss, optimizer) -> loss, for loops other than zero_grad, forward,
    backward, step. budget_s: seconds of wall time, at most.

    Works on copies; weights, optimizer, modes, gradients and random states are as before.
    Raises ProgramError for things that are no training: wrong types, a loader without a batch.
    """
    clock = Clock(budget_s)
    _check(model, loss, optimizer, train_loader, budget_s)
    program = Program(model, loss, optimizer, train_step)
    try:
        asked = as_asked(task)
    except ValueError as error:
        raise ProgramError(str(error)) from None
    with nothing_changed(program, train_loader, val_loader, loss, train_step):
        case = open_case(
            program, train_loader, val_loader, asked=asked, epochs=epochs, clock=clock, seed=seed
        )
        return _examined(case)


def _check(model: Any, loss: Any, optimizer: Any, loader: Any, budget_s: float) -> None:
    if not isinstance(model, nn.Module):
        raise ProgramError(f"model is a {type(model).__name__}; hand in a torch.nn.Module")
    if loss is not None and not callable(loss) and not isinstance(loss, dict):
        raise ProgramError(f"loss is a {type(loss).__name__}; hand in something to call")
    from irodori.lab.doctor.copying import optimizers_of

    if not optimizers_of(optimizer):
        raise ProgramError(
            f"optimizer is a {type(optimizer).__name__}; hand in a torch optimizer, or several"
        )
    if not hasattr(loader, "__iter__"):
        raise ProgramError(f"train_loader is a {type(loader).__name__}; hand in a DataLoader")
    if budget_s <= 0:
        raise ProgramError(f"budget_s={budget_s} leaves no time; 60 is usual")


def _examined(case: Case) -> Report:
    suspicions = _looked(case)
    suspicions += experiments.perform(case)
    history, steps, record = _main_trial(case)
    trials = causes.Trials(case, history, steps, history)
    if history.error:
        suspicions.append(_crash(history))
    suspicions = _questionable(trials, suspicions)
    causes.confirm(trials, suspicions)
    findings = [s.finding() for s in causes.ranked(trials, suspicions)]
    return Report(
        findings=findings,
        checked=case.checked,
        limits=case.limits,
        task=describe(case.goal) if case.goal is not None else "unknown",
        history=history,
        trials=trials,
        record=record,
        suspicions=suspicions,
        seconds=case.clock.budget - case.clock.left,
    )


def _looked(case: Case) -> list[Suspicion]:
    found: list[Suspicion] = []
    for part in (
        inputs,
        targets,
        validation,
        outputs,
        model,
        optimizer,
        own_step,
        pairing,
        workers,
    ):
        try:
            found += part.look(case)
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError) as error:
            case.limits.append(
                f"{part.__name__.rsplit('.', 1)[-1]} could not be looked at: "
                f"{type(error).__name__}: {error}"
            )
    return found


def _main_trial(case: Case) -> tuple[History, int, Record]:
    """The program as it is: as long as planned, or a quarter of the time."""
    seconds = case.clock.left * 0.3
    pilot = case.setting(3)
    begin = time.monotonic()
    run(pilot, seconds=seconds, seed=case.seed, evaluations=1)
    each = max((time.monotonic() - begin) / 3, 1e-4)
    possible = max(1, int(seconds / each))
    steps = case.planned or min(possible, 2000)
    setting = case.setting(steps)
    program = setting.program
    with Watch(program.model, program.optimizer, every=max(1, min(steps, possible) // 60)) as watch:
        history = run(setting, seconds=seconds, seed=case.seed, watch=watch)
    return history, steps, watch.record


def _questionable(trials: causes.Trials, suspicions: list[Suspicion]) -> list[Suspicion]:
    """Without a bad result there is nothing to try: only what was seen directly remains."""
    reached = causes.level(trials.main)
    if reached is None:
        return [s for s in suspicions if s.certain or (s.weight >= 0.7 and s.remedies)]
    if reached >= limit.SOLVED and not trials.main.error:
        return [s for s in suspicions if s.certain]
    return suspicions


def _crash(history: History) -> Suspicion:
    return Suspicion(
        code="crash",
        family=_family_of(history.error),
        title="A training step fails",
        evidence=[" ".join(history.error.split())[:300]],
        cause="The step ends in an error before anything is learnt.",
        remedy="model(next(iter(train_loader))[0]).shape  # and compare with the targets",
        where="train_step",
        weight=1.0,
        certain=True,
    )


def _family_of(message: str) -> Any:
    text = message.lower()
    for words, family in (
        (("does not require grad", "no grad"), "gradient"),
        (("out of bounds", "target", "label", "long", "class"), "labels"),
        (("between 0 and 1",), "activation"),
        (("scalar outputs",), "loss"),
    ):
        if any(w in text for w in words):
            return family
    return "shape"
