"""How any model is called with any loader's batch, and how its layers are listened to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from irodori.lab.errors import LabError

Call: TypeAlias = Callable[[nn.Module, Any], Any]
"""(model, batch) -> output. Give your own where a batch is neither a tensor, (input, ...) nor a
dict of the model's arguments."""


def call(model: nn.Module, batch: Any) -> Any:
    """The model's answer to a batch: a tensor, a sequence whose first entry is the input, a dict.

    A dict is given as keyword arguments. Raises LabError where the model does not take it.
    """
    try:
        if isinstance(batch, Mapping):
            return model(**batch)
        if isinstance(batch, Sequence) and not isinstance(batch, str):
            return model(batch[0])
        return model(batch)
    except (TypeError, RuntimeError, IndexError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LabError(
            f"{type(model).__name__} cannot be called with this batch ({reason}); "
            "say how with call=lambda model, batch: ..."
        ) from error


def pictures_of(batch: Any) -> Tensor:
    """The first tensor (N, C, H, W) of a batch, whatever it is wrapped in. Raises LabError."""
    found = next((each for each in tensors_in(batch) if each.dim() == 4), None)
    if found is None:
        raise LabError("a batch holds no pictures (N, C, H, W); this view needs some")
    return found


def tensors_in(thing: Any) -> Iterator[Tensor]:
    """All tensors in nested dicts and sequences, in order."""
    if isinstance(thing, Tensor):
        yield thing
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from tensors_in(value)
    elif isinstance(thing, Sequence) and not isinstance(thing, str):
        for value in thing:
            yield from tensors_in(value)


def first_tensor(output: Any) -> Tensor:
    """The first tensor of an output. Raises LabError where there is none."""
    found = next(tensors_in(output), None)
    if found is None:
        raise LabError(f"a layer answers with {type(output).__name__}, which holds no tensor")
    return found


def layer_named(model: nn.Module, name: str) -> nn.Module:
    """The module of that name. Raises LabError that lists near names."""
    modules: dict[str, nn.Module] = dict(model.named_modules())
    if name not in modules:
        known = ", ".join(list(modules)[1:9])
        raise LabError(f"the model has no layer {name!r}; it has {known}, ...")
    return modules[name]


@contextmanager
def output_of(layer: nn.Module) -> Iterator[list[Tensor]]:
    """Collects what a layer answers with, a tensor per call, in a list that fills meanwhile."""
    heard: list[Tensor] = []

    def listen(module: nn.Module, inputs: Any, output: Any) -> None:
        heard.append(first_tensor(output).clone())  # an in-place activation may follow

    handle = layer.register_forward_hook(listen)
    try:
        yield heard
    finally:
        handle.remove()


def one_of(batch: Any, number: int) -> Any:
    """The sample `number` of a batch, as a batch of one."""
    if isinstance(batch, Tensor):
        return batch[number : number + 1] if batch.dim() else batch
    if isinstance(batch, dict):
        return {key: one_of(value, number) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        if batch and not isinstance(batch[0], (Tensor, dict, list, tuple)):
            return list(batch[number : number + 1])
        return [one_of(value, number) for value in batch]
    return batch


def replaced(thing: Any, old: Tensor, new: Tensor) -> Any:
    """A batch with `new` in the place of the very tensor `old`, in the same wrapping."""
    if thing is old:
        return new
    if isinstance(thing, dict):
        return {key: replaced(value, old, new) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [replaced(value, old, new) for value in thing]
    return thing


def to_device(batch: Any, device: torch.device) -> Any:
    """A batch with its tensors on `device`, in the same wrapping."""
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, Mapping):
        return {key: to_device(value, device) for key, value in batch.items()}
    if isinstance(batch, Sequence) and not isinstance(batch, str):
        return [to_device(value, device) for value in batch]
    return batch


def device_of(model: nn.Module) -> torch.device:
    """Where the model's first parameter lies; the processor for a model without any."""
    first = next(model.parameters(), None)
    return first.device if first is not None else torch.device("cpu")
