"""A model's layers and what flows between them, drawn from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import Call, call, tensors_in
from irodori.lab.modes import evaluation

INPUT = "input"


@dataclass
class Node:
    """One use of a layer, or of an operation that joins several layers' answers.

    label: what it is; shape: of its first output; sources: the nodes whose answers it takes.
    """

    label: str
    shape: tuple[int, ...]
    sources: list[int] = field(default_factory=list)
    depth: int = 0


def trace(model: nn.Module, batch: Any, *, call: Call = call) -> list[Node]:
    """The uses of a model's layers in their order, with what each takes; the first is the input.

    Operations between layers pass on where a tensor comes from; one that joins several (a skip
    connection, an attention) is a node of its own.
    """
    tracer = _Tracer(batch)
    leaves = {name: each for name, each in model.named_modules() if not list(each.children())}
    handles = []
    for name, each in leaves.items():
        handles.append(each.register_forward_pre_hook(tracer.enter, with_kwargs=True))
        handles.append(each.register_forward_hook(tracer.leaving(name)))
    try:
        with evaluation(model), torch.no_grad(), tracer:
            call(model, batch)
    finally:
        for handle in handles:
            handle.remove()
    if len(tracer.nodes) == 1:
        raise LabError(f"{type(model).__name__} used no layer for this batch; nothing to draw")
    return tracer.nodes


class _Tracer(TorchFunctionMode):
    """Follows tensors from node to node by what each operation takes and gives."""

    def __init__(self, batch: Any) -> None:
        super().__init__()
        first = next(tensors_in(batch), None)
        self.nodes = [Node(INPUT, tuple(first.shape) if first is not None else ())]
        self._origins: dict[int, frozenset[int]] = {
            id(each): frozenset({0}) for each in tensors_in(batch)
        }
        self._alive: list[Tensor] = list(tensors_in(batch))  # an id is only good while it lives
        self._inside = 0
        self._taken: list[frozenset[int]] = []

    def enter(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        self._inside += 1
        self._taken.append(self._from(list(tensors_in([*args, *kwargs.values()]))))

    def leaving(self, name: str) -> Callable[[nn.Module, Any, Any], None]:
        def leave(module: nn.Module, inputs: Any, output: Any) -> None:
            self._inside -= 1
            label = f"{name or 'model'}\n{type(module).__name__}"
            self._note(label, self._taken.pop(), output)

        return leave

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        output = func(*args, **(kwargs or {}))
        if self._inside == 0 and isinstance(output, (Tensor, tuple, list)):
            origins = self._from(list(tensors_in([*args, *(kwargs or {}).values()])))
            if len(origins) > 1:
                self._note(getattr(func, "__name__", "join").strip("_"), origins, output)
            elif origins:
                self._mark(output, origins)
        return output

    def _from(self, tensors: list[Tensor]) -> frozenset[int]:
        return frozenset().union(*(self._origins.get(id(each), frozenset()) for each in tensors))

    def _note(self, label: str, sources: frozenset[int], output: Any) -> None:
        first = next(tensors_in(output), None)
        depth = 1 + max((self.nodes[source].depth for source in sources), default=0)
        shape = tuple(first.shape) if first is not None else ()
        self.nodes.append(Node(label, shape, sorted(sources), depth))
        self._mark(output, frozenset({len(self.nodes) - 1}))

    def _mark(self, output: Any, origins: frozenset[int]) -> None:
        for each in tensors_in(output):
            self._origins[id(each)] = origins
            self._alive.append(each)


def graph(model: nn.Module, batch: Any, *, most: int = 150, call: Call = call) -> Figure:
    """The traced model as a figure, at most so many nodes of it."""
    nodes = trace(model, batch, call=call)[:most]
    rows: dict[int, list[int]] = {}
    for number, node in enumerate(nodes):
        rows.setdefault(node.depth, []).append(number)
    places = {
        number: (column - (len(row) - 1) / 2, -depth)
        for depth, row in rows.items()
        for column, number in enumerate(row)
    }
    widest = max(map(len, rows.values()))
    figure = Figure(
        figsize=(max(4, 1.9 * widest + 1), 0.72 * len(rows) + 0.6), layout="constrained"
    )
    axis = figure.subplots()
    for number, node in enumerate(nodes):
        for source in node.sources:
            _arrow(axis, places[source], places[number], nodes[number].depth - nodes[source].depth)
    for number, node in enumerate(nodes):
        _box(axis, node, *places[number])
    axis.set_xlim(-widest / 2 - 0.6, widest / 2 + 1.1)
    axis.set_ylim(-len(rows) + 0.4, 0.6)
    axis.axis("off")
    return figure


def _box(axis: Any, node: Node, x: float, y: float) -> None:
    color = "#e8efe9" if "\n" in node.label else "#f6ead9"
    corner = (x - 0.43, y - 0.25)
    box = FancyBboxPatch(corner, 0.86, 0.5, boxstyle="round,pad=0.02", fc=color, ec="#5c6b63")
    axis.add_patch(box)
    shape = " x ".join(map(str, node.shape))
    axis.text(x, y, f"{node.label}\n{shape}", ha="center", va="center", fontsize=6)


_BULGE = 2.8  # levels times the bend of an arrow


def _arrow(axis: Any, start: tuple[float, float], end: tuple[float, float], levels: int) -> None:
    # A skip connection goes round what it skips, and bulges no further than the figure is wide.
    bend = 0.0 if levels <= 1 else min(0.35, _BULGE / levels)
    axis.annotate(
        "",
        xy=(end[0], end[1] + 0.27),
        xytext=(start[0], start[1] - 0.27),
        arrowprops={"arrowstyle": "->", "color": "#5c6b63", "connectionstyle": f"arc3,rad={-bend}"},
    )
