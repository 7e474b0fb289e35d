"""Which operations a forward pass runs, in order, and how to put others in their place.

PyTorch calls a `TorchFunctionMode` for every function, whether a module runs it or the model's
own `forward`; so a ReLU is found wherever it stands, and can be replaced on a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTIVATIONS = _words(
    "relu relu_ leaky_relu elu selu celu gelu silu mish softplus hardtanh relu6 hardswish prelu "
    "sigmoid sigmoid_ tanh tanh_ softmax log_softmax logsigmoid clamp_min threshold softsign "
    "hardsigmoid softmin"
)
PARAMETRIC = _words(
    "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d bilinear "
    "lstm gru rnn_tanh rnn_relu multi_head_attention_forward matmul mm bmm addmm baddbmm einsum "
    "embedding embedding_bag __matmul__ __rmatmul__"
)
# What leaves a linear map linear: two layers with only these between them are one layer.
KEEPS_LINEAR = _words(
    "flatten view reshape permute transpose squeeze unsqueeze contiguous dropout dropout1d "
    "dropout2d avg_pool1d avg_pool2d adaptive_avg_pool2d mean mul div interpolate __getitem__ "
    "feature_dropout"
)
LAYERS = _words("linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d")
LOSSES = _words(
    "cross_entropy nll_loss binary_cross_entropy binary_cross_entropy_with_logits mse_loss l1_loss "
    "smooth_l1_loss huber_loss kl_div hinge_embedding_loss multi_margin_loss margin_ranking_loss "
    "multilabel_margin_loss multilabel_soft_margin_loss soft_margin_loss cosine_embedding_loss "
    "triplet_margin_loss poisson_nll_loss gaussian_nll_loss ctc_loss nll_loss_nd"
)
# Only these are counted: how often the others run differs between training and evaluation.
_COUNTED = ACTIVATIONS | PARAMETRIC
_BOOKKEEPING = frozenset(("__get__", "size", "dim", "__set__", "numel", "is_floating_point"))


@dataclass(frozen=True)
class Call:
    """One operation that ran.

    index: its place among activations and operations with weights, -1 for any other; the key for
    `Substitute`. place: its place among all.
    after_layer: the place of the layer its first input comes from, nothing nonlinear between.
    """

    index: int
    place: int
    name: str
    module: str
    inputs: tuple[Tensor, ...]
    output: Any
    options: dict[str, Any]
    after_layer: int | None = None


@dataclass
class _Counter:
    count: int = 0

    def next(self) -> int:
        self.count += 1
        return self.count - 1


class Trace(TorchFunctionMode):
    """Records every operation. Keeps all tensors alive, so trace one batch, then drop it."""

    def __init__(self, model: nn.Module | None = None) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._counter = _Counter()
        self._linear: dict[int, int] = {}  # id of a tensor -> index of the layer it comes from
        self._stack: list[str] = []
        self._handles: list[Any] = []
        if model is not None:
            for name, module in model.named_modules():
                self._handles.append(module.register_forward_pre_hook(self._enter(name)))
                self._handles.append(module.register_forward_hook(self._leave(), always_call=True))

    def _enter(self, name: str) -> Callable[..., None]:
        return lambda module, inputs: self._stack.append(name)

    def _leave(self) -> Callable[..., None]:
        def leave(module: nn.Module, inputs: Any, output: Any) -> None:
            self._stack.pop()

        return leave

    def __exit__(self, *exception: Any) -> None:
        super().__exit__(*exception)  # type: ignore[no-untyped-call]
        for handle in self._handles:
            handle.remove()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        output = func(*args, **kwargs)
        if name not in _BOOKKEEPING:
            self._record(name, args, kwargs, output)
        return output

    def _record(self, name: str, args: tuple[Any, ...], kwargs: Any, output: Any) -> None:
        inputs = tuple(a for a in (*args, *kwargs.values()) if isinstance(a, Tensor))
        source = self._linear.get(id(inputs[0])) if inputs else None
        index = self._counter.next() if name in _COUNTED else -1
        place = len(self.calls)
        options = {k: v for k, v in kwargs.items() if not isinstance(v, Tensor)}
        options["args"] = tuple(a for a in args if not isinstance(a, Tensor))
        module = self._stack[-1] if self._stack else ""
        self.calls.append(Call(index, place, name, module, inputs, output, options, source))
        if isinstance(output, Tensor):
            if name in LAYERS:
                self._linear[id(output)] = place
            elif name in KEEPS_LINEAR and source is not None:
                self._linear[id(output)] = source
            else:
                self._linear.pop(id(output), None)

    def named(self, names: frozenset[str]) -> list[Call]:
        """The calls with one of these names, in order."""
        return [call for call in self.calls if call.name in names]

    def last_activations(self) -> list[Call]:
        """Activations that ran after the last operation with weights: what shapes the output."""
        last = max((c.place for c in self.named(PARAMETRIC)), default=-1)
        return [c for c in self.named(ACTIVATIONS) if c.place > last]

    def hidden_activations(self) -> list[Call]:
        """Activations before the last operation with weights."""
        last = max((c.place for c in self.named(PARAMETRIC)), default=-1)
        return [c for c in self.named(ACTIVATIONS) if c.place < last]

    def missing_activations(self) -> list[Call]:
        """Layers that another layer feeds with nothing nonlinear between; the later one of two."""
        return [c for c in self.named(LAYERS) if c.after_layer is not None]


@dataclass
class Change:
    """What to put in the place of operations, by their index in a forward pass.

    swap: index -> function of the first input that runs instead.
    inputs: index -> function that the first input passes through before.
    names: name -> function that runs instead of every operation of that name.
    """

    swap: dict[int, Callable[..., Any]] = field(default_factory=dict)
    inputs: dict[int, Callable[[Tensor], Tensor]] = field(default_factory=dict)
    names: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.swap or self.inputs or self.names)

    def joined(self, other: Change) -> Change:
        """Both changes; the other's where they meet."""
        return Change(
            {**self.swap, **other.swap},
            {**self.inputs, **other.inputs},
            {**self.names, **other.names},
        )


