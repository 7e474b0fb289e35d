"""How far a picture is from its hints: (1 / sum m) * sum m |mean color of the cell - hint|.

m is the mask of the painted hints. Colorization with user hints asks for them this way in Zhang et
al., "Real-Time User-Guided Image Colorization", ACM TOG 36(4), 2017, where hints are inputs whose
color is part of the target; as a loss of its own it can be weighed against the others.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from irodori.network.parts import STRIDE


def obedience(picture: Tensor, hints: Tensor) -> Tensor:
    """picture: (N, 3, H, W) in 0..1; hints: (N, 8, H/4, W/4), RGB premultiplied, then the mask.

    0 where no hint was given.
    """
    mask = hints[:, 3:4]
    mean = F.avg_pool2d(picture, STRIDE)
    return (mean * mask - hints[:, :3]).abs().sum() / (3 * mask.sum()).clamp(min=1)
