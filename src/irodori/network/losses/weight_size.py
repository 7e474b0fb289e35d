"""Regularization of weights: L1, sum |w|, which empties many; L2, sum w^2 / 2, which shrinks all.

Sources: Tibshirani, J. R. Stat. Soc. B 58, 1996 (L1); Hoerl, Kennard, Technometrics 12, 1970 (L2).
Biases and the scales of normalization are left alone, as is usual.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def weight_l1(parameters: Iterable[Tensor]) -> Tensor:
    """Sum of |w| over all parameters with two axes or more."""
    return torch.stack([weight.abs().sum() for weight in parameters if weight.dim() > 1]).sum()


def weight_l2(parameters: Iterable[Tensor]) -> Tensor:
    """Half the sum of w^2 over all parameters with two axes or more."""
    return torch.stack([(weight**2).sum() for weight in parameters if weight.dim() > 1]).sum() / 2
