"""Which part of the input moved this part of the output: by covering it up, and by gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.inspect.calling import Call, call, first_tensor
from irodori.lab.modes import evaluation

Region = Callable[[Any], Tensor]
"""output -> a tensor of the values in question, a region of the output for example."""


@dataclass(frozen=True)
class Influence:
    """How much the region's values change without one part: mean absolute change."""

    part: str
    change: float


def occlusion(
    model: nn.Module,
    batch: Any,
    without: dict[str, Any],
    *,
    region: Region = first_tensor,
    call: Call = call,
) -> list[Influence]:
    """Which part of the input moved a region of the output, the strongest first.

    without: a name and the batch that lacks that part, for each part: a hint taken away, a color
    taken out of the palette, a square covered.
    """
    with evaluation(model), torch.no_grad():
        whole = region(call(model, batch)).float()
        found = [
            Influence(part, float((region(call(model, less)).float() - whole).abs().mean()))
            for part, less in without.items()
        ]
    return sorted(found, key=lambda each: each.change, reverse=True)


def saliency(
    model: nn.Module,
    inputs: Tensor,
    *,
    region: Region = first_tensor,
    call: Call = call,
) -> Tensor:
    """How strongly each pixel of `inputs` (N, C, H, W) moves a region: (N, H, W), not negative.

    The largest absolute gradient over the channels (Simonyan, Vedaldi, Zisserman, 2014), through
    Captum, so that what else it offers can be put in its place.
    """
    from captum.attr import Saliency

    def total(leaf: Tensor) -> Tensor:
        return region(call(model, leaf)).float().flatten(1).sum(1)

    with evaluation(model), torch.enable_grad():
        gradient: Tensor = Saliency(total).attribute(inputs.detach().clone().requires_grad_())
    return gradient.amax(1).detach()
