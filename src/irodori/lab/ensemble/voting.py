"""What several answers come to: one vote each, votes that count by confidence, or their average.

Axes: M members, N samples, C classes, then any others, such as the places of a picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

from torch import Tensor

from irodori.lab.errors import LabError

How: TypeAlias = Literal["vote", "confidence", "average"]
"""vote: each member's strongest class has one vote. confidence: that vote counts as much as the
member is sure of it. average: all its probabilities count."""


def combine(
    probabilities: Tensor, how: How = "average", weights: Sequence[float] | None = None
) -> Tensor:
    """Probabilities (M, N, C, ...) of the members -> those of the team (N, C, ...), sums 1 over C.

    weights: of each member, any scale; None for equal ones. Classes that tie for strongest share
    the vote. Raises LabError for weights that are not M numbers of at least 0, not all 0.
    """
    if how not in get_args(How):
        raise LabError(f"{how}: no way to vote; there are {', '.join(get_args(How))}")
    share = probabilities.new_tensor(member_weights(len(probabilities), weights))
    share = share.reshape(-1, *[1] * (probabilities.dim() - 1))
    if how == "average":
        return (share * probabilities).sum(0)
    confidence = probabilities.amax(2, keepdim=True)
    strongest = (probabilities == confidence).to(probabilities.dtype)
    votes = strongest / strongest.sum(2, keepdim=True)
    counts = share * confidence if how == "confidence" else share
    votes = (counts * votes).sum(0)
    return votes / votes.sum(1, keepdim=True)


def member_weights(members: int, weights: Sequence[float] | None = None) -> list[float]:
    """A weight for each of `members`, sum 1. Raises LabError as `combine` does."""
    given = [1.0] * members if weights is None else [float(weight) for weight in weights]
    total = sum(given)
    if len(given) != members or not (0 < total < math.inf and all(each >= 0 for each in given)):
        raise LabError(
            f"weights {given}: give {members} finite numbers of at least 0, not all of them 0"
        )
    return [each / total for each in given]
