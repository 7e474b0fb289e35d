"""By how much settings are better than others, from runs with fresh seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irodori.lab.tune.attempt import Attempt, Objective, reason
from irodori.lab.tune.axes import Values
from irodori.lab.tune.journal import Journal


@dataclass(frozen=True)
class Margin:
    """Results with the settings of before and with new ones, the same seeds for both.

    A search's best result flatters: the best of thirty is also the luckiest. This does not.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def gains(self) -> list[float]:
        """What each seed gains, as a share of the result before."""
        return [1 - a / b for b, a in zip(self.before, self.after, strict=True)]

    @property
    def gain(self) -> float:
        """The mean of the gains."""
        return float(np.mean(self.gains))

    @property
    def error(self) -> float:
        """The standard error of the gain; infinite for less than two seeds."""
        if len(self.before) < 2:
            return math.inf
        return float(np.std(self.gains, ddof=1) / math.sqrt(len(self.gains)))

    @property
    def holds(self) -> bool:
        """Whether the gain is above zero by two standard errors."""
        return self.gain > 2 * self.error

    def words(self) -> str:
        """For a person."""
        told = (
            f"Trained anew with {len(self.before)} fresh seeds each, the new settings end at "
            f"{np.mean(self.after):.4g}, the ones of before at {np.mean(self.before):.4g}: "
            f"{self.gain:+.1%} ± {self.error:.1%}."
        )
        return told if self.holds else f"{told} That is no gain one can rely on."


def confirm(
    objective: Objective,
    before: Values,
    after: Values,
    *,
    length: int,
    seeds: Sequence[int],
    journal: Path | None = None,
    said: Callable[[str], None] = lambda line: None,
) -> Margin:
    """Train with both settings, once for each seed, as the search did. A failure is infinite.

    seeds: such as the search did not use. journal: a file in which results are kept; those found
    there are not measured again.
    """
    kept = Journal(journal)
    results: list[list[float]] = [[], []]
    for seed in seeds:
        for side, values in enumerate((before, after)):
            name = f"{sorted(values.items())} {length} {seed}"
            result = kept.get(name)
            if result is None:
                result = _result(objective, Attempt(values, length, seed), said)
                kept.put(name, result)
            results[side].append(float(result))
    return Margin(tuple(results[0]), tuple(results[1]))


def _result(objective: Objective, attempt: Attempt, said: Callable[[str], None]) -> float:
    try:
        value = float(objective(attempt))
    except Exception as error:  # whatever a training may raise
        said(f"seed {attempt.seed} fails: {reason(error)}")
        return math.inf
    said(f"seed {attempt.seed}: {value:.4g}")
    return value
