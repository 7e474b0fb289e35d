"""Networks with less weight: the smallest weights set to zero, and how many are."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import prune as torch_prune

from irodori.lab.errors import LabError


def prune(model: nn.Module, sparsity: float) -> None:
    """Holds the weights of least magnitude at zero, over all layers together (Han et al., 2015).

    sparsity: 0 <= share < 1 of the weights with two axes or more; biases and normalization stay.
    Training on keeps them at zero (`torch.nn.utils.prune` masks them); `settle` ends that. Called
    again with a larger share, more go. Raises LabError.
    """
    if not 0 <= sparsity < 1:
        raise LabError(f"sparsity {sparsity:g}: must be at least 0 and below 1")
    layers = list(_layers(model))
    if not layers:
        raise LabError(f"{type(model).__name__} has no layer whose weights could be pruned")
    weights = torch.cat([weight.detach().abs().flatten() for _, weight in layers])
    cut = round(sparsity * len(weights))
    kept = torch.ones(len(weights))
    kept[weights.argsort(stable=True)[:cut]] = 0
    start = 0
    for layer, weight in layers:
        mask = kept[start : start + weight.numel()].view_as(weight).to(weight)
        torch_prune.custom_from_mask(layer, "weight", mask)  # type: ignore[no-untyped-call]
        start += weight.numel()


def settle(model: nn.Module) -> None:
    """Makes plain weights of what `prune` masks, zeros included."""
    for layer, _ in _layers(model):
        if torch_prune.is_pruned(layer):
            torch_prune.remove(layer, "weight")  # type: ignore[no-untyped-call]


def sparsity_of(model: nn.Module) -> float:
    """The share of zeros among the weights that `prune` looks at, 0..1."""
    zeros = [int((weight == 0).sum()) for _, weight in _layers(model)]
    sizes = [weight.numel() for _, weight in _layers(model)]
    return sum(zeros) / max(1, sum(sizes))


def l1(model: nn.Module) -> Tensor:
    """The sum of the magnitudes of these weights: added to a loss, it draws many to zero.

    A small share of it, about 1e-5, before `prune` makes its zeros cost less.
    """
    return torch.stack([weight.abs().sum() for _, weight in _layers(model)]).sum()


def _layers(model: nn.Module) -> Iterator[tuple[nn.Module, Tensor]]:
    """Layers whose weights have two axes or more, and these weights."""
    for module in model.modules():
        weight = getattr(module, "weight", None)
        if isinstance(weight, Tensor) and weight.dim() >= 2:
            yield module, weight