class Substitute(TorchFunctionMode):
    """Runs a forward pass with changed operations. One use per forward pass."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change
        self._counter = _Counter()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in _BOOKKEEPING:
            return func(*args, **kwargs)
        index = self._counter.next() if name in _COUNTED else -1
        change = self._change
        if name in change.names:
            return change.names[name](args[0] if args else kwargs["input"])
        if index in change.swap:
            return change.swap[index](args[0] if args else kwargs["input"])
        if index in change.inputs and args:
            return func(change.inputs[index](args[0]), *args[1:], **kwargs)
        return func(*args, **kwargs)


class Changed(nn.Module):
    """A model whose forward pass runs with changed operations; its parameters are the model's."""

    def __init__(self, model: nn.Module, change: Change) -> None:
        super().__init__()
        self.inner = model
        self.change = change
        self.training = model.training

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The inner model's output, operations replaced."""
        with Substitute(self.change):
            return self.inner(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("inner"), name)


def tensors_of(value: Any) -> Sequence[Tensor]:
    """All tensors in nested tuples, lists and dicts, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in tensors_of(v)]
    if isinstance(value, tuple | list):
        return [t for v in value for t in tensors_of(v)]
    return [t for t in vars(value).values() if isinstance(t, Tensor)] if _is_record(value) else []


def _is_record(value: Any) -> bool:
    return hasattr(value, "__dataclass_fields__")


def map_tensors(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """The same nesting with every tensor changed; anything else stays itself."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        return type(value)((k, map_tensors(v, change)) for k, v in value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_tensors(v, change) for v in value))
    if isinstance(value, tuple | list):
        return type(value)(map_tensors(v, change) for v in value)
    return value


def no_grad_copy(tensor: Tensor) -> Tensor:
    """Values of its own, no history."""
    with torch.no_grad():
        return tensor.detach().clone()
