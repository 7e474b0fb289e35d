"""The mesh as a sampler of Optuna: any study can use it, in any number of processes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from irodori.lab.errors import LabError
from irodori.lab.tune.axes import FINEST, Space, Values, cell_of, middle
from irodori.lab.tune.mesh import Mesh, Step, Tried

CLAIM = "cell"
"""The user attribute of a trial that says which cell it is for: level, cell, values, look."""

INTERRUPTED = "interrupted"
"""How the reason of a trial begins that was ended from outside: its cell is free again, once."""


class MeshSampler(BaseSampler):
    """Goes through a space as `irodori.lab.tune.mesh` says; no cell is tried twice.

    It holds no state: all is read from the study, so workers share a storage and a killed search
    goes on. A cell is claimed by writing it into the storage and looking whether somebody else has
    claimed it, too; whoever sees that takes another. The objective asks for values as always, with
    suggest_float and so on, between limits as wide as the axis's `least` and `most`.
    """

    def __init__(
        self,
        space: Space,
        *,
        groups: Sequence[Sequence[str]] | None = None,
        start: Values | None = None,
        first: int = 0,
        last: int = FINEST,
        looks: int | None = None,
        seed: int | None = None,
    ) -> None:
        """groups: names searched together, else all are. start: values that are tried first.

        first, last: levels of fineness to begin and end with; 0 is the coarse mesh, each level
        halves the cells. looks: cells in the first look. Raises LabError for names that are none.
        """
        groups = [list(space)] if groups is None else groups
        unknown = {name for group in groups for name in group} ^ set(space)
        if unknown or (start is not None and set(start) != set(space)):
            odd = ", ".join(sorted(unknown or set(start or {}) ^ set(space)))
            raise LabError(
                f"{odd}: groups and start must name each axis of the space, and no other"
            )
        given = () if start is None else (start,)
        self.space = space
        self.mesh = Mesh(space, groups, start or middle(space), given, first, last, looks)
        self._random = np.random.default_rng(seed)
        self._others = RandomSampler(seed=seed)

    def reseed_rng(self) -> None:
        """Draw differently from now on: called for each thread that works."""
        self._random = np.random.default_rng()
        self._others.reseed_rng()

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The whole space, as far as the mesh may move."""
        return {name: axis.distribution() for name, axis in self.space.items()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> Values:
        """A point of a cell that is claimed for this trial. Raises LabError if none is left."""
        if "fixed_params" in trial.system_attrs:  # somebody said what to try
            return {}
        while True:
            step = self.mesh.step(self._tried(study, trial), self._random)
            if step is None:
                raise LabError("every cell of the mesh was tried; give a wider or a finer one")
            values = step.draw(self.space, self._random)
            if self._claimed(study, trial, step, values):
                return values
            self.reseed_rng()  # or workers with the same seed meet in the next cell again

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """A value for a name that is not in the space, at random."""
        return self._others.sample_independent(study, trial, param_name, param_distribution)

    def exhausted(self, study: Study) -> bool:
        """Whether every cell was tried."""
        return self.mesh.step(self._tried(study, None), np.random.default_rng(0)) is None

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Ends the study once every cell was tried."""
        if self.exhausted(study):
            with suppress(RuntimeError):  # nobody is in `study.optimize`
                study.stop()

    def _claimed(self, study: Study, trial: FrozenTrial, step: Step, values: Values) -> bool:
        """Write down the cell, then look: if somebody else has it, it is nobody's."""
        claim = {"level": step.level, "cell": step.cell, "look": step.look, "values": values}
        study._storage.set_trial_user_attr(trial._trial_id, CLAIM, claim)
        others = self._tried(study, trial)
        return step.cell not in {cell_of(self.space, each.values, step.level) for each in others}

    def _tried(self, study: Study, trial: FrozenTrial | None) -> list[Tried]:
        """Everybody's trials but this one, and cells where a process died twice."""
        sign = -1 if study.direction == StudyDirection.MAXIMIZE else 1
        found, died = [], []
        for each in study.get_trials(deepcopy=False):
            claim = each.user_attrs.get(CLAIM)
            values = each.params if set(self.space) <= set(each.params) else None
            values = values or (claim and claim["values"])
            if not values or (trial is not None and each.number == trial.number):
                continue
            value = result(each)
            score = sign * value if math.isfinite(value) else math.inf
            one = Tried({k: values[k] for k in self.space}, score, claim["look"] if claim else None)
            if str(each.user_attrs.get("reason", "")).startswith(INTERRUPTED):
                died.append((one, claim["level"] if claim else 0))
            else:
                found.append(one)
        return found + _twice(self.space, died)


def result(trial: FrozenTrial) -> float:
    """A trial's value; infinite if it did not end well."""
    if trial.state != TrialState.COMPLETE or trial.value is None:
        return math.inf
    return float(trial.value)


def _twice(space: Space, died: Sequence[tuple[Tried, int]]) -> list[Tried]:
    """Of trials that were interrupted, those in whose cell it happened before."""
    seen: set[Any] = set()
    found = []
    for one, level in died:
        cell = (level, cell_of(space, one.values, level))
        found += [one] if cell in seen else []
        seen.add(cell)
    return found
