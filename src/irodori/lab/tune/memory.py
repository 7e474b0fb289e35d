"""How much memory a training step needs, counted and not guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

_COPIES = 4  # of each weight: itself, its gradient, and the two averages that Adam keeps


def training_memory(model: nn.Module, forward: Callable[[], object]) -> int:
    """Bytes that a step holds at once: what forward keeps for backward, and four times the weights.

    forward: calls the model on a batch, with gradients; what it returns is thrown away.
    """
    import torch

    weights = {each.untyped_storage().data_ptr() for each in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    held = []
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        held.append(forward())  # alive until counted, or its places in memory are given anew
    parameters = sum(each.numel() * each.element_size() for each in model.parameters())
    return sum(kept.values()) + _COPIES * parameters
