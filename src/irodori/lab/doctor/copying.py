"""A copy of a training to try things on, and a guard that nothing of the caller's is changed.

Model, loss, optimizer and step are copied together, with one memo, so that what pointed at a
parameter points at its copy: the optimizer's groups, a loss that closes over the model. A
parameter that the optimizer held and the model lost stays lost, since that may be the fault.
"""

from __future__ import annotations

import copy
import functools
import random
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

StepFunction = Callable[[nn.Module, Any, Any, Any], Any]


@dataclass
class Program:
    """A training as handed in: what learns, what it minimizes, who steps, how a step goes."""

    model: nn.Module
    loss: Any
    optimizer: Any
    train_step: StepFunction | None = None

    def copy(self) -> Program:
        """A copy that shares no state with this one, hooks and closures included."""
        memo: dict[int, Any] = {}
        model = _unwrapped(self.model)
        for module in model.modules():
            _prepare(module, memo)
        twin = copy.deepcopy(model, memo)
        memo[id(self.model)] = twin
        for module in twin.modules():
            _isolate_hooks(module, memo)
        return replace(
            self,
            model=twin,
            loss=copied(self.loss, memo),
            optimizer=copied(self.optimizer, memo),
            train_step=copied(self.train_step, memo),
        )


def optimizers_of(value: Any) -> list[torch.optim.Optimizer]:
    """The optimizers in one optimizer, a list, a tuple or a dict of them."""
    if isinstance(value, torch.optim.Optimizer):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [o for v in value for o in optimizers_of(v)]
    return []


def _unwrapped(model: nn.Module) -> nn.Module:
    """The module inside `torch.compile`: compiling again for each copy would take minutes."""
    inner = getattr(model, "_orig_mod", None)
    return inner if isinstance(inner, nn.Module) else model


def _prepare(module: nn.Module, memo: dict[int, Any]) -> None:
    for child in module.children():
        inner = getattr(child, "_orig_mod", None)
        if isinstance(inner, nn.Module):
            memo[id(child)] = copy.deepcopy(inner, memo)
    for value in vars(module).values():
        if isinstance(value, Tensor) and not value.is_leaf:
            # deepcopy refuses results of computations; weight norm keeps one as an attribute
            memo[id(value)] = value.detach().clone()


def _isolate_hooks(module: nn.Module, memo: dict[int, Any]) -> None:
    for name in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"):
        hooks = getattr(module, name, None) or {}
        for key, hook in hooks.items():
            if isinstance(hook, types.FunctionType | types.MethodType | functools.partial):
                hooks[key] = copied(hook, memo)


def copied(value: Any, memo: dict[int, Any]) -> Any:
    """A deep copy that goes through closures, defaults, partials and bound methods."""
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, types.FunctionType):
        return _copied_function(value, memo)
    if isinstance(value, types.MethodType):
        return types.MethodType(value.__func__, copied(value.__self__, memo))
    if isinstance(value, functools.partial):
        args = [copied(a, memo) for a in value.args]
        kwargs = {k: copied(v, memo) for k, v in value.keywords.items()}
        return functools.partial(copied(value.func, memo), *args, **kwargs)
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(copied(v, memo) for v in value)
    if isinstance(value, dict) and type(value) is dict:
        return {k: copied(v, memo) for k, v in value.items()}
    try:
        return copy.deepcopy(value, memo)
    except (TypeError, RuntimeError, NotImplementedError, AttributeError):
        return value  # locks, generators, modules: nothing a training step changes


def _copied_function(function: types.FunctionType, memo: dict[int, Any]) -> types.FunctionType:
    cells = function.__closure__
    if not cells and not function.__defaults__ and not function.__kwdefaults__:
        return function
    fresh = tuple(types.CellType() for _ in cells or ())
    twin = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, None, fresh or None
    )
    memo[id(function)] = twin
    for old, new in zip(cells or (), fresh, strict=True):
        try:
            new.cell_contents = copied(old.cell_contents, memo)
        except ValueError:  # the cell is still empty
            continue
    twin.__defaults__ = copied(function.__defaults__, memo)
    twin.__kwdefaults__ = copied(function.__kwdefaults__, memo)
    twin.__dict__.update(function.__dict__)
    return twin


# --------------------------------------------------------------------------------- the guard


