"""Rate first: short runs over eight powers of ten, a proposed rate, and why that one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from irodori.lab.errors import LabError
from irodori.lab.tune.attempt import reason
from irodori.lab.tune.journal import Journal

Report: TypeAlias = Callable[[float], None]
"""Called with the loss of each step; ends the run by an exception once it has gone to pieces."""

Train: TypeAlias = Callable[[float, Report], object]
"""Trains anew from the same weights with a rate; what it returns is not looked at."""

RATES = tuple(10.0**-n for n in range(8))
"""1 down to 1e-7."""

_SURGE = 4.0  # times the first loss: a run that has come there does not come back in time
_LITTLE = 0.02  # of the loss's fall: what two runs may differ by and count as equal


@dataclass(frozen=True)
class Curve:
    """A short run. losses: step by step. ended: why before its end, or "" for none."""

    rate: float
    losses: tuple[float, ...]
    ended: str = ""

    @property
    def start(self) -> float:
        """The loss of the first step."""
        return self.losses[0] if self.losses else math.nan

    @property
    def end(self) -> float:
        """The mean loss of the last tenth of the steps; infinite if the run went to pieces."""
        if self.ended or not self.losses:
            return math.inf
        return float(np.mean(self.losses[-max(1, len(self.losses) // 10) :]))


@dataclass(frozen=True)
class Rates:
    """The curves, highest rate first; the rate that they speak for, and the reason in words."""

    curves: tuple[Curve, ...]
    proposed: float
    reason: str

    def save(self, path: str | Path, *, sub: str = "") -> None:
        """Write it as a page. sub: a line under its title. Raises LabError."""
        from irodori.lab.tune.page import rate_page

        rate_page(self, sub=sub).save(path)


def rate(
    train: Train,
    rates: Sequence[float] = RATES,
    *,
    fine: bool = True,
    journal: Path | None = None,
    said: Callable[[str], None] = lambda line: None,
) -> Rates:
    """Try each rate in a short run, then three times as much and a third of the best.

    train: is given a rate and a function to report each step's loss to, which ends the run by an
    exception once the loss is no number or four times the first; any other exception is kept as the
    reason why that rate failed. Every run must begin with the same weights and see the same
    batches. fine: whether to look between the powers of ten. journal: a file in which runs are
    kept; those found there are not done again. Raises LabError if no rate lowers the loss.
    """
    kept = Journal(journal)
    curves = [_curve(train, each, kept, said) for each in sorted(set(rates), reverse=True)]
    best = min(curves, key=lambda curve: curve.end)
    if fine and best.end < best.start:
        around = (best.rate * 3, best.rate / 3)
        curves += [_curve(train, float(f"{each:.2g}"), kept, said) for each in around]
    curves.sort(key=lambda curve: -curve.rate)
    return _judged(curves)


def _curve(train: Train, rate: float, kept: Journal, said: Callable[[str], None]) -> Curve:
    name = f"rate {rate:g}"
    before = kept.get(name)
    if before is not None:
        return Curve(rate, tuple(before["losses"]), before["ended"])
    found: list[float] = []

    def report(loss: float) -> None:
        found.append(float(loss))
        if _ended(found):
            raise _RunEndedError

    ended = ""
    try:
        train(rate, report)
    except _RunEndedError:
        ended = _ended(found)
    except Exception as error:  # whatever a training may raise
        ended = reason(error)
    # JSON knows no infinity: what is no number is the end of the curve, and told in words
    curve = Curve(rate, tuple(each for each in found if math.isfinite(each)), ended)
    kept.put(name, asdict(curve))
    outcome = ended or f"{curve.start:.4g} -> {curve.end:.4g}"
    said(f"rate {rate:g}: {outcome}")
    return curve


class _RunEndedError(Exception):
    """A run has gone to pieces."""


def _ended(losses: Sequence[float]) -> str:
    if not math.isfinite(losses[-1]):
        return f"the loss was no number after {len(losses)} steps"
    if losses[0] > 0 and losses[-1] > _SURGE * losses[0]:
        return (
            f"the loss was {losses[-1] / losses[0]:.1f} times the first after {len(losses)} steps"
        )
    return ""


def _judged(curves: list[Curve]) -> Rates:
    """The lowest end; of those that end as low but for a little, the middle one."""
    alive = [curve for curve in curves if curve.end < curve.start]
    if not alive:
        told = "; ".join(
            f"{c.rate:g}: {c.ended or f'{c.start:.4g} -> {c.end:.4g}'}" for c in curves
        )
        raise LabError(
            f"no rate lowers the loss ({told}); let it train longer, or ask irodori doctor"
        )
    best = min(alive, key=lambda curve: curve.end)
    slack = _LITTLE * (best.start - best.end)
    equal = [curve for curve in alive if curve.end <= best.end + slack]
    chosen = equal[len(equal) // 2]  # of two the lower: it is safer
    said = [f"with {chosen.rate:g} the loss falls from {chosen.start:.4g} to {chosen.end:.4g}"]
    if len(equal) > 1:
        others = ", ".join(f"{curve.rate:g}" for curve in equal if curve is not chosen)
        said.append(f"{others} did as well, so it is no narrow choice")
    said += _neighbors(curves, equal)
    if chosen.rate in (curves[0].rate, curves[-1].rate):
        said.append("it is the last one tried on its side: try beyond it, too")
    return Rates(tuple(curves), chosen.rate, "; ".join(said))


def _neighbors(curves: Sequence[Curve], equal: Sequence[Curve]) -> list[str]:
    """What happens above and below the good ones."""
    said = []
    above = [curve for curve in curves if curve.rate > equal[0].rate]
    below = [curve for curve in curves if curve.rate < equal[-1].rate]
    for side, found in (("above", above[-1:]), ("below", below[:1])):
        for curve in found:
            outcome = curve.ended or f"it ends at {curve.end:.4g}"
            said.append(f"{side}, with {curve.rate:g}, {outcome}")
    return said
