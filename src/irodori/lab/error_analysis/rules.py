"""What samples may have in common: a tag, a source, a figure below or above a bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

CLUSTER = "cluster"
"""The fact that says which cluster of features a sample lies in."""

_TAILS = (0.05, 0.1, 0.15, 0.2, 0.3)  # shares of samples that a bound cuts off, at either end


@dataclass(frozen=True)
class Sample:
    """One sample of a set: a name, its error (larger is worse), and what is known of it.

    facts: a text, a number, a list of texts (each counts), or None where it is not known.
    """

    id: str
    error: float
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """What makes a group: a fact that is a text, has a text among its own, or lies past a bound."""

    fact: str
    kind: Literal["is", "has", "below", "from"]
    value: str | float

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether a sample with these facts belongs to the group; False where it is not known."""
        found = facts.get(self.fact)
        if found is None:
            return False
        if self.kind == "has":
            return isinstance(found, (list, tuple, set)) and self.value in found
        if self.kind == "is":
            return str(found) == self.value
        if not is_number(found):
            return False
        bound = float(self.value)
        return bool(found < bound if self.kind == "below" else found >= bound)

    def __str__(self) -> str:
        if self.kind in ("is", "has"):
            return f"{self.fact}: {self.value}"
        return f"{self.fact} {'below' if self.kind == 'below' else 'from'} {self.value:.3g}" + (
            " up" if self.kind == "from" else ""
        )


def is_number(value: object) -> bool:
    """Whether a fact is a finite number; truth values are texts."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return bool(np.isfinite(value))


def rules_of(samples: Sequence[Sample], *, fewest: int = 6) -> list[Rule]:
    """All rules that hold for at least so many samples, and fail for as many.

    Facts come in the order in which samples name them. Numbers are cut at round shares of the
    samples, from either end.
    """
    facts = list(dict.fromkeys(fact for sample in samples for fact in sample.facts))
    rules: list[Rule] = []
    for fact in facts:
        values = [sample.facts.get(fact) for sample in samples]
        known = [value for value in values if value is not None]
        if known and all(is_number(value) for value in known):
            rules += _bounds(fact, np.asarray(known, float))
            continue
        for kind, counts in _counted(known).items():
            rules += [Rule(fact, kind, text) for text in sorted(counts)]
    enough = []
    for rule in rules:
        size = sum(rule.holds(sample.facts) for sample in samples)
        if fewest <= size <= len(samples) - fewest:
            enough.append(rule)
    return enough


def _bounds(fact: str, values: np.ndarray[Any, Any]) -> list[Rule]:
    """Below and from up; bounds lie between two values that occur."""
    different = np.unique(values)
    middles = (different[1:] + different[:-1]) / 2
    if not len(middles):
        return []
    rules: dict[Rule, None] = {}
    for tail in _TAILS:
        for kind, share in (("below", tail), ("from", 1 - tail)):
            at = float(np.quantile(values, share))
            bound = _short(float(middles[np.abs(middles - at).argmin()]), different)
            rules[Rule(fact, kind, bound)] = None  # type: ignore[arg-type]
    return list(rules)


def _short(bound: float, different: np.ndarray[Any, Any]) -> float:
    """The bound with as few digits as part the same values."""
    place = np.searchsorted(different, bound)
    for digits in range(2, 12):
        short = float(f"{bound:.{digits}g}")
        if np.searchsorted(different, short) == place and short not in different:
            return short
    return bound


def _counted(known: Sequence[Any]) -> dict[Literal["is", "has"], Counter[str]]:
    lists = [value for value in known if isinstance(value, (list, tuple, set))]
    texts = [str(value) for value in known if not isinstance(value, (list, tuple, set))]
    has = Counter(str(entry) for value in lists for entry in set(value))
    return {"has": has, "is": Counter(texts)}