@contextmanager
def nothing_changed(program: Program, *loaders: Any) -> Iterator[None]:
    """Give back random states, and whatever of the caller's objects was changed all the same.

    Work goes on copies; a step that reaches the model through a global would still find it.
    """
    states = _random_states(loaders)
    model, optimizers = program.model, optimizers_of(program.optimizer)
    tensors = _tensors(model, optimizers)
    kept = [(t, t.detach().clone(), t.requires_grad) for t in tensors]
    grads = [(t, t.grad, None if t.grad is None else t.grad.clone()) for t in tensors if t.is_leaf]
    modes = [(m, m.training) for m in model.modules()]
    groups = [[dict(g) for g in o.param_groups] for o in optimizers]
    steps = [{p: dict(s) for p, s in o.state.items()} for o in optimizers]
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, value, needed in kept:
                if not torch.equal(tensor, value) and not bool(value.isnan().any()):
                    tensor.copy_(value)
                if tensor.is_leaf and tensor.requires_grad != needed:
                    tensor.requires_grad_(needed)
            for tensor, grad, value_of_grad in grads:
                if tensor.grad is not grad:
                    tensor.grad = grad
                if grad is not None and value_of_grad is not None:
                    grad.copy_(value_of_grad)
        for module, mode in modes:
            module.training = mode
        for optimizer, before, state in zip(optimizers, groups, steps, strict=True):
            for group, old in zip(optimizer.param_groups, before, strict=True):
                group.update(old)
            optimizer.state.clear()
            optimizer.state.update(state)
        for restore in states:
            restore()


def _tensors(model: nn.Module, optimizers: list[torch.optim.Optimizer]) -> list[Tensor]:
    found: dict[int, Tensor] = {id(t): t for t in [*model.parameters(), *model.buffers()]}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            found.update((id(p), p) for p in group["params"])
        for state in optimizer.state.values():
            found.update((id(v), v) for v in state.values() if isinstance(v, Tensor))
    return list(found.values())


def _random_states(loaders: tuple[Any, ...]) -> list[Callable[[], Any]]:
    """Functions that put every random source back to where it is now."""
    legacy = np.random.get_state()  # what a caller's augmentation draws from
    restores: list[Callable[[], Any]] = [
        functools.partial(random.setstate, random.getstate()),
        functools.partial(np.random.set_state, legacy),
        functools.partial(torch.set_rng_state, torch.get_rng_state()),
    ]
    if torch.cuda.is_available():
        restores.append(
            functools.partial(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
        )
    for source in _generators(loaders, depth=6, seen=set()):
        if isinstance(source, torch.Generator):
            restores.append(functools.partial(source.set_state, source.get_state()))
        elif isinstance(source, random.Random):
            restores.append(functools.partial(source.setstate, source.getstate()))
        elif isinstance(source, np.random.RandomState):
            restores.append(functools.partial(source.set_state, source.get_state()))
        elif isinstance(source, np.random.Generator):
            bits = source.bit_generator
            restores.append(functools.partial(setattr, bits, "state", bits.state))
    return restores


_SOURCES = (torch.Generator, random.Random, np.random.RandomState, np.random.Generator)


def _generators(value: Any, *, depth: int, seen: set[int]) -> Iterator[Any]:
    """Random sources that can be reached from a loader."""
    if depth < 0 or id(value) in seen or isinstance(value, Tensor | np.ndarray | str | int | float):
        return
    seen.add(id(value))
    if isinstance(value, _SOURCES):
        yield value
    elif isinstance(value, dict):
        for item in list(value.values())[:64]:
            yield from _generators(item, depth=depth - 1, seen=seen)
    elif isinstance(value, list | tuple):
        for item in value[:64]:
            yield from _generators(item, depth=depth - 1, seen=seen)
    elif isinstance(value, types.FunctionType):
        for cell in value.__closure__ or ():
            try:
                contents = cell.cell_contents
            except ValueError:  # not filled yet
                continue
            yield from _generators(contents, depth=depth - 1, seen=seen)
    elif isinstance(value, types.MethodType):
        yield from _generators(value.__self__, depth=depth - 1, seen=seen)
    elif hasattr(value, "__dict__") and not isinstance(value, type | types.ModuleType):
        yield from _generators(vars(value), depth=depth - 1, seen=seen)
