"""How restless a picture is: mean |x[i+1, j] - x[i, j]| + mean |x[i, j+1] - x[i, j]|.

Source: Rudin, Osher, Fatemi, Physica D 60, 1992, in its anisotropic form.
"""

from __future__ import annotations

from torch import Tensor


def total_variation(picture: Tensor) -> Tensor:
    """picture: (N, C, H, W), H and W at least 2."""
    down = (picture[:, :, 1:] - picture[:, :, :-1]).abs().mean()
    across = (picture[:, :, :, 1:] - picture[:, :, :, :-1]).abs().mean()
    return down + across
