"""What a watched step is read for: a few numbers per layer and weight, in few, grouped calls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.doctor.ops import tensors_of

VALUES = 4096  # of a layer's output or weights that a reading looks at
_ROWS = 32  # samples that a dead unit is looked for in
ACTIVATION_MODULES = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh,
    nn.Hardtanh, nn.Softplus, nn.PReLU, nn.Mish, nn.Hardswish,
)  # fmt: skip
RECTIFIERS = frozenset(("ReLU", "ReLU6"))


def is_watched(module: nn.Module) -> bool:
    """Activations, and layers without children that have a weight matrix."""
    if isinstance(module, ACTIVATION_MODULES):
        return True
    return not any(True for _ in module.children()) and any(
        p.ndim > 1 for p in module.parameters(recurse=False)
    )


def trainable(model: nn.Module) -> tuple[list[str], list[Tensor]]:
    """Names and tensors of what the model trains."""
    chosen = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    return [n for n, _ in chosen], [p for _, p in chosen]


def some(tensor: Tensor) -> Tensor:
    """Some VALUES of the values, evenly spaced; all of them where there are fewer. No copy."""
    flat = tensor.detach()
    if flat.numel() <= VALUES:
        return flat
    return flat.reshape(-1)[:: flat.numel() // VALUES]


def output_reading(output: Tensor, kind: str) -> tuple[list[Tensor], int, int]:
    """Mean, Euclidean norm, and how many units are dead (ReLU) or values flat (sigmoid, tanh).

    Then what the count is out of, and how many values the norm is of. The numbers stay on the
    device; nothing is waited for.
    """
    few = some(output) if output.ndim > 2 else _first_rows(output)
    if few.dtype != torch.float32:
        few = few.float()
    mean, norm = few.mean(), torch.linalg.vector_norm(few)
    if kind in RECTIFIERS and output.ndim > 1:
        alive = torch.count_nonzero(_highest(output.detach()))
        return [mean, norm, alive], -output.shape[1], few.numel()
    if kind == "Sigmoid":
        flat = torch.count_nonzero((few - 0.5).abs() > 0.4933)
        return [mean, norm, flat], few.numel(), few.numel()
    if kind in ("Tanh", "Hardtanh"):
        flat = torch.count_nonzero(few.abs() > 0.999)
        return [mean, norm, flat], few.numel(), few.numel()
    return [mean, norm], 1, few.numel()


def _first_rows(output: Tensor) -> Tensor:
    """Whole rows of a batch up to VALUES values: one block of memory, read several times faster."""
    rows = VALUES // max(1, output.shape[-1]) if output.ndim == 2 else VALUES
    return output.detach()[: max(1, rows)]


def spread(mean: float, norm: float, count: int) -> float:
    """The deviation of values from their mean and their norm."""
    return math.sqrt(max(0.0, norm * norm / count - mean * mean))


def _highest(output: Tensor) -> Tensor:
    """The largest value of each unit (axis 1) over some samples and places."""
    part = output[:_ROWS]
    if part.ndim == 2:
        return part.amax(0)
    places = part.flatten(2)
    return places[:, :, :: max(1, places.shape[2] // 256)].amax((0, 2))


def share(count: float, out_of: int) -> float:
    """Of dead or flat ones; a negative `out_of` says that those alive were counted."""
    return 1 - count / -out_of if out_of < 0 else count / out_of


def norms(tensors: Sequence[Tensor]) -> list[Tensor]:
    """The Euclidean norm of each, in one grouped call."""
    return list(torch._foreach_norm(list(tensors)))


def copies(tensors: Sequence[Tensor]) -> list[Tensor]:
    """A copy of some values of each, in one grouped call."""
    with torch.no_grad():
        return list(torch._foreach_add([some(t) for t in tensors], 0.0))


def gradients(parameters: Sequence[Tensor]) -> list[Tensor]:
    """Norms of some values of each gradient; 0 where there is none."""
    given = [p.grad for p in parameters if p.grad is not None and not p.grad.is_sparse]
    found = iter(norms([some(g) for g in given]) if given else [])
    zero = torch.zeros(()) if not given else given[0].new_zeros(())
    return [
        zero if p.grad is None or p.grad.is_sparse else next(found)  # asked in the same order
        for p in parameters
    ]


def on_host(numbers: Sequence[Tensor]) -> list[float]:
    """Single numbers as floats, in one transfer."""
    return list(torch.stack(list(numbers)).tolist()) if numbers else []


def single(loss: Any) -> Any:
    """A loss as it is kept until the next transfer: a tensor of one number, a float, or a dict."""
    if isinstance(loss, Tensor):
        if loss.numel() == 1:
            return loss.item() if loss.device.type == "cpu" else loss.detach().reshape(())
        return loss.detach().float().mean()
    if isinstance(loss, dict):
        return {str(k): float(v) for k, v in loss.items()}
    if isinstance(loss, int | float):
        return float(loss)
    found = tensors_of(loss)
    return found[0].detach().float().mean() if found else float("nan")
