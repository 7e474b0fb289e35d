"""Mean absolute difference: (1 / sum w) * sum w |answer - target|.

Its best answer under doubt is the median of what may be right (Huber, "Robust Statistics", 1981),
so it blurs less than the squared error.
"""

from __future__ import annotations

from torch import Tensor


def l1(answer: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """answer, target: (N, C, H, W); weight: (N, 1, H, W) in 0..1, 0 where nothing is asked."""
    total = weight.sum() * answer.shape[1]
    return ((answer - target).abs() * weight).sum() / total.clamp(min=1)
