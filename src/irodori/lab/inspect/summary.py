"""A model at a glance: its layers, what leaves them, what they cost, how far they see."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import Call, call, tensors_in
from irodori.lab.inspect.receptive import FieldFinder
from irodori.lab.modes import evaluation


@dataclass(frozen=True)
class Layer:
    """One module that holds no others.

    shape: of its first output, the sample axis first. trainable, frozen: numbers of parameters,
    those of a layer used twice counted once. multiply_adds: for the batch given, of all its uses.
    field: what one unit of a map sees, or "" where there is none.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    trainable: int
    frozen: int
    multiply_adds: int
    uses: int
    field: str


@dataclass(frozen=True)
class Summary:
    """All layers in the order of their first use, those never used last; printed, it is a table."""

    layers: tuple[Layer, ...]
    trainable: int
    frozen: int
    multiply_adds: int

    def __str__(self) -> str:
        head = ("layer", "kind", "output", "trainable", "frozen", "mult-adds", "sees")
        rows = [
            (
                layer.name + (f" (x{layer.uses})" if layer.uses > 1 else ""),
                layer.kind,
                " x ".join(map(str, layer.shape)) if layer.uses else "never used",
                _count(layer.trainable),
                _count(layer.frozen),
                _count(layer.multiply_adds),
                layer.field,
            )
            for layer in self.layers
        ]
        total = ("all", "", "", _count(self.trainable), _count(self.frozen))
        rows.append((*total, _count(self.multiply_adds), ""))
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
        lines = [
            "  ".join(
                cell.rjust(width) if 3 <= i <= 5 else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in [head, *rows]
        ]
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def summary(model: nn.Module, batch: Any, *, fields: bool = True, call: Call = call) -> Summary:
    """What each layer of a model is, makes and costs for this batch.

    fields: also how far the units of each map see (see `FieldFinder`), which runs a copy of the
    model once more. Multiply-adds are those that PyTorch counts: convolutions, products of
    matrices, attention.
    """
    seen: dict[str, list[tuple[int, ...]]] = {}
    leaves = {name: each for name, each in model.named_modules() if not list(each.children())}
    handles = [each.register_forward_hook(_noting(seen, name)) for name, each in leaves.items()]
    counter = FlopCounterMode(display=False)
    try:
        with evaluation(model), torch.no_grad(), counter:
            call(model, batch)
    finally:
        for handle in handles:
            handle.remove()
    flops = counter.get_flop_counts()
    far = _fields(model, seen, batch, call) if fields else {}
    counted: set[int] = set()
    order = [*seen, *(name for name in leaves if name not in seen)]
    layers = []
    for name in order:
        trainable, frozen = _parameters(leaves[name].parameters(), counted)
        cost = sum(flops.get(f"{type(model).__name__}.{name}" if name else "Global", {}).values())
        shapes = seen.get(name, [()])
        kind = type(leaves[name]).__name__
        uses = len(seen.get(name, []))
        sees = far.get(name, "")
        layers.append(Layer(name, kind, shapes[0], trainable, frozen, cost // 2, uses, sees))
    trainable, frozen = _parameters(model.parameters(), set())
    return Summary(tuple(layers), trainable, frozen, counter.get_total_flops() // 2)


def _noting(seen: dict[str, list[tuple[int, ...]]], name: str) -> Any:
    def note(module: nn.Module, inputs: Any, output: Any) -> None:
        first = next(tensors_in(output), None)
        seen.setdefault(name, []).append(tuple(first.shape) if first is not None else ())

    return note


def _parameters(parameters: Iterable[Tensor], counted: set[int]) -> tuple[int, int]:
    trainable = frozen = 0
    for parameter in parameters:
        if id(parameter) in counted:
            continue
        counted.add(id(parameter))
        if parameter.requires_grad:
            trainable += parameter.numel()
        else:
            frozen += parameter.numel()
    return trainable, frozen


def _fields(
    model: nn.Module, shapes: dict[str, list[tuple[int, ...]]], batch: Any, call: Call
) -> dict[str, str]:
    """How far the units of each map see, for the layers where that can be told."""
    maps = [name for name, shape in shapes.items() if name and len(shape[0]) == 4]
    try:
        finder = FieldFinder(model, maps, batch, call=call)
    except (LabError, RuntimeError):  # no pictures go in, or other operands are not doubles
        return {}
    found = {}
    for name in maps:
        with suppress(LabError, RuntimeError):  # not reached by a gradient
            found[name] = str(finder.field(name))
    return found


def _count(number: int) -> str:
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**4)):
        if number >= size:
            return f"{number / (1000 if unit == 'k' else size):.3g} {unit}"
    return str(number) if number else "-"
