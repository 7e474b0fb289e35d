"""The receptive field of a layer: which input pixels a unit can see, found by asking the network.

Every weight of a copy is made positive, ReLU the identity and maximum pooling an average, so that
nothing cancels and nothing is switched off; then the gradient of one unit is not zero exactly where
it sees. Dilation, strides, skip connections and branches are right without being known.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import (
    Call,
    call,
    layer_named,
    one_of,
    output_of,
    pictures_of,
    replaced,
)
from irodori.lab.inspect.deconvnet import RELUS
from irodori.lab.modes import evaluation


@dataclass(frozen=True)
class ReceptiveField:
    """What a unit sees, in input pixels.

    height, width: the field's size; cut is True where the input given was too small to hold it all,
    as for a layer that sees everything. stride: input pixels from one unit to the next, down and
    across.
    """

    height: int
    width: int
    stride: tuple[float, float]
    cut: bool

    def __str__(self) -> str:
        size = f"{self.height} x {self.width}"
        return f"{size} or more" if self.cut else size


@dataclass(frozen=True)
class Box:
    """Pixels of an input: rows top .. bottom and columns left .. right, ends not included."""

    top: int
    left: int
    bottom: int
    right: int


class FieldFinder:
    """Answers what units of some layers see, for inputs of one size; the model runs once.

    batch: as the model gets it; of its pictures (N, C, H, W) only the size matters. Raises LabError
    where the model has no such layer.
    """

    def __init__(
        self, model: nn.Module, layers: Sequence[str], batch: Any, *, call: Call = call
    ) -> None:
        twin = _all_seeing(model)
        one = _doubles(one_of(batch, 0))
        pictures = pictures_of(one)
        self._inputs = torch.ones_like(pictures).requires_grad_()
        with ExitStack() as stack:
            stack.enter_context(evaluation(twin))
            heard = {
                layer: stack.enter_context(output_of(layer_named(twin, layer))) for layer in layers
            }
            stack.enter_context(_Open())
            call(twin, replaced(one, pictures, self._inputs))
        self._maps = {layer: maps[0] for layer, maps in heard.items() if maps}

    def map_size(self, layer: str) -> tuple[int, int]:
        """Height and width of a layer's map, in units. Raises LabError where it has none."""
        if layer not in self._maps:
            raise LabError(f"layer {layer!r} was not used for this input")
        shape = self._maps[layer].shape
        if len(shape) != 4:
            raise LabError(f"layer {layer!r} answers with {tuple(shape)}, not with a map")
        return shape[2], shape[3]

    def box(self, layer: str, row: int, column: int) -> Box:
        """What the unit at `row`, `column` of a layer's map sees, within the input.

        Of a layer that is used more than once, its first use.
        """
        self.map_size(layer)
        total = self._maps[layer][0, :, row, column].sum()
        (seen,) = torch.autograd.grad(total, self._inputs, retain_graph=True, allow_unused=True)
        if seen is None or not bool((seen != 0).any()):
            raise LabError("no gradient reaches the input from this layer, so it sees nothing")
        there = (seen[0] != 0).any(0)
        rows, columns = (torch.nonzero(there.any(axis)).flatten() for axis in (1, 0))
        return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)

    def field(self, layer: str) -> ReceptiveField:
        """The receptive field of the unit in the middle of a layer's map."""
        rows, columns = self.map_size(layer)
        middle = self.box(layer, rows // 2, columns // 2)
        down = self.box(layer, min(rows // 2 + 1, rows - 1), columns // 2)
        across = self.box(layer, rows // 2, min(columns // 2 + 1, columns - 1))
        height, width = self._inputs.shape[2:]
        return ReceptiveField(
            middle.bottom - middle.top,
            middle.right - middle.left,
            (float(down.bottom - middle.bottom), float(across.right - middle.right)),
            cut=0 in (middle.top, middle.left) or middle.bottom == height or middle.right == width,
        )


def receptive_field(
    model: nn.Module, layer: str, batch: Any, *, call: Call = call
) -> ReceptiveField:
    """The receptive field of the unit in the middle of one layer's map. See `FieldFinder`."""
    return FieldFinder(model, [layer], batch, call=call).field(layer)


def _doubles(thing: Any) -> Any:
    """A batch with its real numbers in double precision, in the same wrapping."""
    if isinstance(thing, Tensor):
        return thing.double() if thing.is_floating_point() else thing
    if isinstance(thing, Mapping):
        return {key: _doubles(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_doubles(value) for value in thing]
    return thing


def _all_seeing(model: nn.Module) -> nn.Module:
    twin = copy.deepcopy(model).double()
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.requires_grad_(False).fill_(1.0 / max(1, parameter[0].numel()))
        for module in twin.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.reset_running_stats()
    return twin


def _identity(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    return x


def _average(
    x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, **_: Any
) -> Tensor:
    """Average pooling in the place of maximum pooling, with its dilation."""
    channels = x.shape[1]
    kernel = (kernel_size,) * 2 if isinstance(kernel_size, int) else tuple(kernel_size)
    weight = torch.ones(channels, 1, *kernel, dtype=x.dtype, device=x.device)
    return F.conv2d(
        x, weight, None, kernel if stride is None else stride, padding, dilation, channels
    )


_SAME = RELUS | {
    F.leaky_relu, F.relu6, F.hardtanh, F.sigmoid, torch.sigmoid, Tensor.sigmoid, F.tanh,
    torch.tanh, Tensor.tanh, F.gelu, F.silu, F.elu, F.hardswish, F.hardsigmoid, F.softplus,
    F.prelu, torch.prelu,
}  # fmt: skip
_POOLS = {F.max_pool2d, torch.max_pool2d, F.max_pool2d_with_indices}


class _Open(TorchFunctionMode):
    """Nonlinearities let everything through, pooling keeps every place."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func in _SAME:
            return _identity(*args, **(kwargs or {}))
        if func in _POOLS:
            return _average(*args, **{k: v for k, v in (kwargs or {}).items() if k != "ceil_mode"})
        return func(*args, **(kwargs or {}))
