"""Experiments on gradients: cleared between steps, arriving everywhere, and right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.doctor.case import Case
from irodori.lab.doctor.copying import optimizers_of
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.ops import map_tensors
from irodori.lab.doctor.trial import step_function


def clears_gradients(case: Case) -> Suspicion | None:
    """With a rate of zero, the same batch must give the same gradient at every step."""
    if case.program.train_step is None:
        return None
    program = case.program.copy()
    optimizers = optimizers_of(program.optimizer)
    seen: list[float] = []

    def note(*_: Any) -> None:
        grads = [p.grad for p in program.model.parameters() if p.grad is not None]
        if grads:
            norm = torch.linalg.vector_norm(torch.stack([g.float().norm() for g in grads]))
            seen.append(float(norm))

    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = 0.0
        optimizer.register_step_pre_hook(note)
    step = step_function(case.setting_of(program))
    for _ in range(6):
        torch.manual_seed(case.seed)
        step(program.model, case.data.first[0], program.loss, program.optimizer)
    if len(seen) < 4 or len(optimizers) != 1 or seen[0] == 0:
        return None
    growth = seen[-1] / seen[0]
    if growth < 0.7 * len(seen):
        return None
    return Suspicion(
        code="gradients-accumulate",
        family="gradient",
        title="Gradients are never cleared",
        evidence=[
            f"the same batch at rate 0: gradient norm {seen[0]:.3g} at the first step, "
            f"{seen[-1]:.3g} at step {len(seen)}"
        ],
        cause="PyTorch adds each gradient to the last ones, so steps follow the whole past.",
        remedy="optimizer.zero_grad()  # before loss.backward()",
        where="train_step",
        weight=1.0,
        certain=True,
        remedies=("cleared",),
    )


def gradients_arrive(case: Case) -> Suspicion | None:
    """Move each parameter a little: where the loss moves, the gradient must say by how much."""
    convention = case.convention
    if convention is None or case.program.train_step is not None:
        return None
    program = case.program.copy()
    model, batch = program.model.double().eval(), case.data.first[0]
    batch = map_tensors(batch, lambda t: t[:32] if t.ndim else t)
    batch = map_tensors(batch, lambda t: t.double() if t.is_floating_point() else t)

    def value() -> Tensor:
        torch.manual_seed(case.seed)
        result: Tensor = program.loss(convention.forward(model, batch), convention.target(batch))
        return result

    loss = value()
    if not loss.requires_grad:
        return _no_gradient(case)
    loss.backward()  # type: ignore[no-untyped-call]
    wrong, cut = [], []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad or case.clock.left < 10:
            continue
        slope, own, smooth = _slopes(parameter, value)
        if not smooth:
            continue
        size = max(abs(slope), abs(own))
        if size < 1e-7 * max(1.0, abs(float(loss))):
            continue
        if parameter.grad is None or (own == 0 and abs(slope) > 1e-6):
            cut.append(name)
        elif abs(slope - own) > 0.1 * size:
            wrong.append(f"{name}: gradient says {own:.3g}, the loss moves by {slope:.3g}")
    custom = _custom_functions(loss)
    if cut:
        return _cut(cut)
    return _wrong_gradient(wrong, custom) if wrong and custom else None


def _slopes(parameter: nn.Parameter, value: Callable[[], Tensor]) -> tuple[float, float, bool]:
    """Slope of the loss along a random direction: measured, and as the gradient has it.

    The third says whether there is one: at a kink (a ReLU fed with zeros) both sides differ.
    """
    direction = torch.randn_like(parameter)
    direction /= direction.norm()
    step = 1e-6
    with torch.no_grad():
        kept = parameter.clone()
        here = float(value())
        parameter.add_(direction, alpha=step)
        above = float(value())
        parameter.copy_(kept).sub_(direction, alpha=step)
        below = float(value())
        parameter.copy_(kept)
    own = 0.0 if parameter.grad is None else float((parameter.grad * direction).sum())
    up, down = (above - here) / step, (here - below) / step
    smooth = abs(up - down) <= 0.05 * max(abs(up), abs(down))
    return (above - below) / (2 * step), own, smooth


def _custom_functions(loss: Tensor) -> list[str]:
    """Names of hand-written autograd functions behind a loss."""
    found: list[str] = []
    stack: list[Any] = [loss.grad_fn]
    seen: set[Any] = set()
    while stack:
        node = stack.pop()
        if node is None or node in seen or len(seen) > 5000:
            continue
        seen.add(node)
        if isinstance(node, torch.autograd.function.BackwardCFunction):
            found.append(type(node).__name__.removesuffix("Backward"))
        stack += [n for n, _ in node.next_functions]
    return sorted(set(found))


def _wrong_gradient(wrong: list[str], custom: list[str]) -> Suspicion:
    return Suspicion(
        code="wrong-gradient",
        family="gradient",
        title="A hand-written gradient is wrong",
        evidence=[*wrong[:4], f"hand-written functions on the way: {', '.join(custom)}"],
        cause="The steps do not go down the loss.",
        remedy=f"torch.autograd.gradcheck({custom[0]}.apply, x.double().requires_grad_())",
        where=custom[0],
        weight=0.9,
        certain=True,
    )


def _cut(cut: list[str]) -> Suspicion:
    return Suspicion(
        code="gradient-cut",
        family="gradient",
        title="No gradient reaches parameters that the loss depends on",
        evidence=[f"the loss moves with {', '.join(cut[:5])}, their gradient is zero or missing"],
        cause="The path is cut: detach(), no_grad(), .data, .item() or a tensor built anew.",
        remedy="x = self.layer(x)  # without .detach(), torch.no_grad() or torch.tensor(x)",
        where=f"model.{cut[0]}",
        weight=1.0,
        certain=True,
    )


def _no_gradient(case: Case) -> Suspicion | None:
    if not case.trainable:
        return None  # all frozen: said elsewhere
    return Suspicion(
        code="no-gradient",
        family="gradient",
        title="The loss has no gradient at all",
        evidence=["loss.requires_grad is False although parameters ask for gradients"],
        cause="Between the outputs and the loss the path is cut: argmax, detach, item, numpy.",
        remedy="loss = criterion(model(x), y)  # on the outputs themselves, not on their argmax",
        where="loss",
        weight=1.0,
        certain=True,
    )
