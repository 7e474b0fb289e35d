"""Which members a team is made of: those that make it better on validation, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from irodori.lab.errors import LabError


def choose(
    members: int, error: Callable[[Sequence[float]], float], *, rounds: int = 50
) -> list[float]:
    """A weight for each of `members`, sum 1, 0 for those left out; no worse than the best alone.

    Greedy, with return (Caruana et al., ICML 2004): from the best member on, the one is added that
    lowers the error most, as long as one does, at most `rounds` times; its weight is how often it
    was. error: on validation, of the team with these weights (any scale), the less the better, such
    as `lambda weights: log_loss(right)(combine(probabilities, weights=weights))`. Raises LabError
    where it is no number for any member.
    """
    counts = [0.0] * members
    least = float("inf")
    for _ in range(rounds):
        found = [error([c + (m == n) for m, c in enumerate(counts)]) for n in range(members)]
        best = min(range(members), key=lambda number: _or_infinite(found[number]))
        if not found[best] < least:
            break
        least = found[best]
        counts[best] += 1
    if not sum(counts):
        raise LabError("the error of every member is no number (NaN); nothing can be chosen by it")
    return [count / sum(counts) for count in counts]


def _or_infinite(value: float) -> float:
    return value if value == value else float("inf")


def error_rate(targets: Tensor) -> Callable[[Tensor], float]:
    """The share of samples whose strongest class is not theirs. targets: int64 (N, ...)."""
    return lambda probabilities: float((probabilities.argmax(1) != targets).float().mean())


def log_loss(targets: Tensor) -> Callable[[Tensor], float]:
    """The mean negative log-likelihood, in nats. targets: int64 (N, ...)."""

    def error(probabilities: Tensor) -> float:
        likely = probabilities.gather(1, targets.unsqueeze(1))
        return float(-torch.log(likely.clamp(min=1e-12)).mean())

    return error
