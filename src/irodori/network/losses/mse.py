"""Mean squared difference: (1 / sum w) * sum w (answer - target)^2.

The log-likelihood of a normal distribution; its best answer under doubt is the mean (Bishop,
"Pattern Recognition and Machine Learning", 2006, section 1.2.5).
"""

from __future__ import annotations

from torch import Tensor


def mse(answer: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """answer, target: (N, C, H, W); weight: (N, 1, H, W) in 0..1, 0 where nothing is asked."""
    total = weight.sum() * answer.shape[1]
    return (((answer - target) ** 2) * weight).sum() / total.clamp(min=1)
