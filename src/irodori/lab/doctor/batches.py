"""What the loaders give: a few epochs kept in memory, so that every trial sees the same data."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from irodori.lab.doctor.ops import map_tensors, tensors_of
from irodori.lab.errors import ProgramError

TARGET_KEYS = ("target", "targets", "label", "labels", "y", "truth", "mask", "answer")


@dataclass
class Data:
    """Batches as the loader gave them.

    epochs: up to a few passes, each a list of batches; trials go round and round them.
    complete: the first pass was seen to its end.
    seconds: waiting for the loader, per batch.
    """

    epochs: list[list[Any]]
    complete: bool
    seconds: float

    @property
    def first(self) -> list[Any]:
        """The batches of the first pass."""
        return self.epochs[0]

    def changed(self, change: Callable[[Any], Any]) -> Data:
        """The same passes with every batch changed."""
        return Data([[change(b) for b in e] for e in self.epochs], self.complete, self.seconds)


def gather(
    loader: Iterable[Any], *, passes: int, seconds: float, megabytes: int = 256, name: str
) -> Data:
    """Read up to `passes` passes, within a time and a size; at least one batch.

    Raises ProgramError for an iterator (reading it would use it up), or no batch at all.
    """
    if iter(loader) is loader:
        raise ProgramError(
            f"{name} is an iterator that can be read only once; hand in the DataLoader or a list"
        )
    epochs: list[list[Any]] = []
    begin, room, complete = time.monotonic(), megabytes * 2**20, True
    for _ in range(passes):
        epoch: list[Any] = []
        for batch in loader:
            kept = map_tensors(_as_tensors(batch), _own)
            epoch.append(kept)
            room -= sum(t.numel() * t.element_size() for t in tensors_of(kept))
            if time.monotonic() - begin > seconds or room < 0:
                complete = complete and bool(epochs)
                break
        else:
            epochs.append(epoch)
            continue
        if not epochs:
            epochs.append(epoch)
        break
    if not epochs or not epochs[0]:
        raise ProgramError(f"{name} gives no batch; check the dataset's length and drop_last")
    waited = time.monotonic() - begin
    return Data(epochs, complete, waited / sum(len(e) for e in epochs))


def _own(tensor: Tensor) -> Tensor:
    return tensor.detach().clone()


def _as_tensors(batch: Any) -> Any:
    """NumPy arrays as tensors; nothing else is converted."""
    if isinstance(batch, np.ndarray) and batch.dtype.kind in "fiub":
        return torch.from_numpy(batch.copy())
    if isinstance(batch, tuple) and not hasattr(batch, "_fields"):
        return tuple(_as_tensors(b) for b in batch)
    return batch


@dataclass
class Convention:
    """How a batch becomes a call of the model and a target for the loss.

    inputs: batch -> positional and keyword arguments; target: batch -> target or None.
    replace: batch, function -> batch with the float inputs changed.
    """

    inputs: Callable[[Any], tuple[tuple[Any, ...], dict[str, Any]]]
    target: Callable[[Any], Any]
    input_leaves: Callable[[Any], list[Tensor]] = field(default=lambda batch: [])
    name: str = ""

    def forward(self, model: nn.Module, batch: Any) -> Any:
        """The model's output for a batch."""
        args, kwargs = self.inputs(batch)
        return model(*args, **kwargs)

    def with_inputs(self, batch: Any, change: Callable[[Tensor], Tensor]) -> Any:
        """The batch with its input tensors changed, the target left alone."""
        chosen = {id(t) for t in self.input_leaves(batch)}
        return map_tensors(batch, lambda t: change(t) if id(t) in chosen else t)

    def with_target(self, batch: Any, change: Callable[[Tensor], Tensor]) -> Any:
        """The batch with its target changed."""
        chosen = {id(t) for t in tensors_of(self.target(batch))}
        return map_tensors(batch, lambda t: change(t) if id(t) in chosen else t)


def _dict_target(batch: dict[str, Any]) -> str | None:
    return next((k for k in batch if str(k).lower() in TARGET_KEYS), None)


