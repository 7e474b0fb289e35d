"""Where a NaN came from: the last batch once more, layer by layer, before the weights are lost."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.doctor.ops import tensors_of


def find(model: nn.Module, args: Any, kwargs: Any) -> str:
    """The first place whose output is not finite though its input is; in words.

    model: with weights as they were in that forward pass. Modes, buffers and random state stay.
    """
    if not _finite(tensors_of((args, kwargs))):
        return "the inputs: a batch holds NaN or infinity"
    broken = [n for n, p in model.named_parameters() if not bool(p.isfinite().all())]
    if broken:
        return f"the weights: {broken[0]} was not finite before this step"
    first: list[str] = []
    handles = [
        m.register_forward_hook(_checker(n or type(m).__name__, first))
        for n, m in model.named_modules()
    ]
    buffers = [(b, b.clone()) for b in model.buffers()]
    state = torch.get_rng_state()
    try:
        with torch.no_grad():
            model(*args, **kwargs)
    except Exception:
        return "unknown: the forward pass could not be repeated"
    finally:
        torch.set_rng_state(state)
        for handle in handles:
            handle.remove()
        for buffer, value in buffers:
            buffer.copy_(value)
    if first:
        return f"the forward pass: model.{first[0]} turns finite inputs into NaN or infinity"
    return _backward(model)


def _backward(model: nn.Module) -> str:
    """All outputs are finite: the loss, or the way back from it."""
    bad = [n for n, p in model.named_parameters() if p.grad is not None and not _finite([p.grad])]
    good = [n for n, p in model.named_parameters() if p.grad is not None and _finite([p.grad])]
    if bad and good:
        return f"the backward pass: {bad[-1]} gets a gradient that is not finite, {good[0]} not"
    return "the loss: all outputs of the model are finite, its gradient is not"


def _checker(name: str, first: list[str]) -> Any:
    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        if first:
            return
        if not _finite(tensors_of(output)) and _finite(tensors_of(inputs)):
            first.append(name)

    return hook


def _finite(tensors: Any) -> bool:
    return all(
        bool(t.isfinite().all()) for t in tensors if isinstance(t, Tensor) and t.is_floating_point()
    )
