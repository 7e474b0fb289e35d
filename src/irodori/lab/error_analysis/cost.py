"""Which group of samples costs most: how many there are, how much more they err, how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from irodori.lab.error_analysis.rules import CLUSTER, Rule, Sample, rules_of
from irodori.lab.errors import LabError

_RIVAL = 0.6  # of the first's sure excess, and of members shared, from which on two groups vie
_ALIKE = 0.8  # of members shared, from which on one group has two names
_GOES_WITH = 0.3  # of the phi coefficient, from which on a rule is worth a word


@dataclass(frozen=True, eq=False)
class Group:
    """Samples that follow a rule, and what they cost.

    members: indices into the samples, the worst first. error, rest: mean error within and without,
    less what costlier groups explain. cost: share of samples times (error - rest), which is what
    the mean error of all would fall by if the group were like the rest. least: what that cost
    exceeds with the confidence asked for, all rules together. alike: rules that nearly the same
    samples follow. goes_with: other rules that hold oftener in the group than without, one a fact.
    """

    rule: Rule
    members: NDArray[np.intp]
    share: float
    error: float
    rest: float
    cost: float
    least: float
    alike: tuple[Rule, ...] = ()
    goes_with: tuple[Rule, ...] = ()

    def __str__(self) -> str:
        return (
            f"{self.rule}: {len(self.members)} samples ({self.share:.0%}), error {self.error:.3g} "
            f"against {self.rest:.3g}, costs {self.cost:.3g} (surely {self.least:.3g})"
        )


def ranked(samples: Sequence[Sample]) -> list[Sample]:
    """The worst first; what is not a number is worse than all that is. Of equals, the first."""
    return sorted(samples, key=lambda sample: (sample.error == sample.error, -sample.error))


def costliest(
    samples: Sequence[Sample], *, most: int = 5, fewest: int = 6, confidence: float = 0.95
) -> list[Group]:
    """The groups that cost most, the costliest first; none that may be chance.

    How much more a group errs counts with its lower bound by Welch's t (1947), at a level divided
    by the number of rules (Bonferroni), so that a few noisy samples do not come first. Ranked is
    what that explains of the variance of all errors, share times (1 - share) times excess squared
    (as regression trees split; Breiman and others, 1984): a tenth that is all wrong comes before a
    half that is a little worse. Of groups that share most of their members and explain nearly as
    much, the one that errors set apart most clearly is named. What a group explains is taken off
    before the next one is looked for. fewest: samples in a group, and outside
    of it. An error that is not a number counts as the largest that is. Raises LabError.
    """
    if len(samples) < 2 * fewest:
        raise LabError(
            f"{len(samples)} samples are too few to group; {2 * fewest} are needed at least"
        )
    errors = _finite(np.array([sample.error for sample in samples], float))
    rules = rules_of(samples, fewest=fewest)
    if not rules:
        return []
    belongs = np.array([[rule.holds(sample.facts) for sample in samples] for rule in rules])
    found: list[Group] = []
    while len(found) < most:
        figures = _figures(errors, belongs, confidence)
        best = _choice(figures, belongs, rules)
        if best is None:
            break
        group = _group(best, figures, belongs, rules, errors)
        found.append(group)
        errors = np.where(belongs[best], errors - (group.error - group.rest), errors)
    return found


@dataclass(frozen=True, eq=False)
class _Figures:
    """For each rule: means within and without, bounds of the cost and of what it explains.

    clear: Welch's t.
    """

    share: NDArray[np.float64]
    error: NDArray[np.float64]
    rest: NDArray[np.float64]
    least: NDArray[np.float64]
    explains: NDArray[np.float64]
    clear: NDArray[np.float64]


def _finite(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(errors)
    if not finite.any():
        raise LabError("no error is a number; train a model whose outputs are finite first")
    return np.where(finite, errors, errors[finite].max())


def _figures(
    errors: NDArray[np.float64], belongs: NDArray[np.bool_], confidence: float
) -> _Figures:
    inside = belongs.astype(float)
    count = inside.sum(1)
    other = len(errors) - count
    error, rest = inside @ errors / count, (1 - inside) @ errors / other
    # About the mean, since the difference of two large squares loses digits.
    within = (inside * (errors - error[:, None]) ** 2).sum(1) / (count - 1)
    without = ((1 - inside) * (errors - rest[:, None]) ** 2).sum(1) / (other - 1)
    a, b = within / count, without / other
    spread = np.sqrt(np.maximum(a + b, 1e-24))
    freedom = (a + b) ** 2 / np.maximum(a**2 / (count - 1) + b**2 / (other - 1), 1e-48)
    bound = stats.t.ppf(1 - (1 - confidence) / len(belongs), np.maximum(freedom, 1))
    share = count / len(errors)
    excess = error - rest
    sure = excess - bound * spread
    explains = share * (1 - share) * np.maximum(sure, 0) ** 2
    return _Figures(share, error, rest, share * sure, explains, excess / spread)


def _choice(figures: _Figures, belongs: NDArray[np.bool_], rules: Sequence[Rule]) -> int | None:
    """The costliest rule, or the clearest of those that vie with it; those with a name first."""
    first = int(figures.explains.argmax())
    if figures.least[first] <= 1e-9:
        return None
    common = (belongs & belongs[first]).sum(1) / np.minimum(belongs.sum(1), belongs[first].sum())
    near = figures.explains >= _RIVAL**2 * figures.explains[first]
    vie = np.flatnonzero((common >= _RIVAL) & near)
    # A fact takes the place of a cluster only where it says nearly as much.
    enough = (_ALIKE if rules[first].fact == CLUSTER else _RIVAL) ** 2 * figures.explains[first]
    named = [
        number
        for number in vie.tolist()
        if rules[number].fact != CLUSTER and figures.explains[number] >= enough
    ]
    return max(named or vie.tolist(), key=lambda number: float(figures.clear[number]))


def _group(
    number: int,
    figures: _Figures,
    belongs: NDArray[np.bool_],
    rules: Sequence[Rule],
    errors: NDArray[np.float64],
) -> Group:
    own = belongs[number]
    shared = (belongs & own).sum(1) / (belongs | own).sum(1)
    alike = [rules[i] for i in np.flatnonzero(shared >= _ALIKE).tolist() if i != number]
    members = np.flatnonzero(own)
    error, rest = float(figures.error[number]), float(figures.rest[number])
    share = float(figures.share[number])
    return Group(
        rule=rules[number],
        members=members[np.argsort(-errors[members], kind="stable")],
        share=share,
        error=error,
        rest=rest,
        cost=share * (error - rest),
        least=float(figures.least[number]),
        alike=tuple(alike[:4]),
        goes_with=_going_with(own, belongs, rules, {rules[number].fact, *(r.fact for r in alike)}),
    )


def _going_with(
    own: NDArray[np.bool_], belongs: NDArray[np.bool_], rules: Sequence[Rule], known: set[str]
) -> tuple[Rule, ...]:
    """Rules whose members are most alike to the group's, by the phi coefficient; up to three."""
    centered = belongs - belongs.mean(1, keepdims=True)
    group = own - own.mean()
    size = np.sqrt((centered**2).sum(1) * (group**2).sum())
    phi = centered @ group / np.maximum(size, 1e-12)
    found: dict[str, Rule] = {}
    for number in np.argsort(-phi, kind="stable").tolist():
        rule = rules[number]
        if phi[number] < _GOES_WITH or len(found) == 3:
            break
        if rule.fact not in known:
            found.setdefault(rule.fact, rule)
    return tuple(found.values())
