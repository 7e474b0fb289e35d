"""Pictures made of votes: what a person would see, and the mean that has a gradient."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from irodori.color.space import to_even
from irodori.training.drawings import STRIDE
from irodori.training.feed import Batch

Votes = tuple[Tensor, Tensor]
"""Log-votes (N, candidates, h, w) and shade (N, 1, h, w), as `ColorNet` answers."""


def even(rgb: Tensor) -> Tensor:
    """RGB (..., 3) in 0..1 -> even coordinates (..., 3); no gradient."""
    return torch.from_numpy(to_even(rgb.detach().float().cpu().numpy())).to(rgb.device)


def chosen_picture(answer: Votes, batch: Batch, colors: Tensor) -> Tensor:
    """RGB (N, 3, H, W): the color with most votes in each cell, times its shade."""
    best = torch.zeros_like(answer[0]).scatter_(1, answer[0].argmax(1, keepdim=True), 1)
    return _picture(best, answer[1], batch, colors)


def expected_picture(answer: Votes, batch: Batch, colors: Tensor) -> Tensor:
    """RGB (N, 3, H, W): the votes' mean color in each cell, times its shade."""
    return _picture(answer[0].exp(), answer[1], batch, colors)


def _picture(votes: Tensor, shade: Tensor, batch: Batch, colors: Tensor) -> Tensor:
    bins, palette, hints = len(colors), batch["palette"], batch["hints"]
    rows, columns = hints.shape[2], hints.shape[3]
    votes, shade = votes[:, :, :rows, :columns], shade[:, :, :rows, :columns]
    flowing = hints[:, 4:7] / hints[:, 7:8].clamp(min=1e-6)
    rgb = (
        torch.einsum("nbhw,bc->nchw", votes[:, :bins], colors.to(votes))
        + torch.einsum("nshw,nsc->nchw", votes[:, bins:-1], palette[:, :, :3])
        + votes[:, -1:] * flowing
    )
    picture = F.interpolate(rgb * shade, scale_factor=STRIDE, mode="nearest")
    return picture[:, :, : batch["ink"].shape[2], : batch["ink"].shape[3]]