def _dict_conventions(batch: dict[str, Any], model: nn.Module) -> list[Convention]:
    key = _dict_target(batch)
    if key is None:
        return []

    def rest(b: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in b.items() if k != key}

    def target(b: dict[str, Any]) -> Any:
        return b[key]

    def leaves(b: dict[str, Any]) -> list[Tensor]:
        return list(tensors_of(rest(b)))

    accepted = inspect.signature(model.forward).parameters
    named = [k for k in rest(batch) if k in accepted]
    found = []
    if named:
        found.append(
            Convention(lambda b: ((), {k: b[k] for k in named}), target, leaves, "model(**batch)")
        )
    found.append(Convention(lambda b: ((rest(b),), {}), target, leaves, "model(batch)"))
    found.append(Convention(lambda b: (tuple(rest(b).values()), {}), target, leaves, "model(*)"))
    found.append(Convention(lambda b: ((b,), {}), target, leaves, "model(whole batch)"))
    return found


def _conventions(batch: Any, model: nn.Module) -> list[Convention]:
    """Ways a batch may be meant, the usual first."""
    if isinstance(batch, dict) or hasattr(batch, "keys"):
        return _dict_conventions(batch, model)
    if isinstance(batch, Tensor):
        return [Convention(lambda b: ((b,), {}), lambda b: b, lambda b: [b], "model(batch)")]
    if isinstance(batch, tuple | list) and len(batch) == 1:
        return [
            Convention(lambda b: ((b[0],), {}), lambda b: b[0], lambda b: [b[0]], "model(batch[0])")
        ]
    if isinstance(batch, tuple | list):

        def leaves(b: Any) -> list[Tensor]:
            return list(tensors_of(tuple(b[:-1])))

        def first(b: Any) -> list[Tensor]:
            return list(tensors_of(b[0]))

        found = []
        if isinstance(batch[0], dict):
            found.append(Convention(lambda b: ((), dict(b[0])), lambda b: b[1], first, "**x, y"))
        found += [
            Convention(lambda b: (tuple(b[:-1]), {}), lambda b: b[-1], leaves, "*x, y"),
            Convention(lambda b: ((b[0],), {}), lambda b: b[1], first, "x, y"),
            Convention(lambda b: ((b[0],), {}), lambda b: tuple(b[1:]), first, "x, *y"),
            Convention(lambda b: ((tuple(b[:-1]),), {}), lambda b: b[-1], leaves, "(x), y"),
        ]
        return found
    return []


def convention_for(model: nn.Module, loss: Any, batch: Any) -> tuple[Convention | None, str]:
    """The first way of calling the model and the loss that works, on a copy; else the error.

    A way that only the loss refuses is still returned, with the loss's complaint.
    """
    half, trouble = None, "a batch must be (inputs, target), a dict with a target, or a tensor"
    for convention in _conventions(batch, model):
        try:
            with torch.no_grad():
                output = convention.forward(model, batch)
        except Exception as error:
            if half is None:
                trouble = f"{type(error).__name__}: {error}"
            continue
        try:
            with torch.no_grad():
                loss(output, convention.target(batch))
            return convention, ""
        except Exception as error:
            if half is None:
                half, trouble = convention, f"{type(error).__name__}: {error}"
    return half, trouble


def rows(batch: Any) -> int:
    """How many samples a batch holds: the first axis of its first tensor, 1 if it has none."""
    found = tensors_of(batch)
    return found[0].shape[0] if found and found[0].ndim else 1


def joined(batches: list[Any]) -> Any:
    """Batches as one, along the first axis. Raises RuntimeError where shapes differ."""
    first = batches[0]
    if isinstance(first, Tensor):
        return torch.cat(batches) if first.ndim else torch.stack(batches)
    if isinstance(first, dict):
        return {k: joined([b[k] for b in batches]) for k in first}
    if isinstance(first, tuple | list):
        return type(first)(joined([b[i] for b in batches]) for i in range(len(first)))
    return first


def chosen(batch: Any, index: Tensor) -> Any:
    """The samples of a batch at these places."""
    return map_tensors(batch, lambda t: t[index] if t.ndim else t)
