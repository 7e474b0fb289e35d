"""A finding: one thing that is wrong with a training, with its numbers, cause and remedy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Family: TypeAlias = Literal[
    "learning-rate",
    "activation",
    "loss",
    "optimizer",
    "initialization",
    "preprocessing",
    "labels",
    "training-length",
    "batch-size",
    "regularization",
    "architecture",
    "mode",
    "frozen",
    "gradient",
    "shape",
    "data-loading",
    "imbalance",
    "augmentation",
    "evaluation",
]
"""The kinds of fault, fixed words; every finding has exactly one."""

FAMILIES: tuple[Family, ...] = get_args(Family)

Severity: TypeAlias = Literal["error", "warning"]
"""error: the training cannot work like this; warning: it works worse than it would."""


@dataclass(frozen=True)
class Finding:
    """One thing the doctor found.

    code: a fixed name for this kind of finding, for example "softmax-twice".
    title: what is wrong, in half a sentence.
    evidence: what was seen, a line each, with numbers.
    cause: why that hurts a training, in one sentence.
    remedy: a line of code, or two.
    where: the layer, option or loader that it is about.
    """

    code: str
    family: Family
    severity: Severity
    title: str
    evidence: tuple[str, ...]
    cause: str
    remedy: str
    where: str = ""


@dataclass
class Suspicion:
    """A finding that may be: how likely it is before anything was tried, and what would show it.

    weight: 0..1, how unusual what was seen is.
    certain: seen directly; no experiment has to agree.
    remedies: names of the experiments that would confirm it, see `remedies.REMEDIES`.
    gain: what the best of them gained in score over the program as it is, None if none was run.
    """

    code: str
    family: Family
    title: str
    evidence: list[str]
    cause: str
    remedy: str
    where: str = ""
    weight: float = 0.5
    certain: bool = False
    remedies: tuple[str, ...] = ()
    gain: float | None = None
    details: dict[str, float] = field(default_factory=dict)

    def finding(self) -> Finding:
        """As a finding; an error if it was seen directly or undoing it gains much."""
        grave = self.certain or (self.gain or 0.0) >= 0.3
        return Finding(
            code=self.code,
            family=self.family,
            severity="error" if grave else "warning",
            title=self.title,
            evidence=tuple(self.evidence),
            cause=self.cause,
            remedy=self.remedy,
            where=self.where,
        )
