"""What in a picture made a unit speak: the deconvnet reconstruction.

Gradients flow back from one unit, but through every ReLU only their positive part, whatever its
input was (Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014);
max pooling passes them to where the maximum came from. Rules are applied to the operations and not
to modules, so that functional, in-place and reused ReLU are all met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode


class _DeconvReLU(torch.autograd.Function):
    """ReLU forwards; backwards the ReLU of the gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0].clamp(min=0)


def _relu(x: Tensor, inplace: bool = False) -> Tensor:
    result: Tensor = _DeconvReLU.apply(x)  # type: ignore[no-untyped-call]
    return result


RELUS: frozenset[Callable[..., Any]] = frozenset(
    {F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_}
)
"""Every way in which PyTorch spells a ReLU."""


class DeconvnetRules(TorchFunctionMode):
    """Within this context ReLU follows the deconvnet's rule, wherever it is called from."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Called by PyTorch for each operation."""
        if func in RELUS:
            return _relu(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))
