"""The loss that teaches the painter to vote.

Every vote is a colour that the truth might be. The truth at a cell is taken to lie around the
right colour with density proportional to exp(-distance / bandwidth), so the votes form a mixture
whose weights are learnt and whose centres are given, and the loss is its negative log-likelihood
(as in mixture density networks, Bishop, 1994, and colour classification, Zhang, Isola, Efros,
ECCV 2016).
"""

from __future__ import annotations

import torch
from torch import Tensor


def distances(target: Tensor, bins: Tensor, palette: Tensor, flow: Tensor) -> Tensor:
    """How far each candidate is from the truth, (N, bins + slots + 1, h, w), in even colour.

    target and flow: (N, 3, h, w); bins: (bins, 3); palette: (N, slots, 3); all in even coordinates.
    """
    n, _, height, width = target.shape
    places = target.flatten(2).transpose(1, 2)  # (N, h w, 3)
    candidates = torch.cat([bins.expand(n, -1, -1), palette], 1)
    apart = torch.cdist(places, candidates, compute_mode="use_mm_for_euclid_dist")
    apart = apart.transpose(1, 2).reshape(n, -1, height, width)
    return torch.cat([apart, (target - flow).norm(dim=1, keepdim=True)], 1)


def vote_loss(
    log_votes: Tensor, apart: Tensor, weight: Tensor, *, bandwidth: float = 5.0
) -> Tensor:
    """Mean negative log-likelihood of the truth under the votes, weighted by cell.

    log_votes, apart: (N, candidates, h, w); weight: (N, 1, h, w) in 0..1, 0 on lines and outside
    the picture.
    """
    likelihood = torch.logsumexp(log_votes - apart / bandwidth, 1, keepdim=True)
    return -(likelihood * weight).sum() / weight.sum().clamp(min=1)
