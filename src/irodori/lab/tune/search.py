"""A search in two stages: coarse cells with short runs, then fine ones with longer runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

import optuna
from optuna.pruners import BasePruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from irodori.lab.errors import LabError
from irodori.lab.tune.attempt import Attempt, Objective, recorded, values_of
from irodori.lab.tune.axes import Axis, Scale, Space, Values
from irodori.lab.tune.margin import Margin
from irodori.lab.tune.sampler import INTERRUPTED, MeshSampler, result
from irodori.lab.tune.storage import bury, open_storage, quiet, sign

Way: TypeAlias = Literal["mesh", "tpe", "random"]
Said: TypeAlias = Callable[[str], None]

_COARSE = 0.6  # of the trials are coarse
_FINE_LEVEL = 1  # cells that spanned a factor of ten span three


@dataclass(frozen=True)
class Search:
    """What a search found.

    coarse, fine: Optuna's studies. lengths: of their runs. start: what was tried first, if given.
    """

    space: Space
    coarse: Study
    fine: Study
    lengths: tuple[int, int]
    start: Values | None

    def save(self, path: str | Path, *, margin: Margin | None = None, sub: str = "") -> None:
        """Write it as a page. margin: what `confirm` found; sub: a line under its title.

        Raises LabError.
        """
        from irodori.lab.tune.page import search_page

        search_page(self, margin=margin, sub=sub).save(path)

    @property
    def best(self) -> FrozenTrial:
        """The best of the fine trials, or of the coarse ones if no fine one ended well."""
        found = best_of(self.fine) or best_of(self.coarse)
        if found is None:
            reasons = [str(t.user_attrs.get("reason", "")) for t in self.trials]
            raise LabError(
                f"no trial ended well; the last one: {(reasons or ['none was begun'])[-1]}"
            )
        return found

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials that were not interrupted, the coarse ones first."""
        return [t for study in (self.coarse, self.fine) for t in counted(study)]

    @property
    def failures(self) -> list[tuple[FrozenTrial, str]]:
        """Trials that failed, each with its reason."""
        failed = [t for t in self.trials if t.state == TrialState.FAIL]
        return [(t, str(t.user_attrs.get("reason", "for no known reason"))) for t in failed]


def search(
    objective: Objective,
    space: Space,
    trials: int = 30,
    *,
    lengths: tuple[int, int] = (1, 3),
    storage: str = "sqlite:///tuning.db",
    name: str = "search",
    start: Values | None = None,
    groups: Sequence[Sequence[str]] | None = None,
    way: Way = "mesh",
    prune: bool = True,
    seed: int = 0,
    said: Said = lambda line: None,
) -> Search:
    """Make what `objective` returns small, over a space, in so many trials.

    objective: is given an `Attempt` and trains for its length, the shorter one while the search is
    coarse. storage: an SQLAlchemy URL; whoever calls this with the same storage and name works on
    the same search, at the same time or after a crash. start: values to try first. groups: names of
    axes that are searched together, one group after the other; by default all at once. way: the
    mesh, or Optuna's TPE or random sampler in its place. prune: end trials that do worse than most
    others at the same step; the objective must report. seed: of the search, and of each attempt.

    A trial that raises, or whose result is no number, is recorded with its reason, and the search
    goes on. Raises LabError for a storage or a space that cannot be used.
    """
    if trials < 2 or not space:
        raise LabError(f"{trials} trials over {len(space)} settings; give 2 trials and 1 setting")
    kept = open_storage(storage)
    studies: list[Study] = []
    for stage, length in enumerate(lengths):
        # a coarse mesh of few cells may end early: what it leaves is for the fine one
        share = trials - len(counted(studies[0])) if stage else math.ceil(_COARSE * trials)
        here = space
        begin = start
        if stage and (found := best_of(studies[0])) is not None:
            begin = found.params
            here = space if way == "mesh" else narrowed(space, begin)
        with quiet():
            study = optuna.create_study(
                storage=kept,
                study_name=f"{name}-{('coarse', 'fine')[stage]}",
                sampler=_sampler(way, here, groups, begin, stage, seed),
                pruner=_pruner(length) if prune else NopPruner(),
                load_if_exists=True,
            )
            studies.append(study)
            run = partial(_run, objective=objective, space=here, length=length, seed=seed, way=way)
            _work(study, run, share, said)
    return Search(space, studies[0], studies[1], lengths, start)


def narrowed(space: Space, values: Values) -> dict[str, Axis]:
    """The space around values: one fine cell to either side; choices stay open."""
    around: dict[str, Axis] = {}
    for name, axis in space.items():
        if isinstance(axis, Scale):
            reach = 1.5 / 2**_FINE_LEVEL
            place = axis.place(values[name])
            low, high = axis.value(place - reach), axis.value(place + reach)
            axis = Scale(low, high, 3, axis.log, low, high, axis.whole) if low < high else axis
        around[name] = axis
    return around


def counted(study: Study) -> list[FrozenTrial]:
    """A study's trials without those that were ended from outside."""
    return [
        t
        for t in study.get_trials(deepcopy=False)
        if not str(t.user_attrs.get("reason", "")).startswith(INTERRUPTED)
    ]


def best_of(study: Study) -> FrozenTrial | None:
    """The trial with the least result, if any ended well."""
    done = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    return min(done, key=result, default=None)


def _sampler(
    way: Way,
    space: Space,
    groups: Sequence[Sequence[str]] | None,
    start: Values | None,
    stage: int,
    seed: int,
) -> BaseSampler:
    if way == "tpe":
        return TPESampler(seed=seed)
    if way == "random":
        return RandomSampler(seed=seed)
    level = stage * _FINE_LEVEL
    finest = {} if stage else {"last": 0}
    return MeshSampler(space, groups=groups, start=start, first=level, seed=seed, **finest)


def _pruner(length: int) -> BasePruner:
    return MedianPruner(n_startup_trials=4, n_warmup_steps=length // 2)


def _work(study: Study, run: Callable[[Trial], float], share: int, said: Said) -> None:
    """Trials until there are enough, others' included; then wait for those still going on."""

    def tell(_: Study, trial: FrozenTrial) -> None:
        said(described(study.study_name, trial))

    while True:
        bury(study)
        full = len(counted(study)) >= share or _exhausted(study)
        if not full:
            study.optimize(run, n_trials=1, catch=(Exception,), callbacks=[tell])
        elif any(t.state == TrialState.RUNNING for t in study.get_trials(deepcopy=False)):
            time.sleep(0.5)
        else:
            return


def _exhausted(study: Study) -> bool:
    return isinstance(study.sampler, MeshSampler) and study.sampler.exhausted(study)


def _run(
    trial: Trial, *, objective: Objective, space: Space, length: int, seed: int, way: Way
) -> float:
    sign(trial)
    values = values_of(trial, space, wide=way == "mesh")
    return recorded(trial, lambda: objective(Attempt(values, length, seed, trial)))


def described(name: str, trial: FrozenTrial) -> str:
    """A trial in one line."""
    shown = ", ".join(f"{key} {short(value)}" for key, value in trial.params.items())
    if trial.state == TrialState.COMPLETE and trial.value is not None:
        ended = f"{trial.value:.4g}"
    else:
        ended = f"{trial.state.name.lower()}: {trial.user_attrs.get('reason', '')}"
    return f"{name} {trial.number}: {shown} -> {ended}"


def short(value: object) -> str:
    """A value with three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
