"""One trial as the objective sees it, and what may go wrong with it, in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import optuna
from optuna.trial import Trial

from irodori.lab.errors import LabError
from irodori.lab.tune.axes import Choice, Scale, Space, Values
from irodori.lab.tune.sampler import INTERRUPTED


class FailedError(LabError):
    """A trial failed for a reason that is known in words."""


@dataclass(frozen=True)
class Attempt:
    """What is to be tried.

    values: by name. length: how long to train, in whatever unit the search was given. seed: of all
    that is random in the training.
    """

    values: Values
    length: int
    seed: int
    trial: Trial | None = field(default=None, repr=False)

    def report(self, step: int, value: float) -> None:
        """Tell how it goes after `step`; ends the trial by an exception if others did better.

        Whoever catches it must raise it again.
        """
        if self.trial is not None:
            self.trial.report(value, step)
            if self.trial.should_prune():
                raise optuna.TrialPruned


Objective: TypeAlias = Callable[[Attempt], float]
"""Trains, and returns what is to become small."""


def values_of(trial: Trial, space: Space, *, wide: bool) -> Values:
    """A value for each axis. wide: anywhere that a mesh may move, else within low and high."""
    return {name: _asked(trial, name, axis, wide=wide) for name, axis in space.items()}


def _asked(trial: Trial, name: str, axis: Scale | Choice, *, wide: bool) -> Any:
    if isinstance(axis, Choice):
        return trial.suggest_categorical(name, axis.options)
    low, high = (axis.least, axis.most) if wide else (axis.low, axis.high)
    if axis.whole:
        return trial.suggest_int(name, round(low), round(high), log=axis.log)
    return trial.suggest_float(name, low, high, log=axis.log)


def recorded(trial: Trial, run: Callable[[], float]) -> float:
    """What `run` returns; if it fails, the trial's user attribute "reason" says why."""
    try:
        value = float(run())
    except optuna.TrialPruned:
        trial.set_user_attr("reason", "others did better")
        raise
    except BaseException as error:
        trial.set_user_attr("reason", reason(error))
        raise
    if not math.isfinite(value):
        trial.set_user_attr("reason", f"the result is {value}, no number")
        return math.nan
    return value


def reason(error: BaseException) -> str:
    """One line: what went wrong."""
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return f"{INTERRUPTED}: stopped"
    if isinstance(error, FailedError):
        return str(error)
    if out_of_memory(error):
        return f"out of memory: {_line(error)}".removesuffix(": ")
    return f"{type(error).__name__}: {_line(error)}".removesuffix(": ")


def out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, says that memory did not suffice."""
    while error is not None:
        if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
            return True
        error = error.__cause__ or error.__context__
    return False


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
