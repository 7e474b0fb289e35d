"""Difference in what a seeing network notices: sum over layers of mean |f(answer) - f(target)|.

Source: Johnson, Alahi, Fei-Fei, "Perceptual Losses", ECCV 2016, with the absolute difference of
later work. Any network that answers with features may look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def perceptual(see: Callable[[Tensor], Sequence[Tensor]], answer: Tensor, target: Tensor) -> Tensor:
    """see: pictures (N, 3, H, W) in 0..1 -> features (N, C, h, w), one or several.

    The gradient goes to the answer; the caller freezes the weights of `see`.
    """
    with torch.no_grad():
        wanted = see(target)
    layers = [(a - b).abs().mean() for a, b in zip(see(answer), wanted, strict=True)]
    return torch.stack(layers).sum()
