"""How well proposed palettes hold the colors of a picture; the best of several counts most.

For a set P of proposed colors p with weights u, and the true colors t with weights w, both of
which sum to 1:

    d(P, T) = sum_t w_t softmin_p |p - t| + sum_p u_p min_t |p - t|

the two-way nearest-neighbor distance of sets (Chamfer; Barrow et al., IJCAI 1977). Over k proposals
the smallest d counts, so that each may stand for another answer (multiple choice learning:
Guzman-Rivera, Batra, Kohli, NIPS 2012), and a tenth of the mean keeps the others alive.
"""

from __future__ import annotations

import torch
from torch import Tensor

_SOFT = 0.05  # RGB distance over which two proposed colors share the work of standing for one


def palette_set(proposed: Tensor, truth: Tensor) -> Tensor:
    """proposed: (N, k, 16, 4); truth: (N, 16, 4); RGB in 0..1 and weight, 0 for an empty slot."""
    share = truth[:, None, :, 3] / truth[:, None, :, 3].sum(2, keepdim=True).clamp(min=1e-6)
    offered = proposed[..., 3] / proposed[..., 3].sum(2, keepdim=True).clamp(min=1e-6)  # (N, k, 16)
    apart = (proposed[:, :, :, None, :3] - truth[:, None, None, :, :3]).abs().mean(4)
    nothing = 1e3 * (proposed[..., 3] <= 0).to(apart.dtype)[..., None]
    found = -_SOFT * torch.logsumexp(
        torch.log(offered.clamp(min=1e-6))[..., None] - (apart + nothing) / _SOFT, 2
    )
    no_truth = 1e3 * (truth[:, None, None, :, 3] <= 0).to(apart.dtype)
    needless = (offered * (apart + no_truth).amin(3)).sum(2)
    each = (share * found).sum(2) + needless  # (N, k)
    each = each * (truth[:, :, 3].sum(1) > 0).to(each.dtype)[:, None]
    return each.amin(1).mean() + 0.1 * each.mean()
