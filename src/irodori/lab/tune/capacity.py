"""How large a model pays: layers and widths step by step, then regularization."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

from irodori.lab.errors import LabError
from irodori.lab.tune.attempt import reason
from irodori.lab.tune.journal import Journal

Said: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """Of a model: how many layers, and how wide they are."""

    layers: int
    width: int

    def __str__(self) -> str:
        return f"{self.layers} layers, width {self.width}"


@dataclass(frozen=True)
class Fit:
    """What came of training a model.

    training, validation: errors, the lower the better. memory: what training needs, in bytes (or
    any unit; ratios count). seconds: of the training, measured here if left out.
    """

    training: float
    validation: float
    memory: float
    seconds: float = 0.0


Train: TypeAlias = Callable[[Size, float], Fit]
"""Trains a model of a size with a strength of regularization."""


@dataclass(frozen=True)
class Tested:
    """A size and strength that were tried. failed: why, or "". taken: whether it paid."""

    size: Size
    strength: float
    fit: Fit | None
    failed: str = ""
    taken: bool = False
    verdict: str = ""

    @property
    def gap(self) -> float:
        """Validation error beyond the training error, as a share of the validation error."""
        if self.fit is None or self.fit.validation == 0:
            return math.nan
        return (self.fit.validation - self.fit.training) / self.fit.validation


@dataclass(frozen=True)
class Capacity:
    """What was tried, in order; the recommended size and strength, and the reason in words."""

    sizes: tuple[Tested, ...]
    strengths: tuple[Tested, ...]
    size: Size
    strength: float
    reason: str

    def save(self, path: str | Path, *, sub: str = "") -> None:
        """Write it as a page. sub: a line under its title. Raises LabError."""
        from irodori.lab.tune.page import capacity_page

        capacity_page(self, sub=sub).save(path)


def capacity(
    train: Train,
    *,
    start: Size = Size(1, 8),
    most: Size = Size(8, 512),
    worth: float = 0.02,
    strength: float = 1e-4,
    gap: float = 0.1,
    journal: Path | None = None,
    said: Said = lambda line: None,
) -> Capacity:
    """Grow a model while it pays, then regularize it while validation gains.

    Each round tries one more layer and twice the width. A step is taken if it lowers the validation
    error by `worth` (a share of the error) for every doubling of what it costs, cost being the mean
    of the doublings of time and of memory, and by `worth` at least; of two the one with the better
    ratio. Growth ends where neither pays, or at `most`.

    Regularization, of which `train` is given 0 while the model grows, starts at `strength` and goes
    up by 10 until the gap between validation and training is below `gap` (a share of the validation
    error) or validation is worse than the best, then by 3 around the best. A model that fails is
    kept with its reason and counts as one that does not pay. journal: a file in which results are
    kept; those found there are not measured again. Raises LabError if the first model fails.
    """
    measure = _Measure(train, Journal(journal), said)
    base = measure(start, 0.0)
    if base.fit is None:
        raise LabError(f"the smallest model, {start}, cannot be trained: {base.failed}")
    sizes, base, why = _grown(measure, base, most, worth)
    strengths, best, narrowed = _regularized(measure, base, strength, gap)
    text = f"{base.size}: {why}; {narrowed}"
    return Capacity(tuple(sizes), tuple(strengths), base.size, best.strength, text)


class _Measure:
    """Trains what is asked for, once; failures are results."""

    def __init__(self, train: Train, kept: Journal, said: Said) -> None:
        self.train, self.kept, self.said = train, kept, said

    def __call__(self, size: Size, strength: float) -> Tested:
        name = f"{size.layers} x {size.width}, {strength:g}"
        before = self.kept.get(name)
        if before is not None:
            fit = None if before["fit"] is None else Fit(**before["fit"])
            return Tested(size, strength, fit, before["failed"])
        found = self._trained(size, strength)
        facts = None if found.fit is None else asdict(found.fit)
        self.kept.put(name, {"fit": facts, "failed": found.failed})
        told = found.failed or (
            found.fit
            and f"validation {found.fit.validation:.4g}, training {found.fit.training:.4g}, "
            f"{found.fit.seconds:.0f} s"
        )
        self.said(f"{size}, regularization {strength:g}: {told}")
        return found

    def _trained(self, size: Size, strength: float) -> Tested:
        began = time.monotonic()
        try:
            fit = self.train(size, strength)
        except Exception as error:  # whatever a training may raise
            return Tested(size, strength, None, reason(error))
        if not math.isfinite(fit.validation):
            return Tested(size, strength, None, "the validation error is no number")
        return Tested(size, strength, replace(fit, seconds=fit.seconds or time.monotonic() - began))


def _grown(
    measure: _Measure, base: Tested, most: Size, worth: float
) -> tuple[list[Tested], Tested, str]:
    """Sizes in the order tried, the last that paid, and why it ended there."""
    tested = [replace(base, taken=True, verdict="the smallest")]
    while True:
        size = base.size
        larger = [Size(size.layers + 1, size.width), Size(size.layers, size.width * 2)]
        larger = [s for s in larger if s.layers <= most.layers and s.width <= most.width]
        judged = [(measure(each, 0.0), each) for each in larger]
        paid = [(_pays(found, base), found) for found, _ in judged]
        value, best = max(paid, key=lambda pair: pair[0], default=(0.0, base))
        if not larger or value < worth:
            tested += [replace(f, verdict=_verdict(f, base, v, worth)) for v, f in paid]
            why = f"the most that was allowed, {most}"
            if larger:
                why = "; ".join(f"{f.size}, {_verdict(f, base, v, worth)}" for v, f in paid)
            return tested, base, why
        for v, found in paid:
            verdict = _verdict(found, base, v, worth)
            tested.append(replace(found, taken=found is best, verdict=verdict))
        base = best


def _pays(found: Tested, base: Tested) -> float:
    """Share of the validation error that is gained, for each doubling of the cost, or less."""
    if found.fit is None or base.fit is None or base.fit.validation == 0:
        return -math.inf
    gain = 1 - found.fit.validation / base.fit.validation
    return gain / max(1.0, _doublings(found.fit, base.fit)) if gain > 0 else gain


def _doublings(fit: Fit, base: Fit) -> float:
    times = fit.seconds / max(base.seconds, 1e-9), fit.memory / max(base.memory, 1e-9)
    return sum(math.log2(max(each, 1e-9)) for each in times) / 2


def _verdict(found: Tested, base: Tested, value: float, worth: float) -> str:
    if found.fit is None or base.fit is None:
        return f"fails ({found.failed})"
    gain = 1 - found.fit.validation / base.fit.validation
    cost = 2 ** _doublings(found.fit, base.fit)
    pays = "pays" if value >= worth else "does not pay"
    return f"{gain:+.1%} for {cost:.1f} times the cost {pays}"


def _regularized(
    measure: _Measure, base: Tested, strength: float, gap: float
) -> tuple[list[Tested], Tested, str]:
    """Strengths in the order tried, the best, and a word on the gap."""
    tested = [base]
    best = base
    now = strength
    while best.gap > gap and now <= 1e4 * strength:
        found = measure(base.size, now)
        tested.append(found)
        if _error(found) > _error(best) and len(tested) > 2:
            break
        best = min(best, found, key=_error)
        now *= 10
    if best.strength:
        tested += [measure(base.size, float(f"{best.strength * f:.2g}")) for f in (3, 1 / 3)]
        best = min(tested, key=_error)
    above = f"{base.gap:.0%} above" if base.gap > 0 else "no worse than"
    text = f"validation is {above} training"
    if len(tested) == 1:
        return tested, best, f"{text}, too little to regularize"
    if best is base:
        return tested, best, f"{text}, and no regularization lowered the validation error"
    gained = 1 - _error(best) / _error(base)
    return (
        tested,
        best,
        (
            f"{text}; regularization {best.strength:g} makes it {best.gap:.0%} and lowers the "
            f"validation error by {gained:.1%}"
        ),
    )


def _error(found: Tested) -> float:
    return math.inf if found.fit is None else found.fit.validation
