"""Experiments that take a second and settle a question by themselves: no training, no threshold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.doctor.batches import rows
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.copying import optimizers_of
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.ops import map_tensors
from irodori.lab.doctor.task import main_output
from irodori.lab.doctor.trial import _step_function, outputs


def perform(case: Case) -> list[Suspicion]:
    """All experiments that apply; one that fails on an odd model is skipped with a line."""
    found: list[Suspicion] = []
    experiments: list[tuple[str, Callable[[Case], Suspicion | None]]] = [
        ("samples do not influence each other", independence),
        ("the output depends on the input", reads_inputs),
        ("evaluation gives the same answer twice", steady),
        ("gradients are cleared between steps", clears_gradients),
        ("layers are frozen as meant", freezing_by_train),
        ("a first training pass changes nothing by itself", first_pass),
        ("every parameter gets its gradient", gradients_arrive),
    ]
    for name, experiment in experiments:
        state = torch.get_rng_state()
        try:
            suspicion = experiment(case)
        except Exception as error:
            case.limits.append(f"not checked that {name}: {type(error).__name__}")
            continue
        finally:
            torch.set_rng_state(state)
        case.checked.append(name)
        if suspicion is not None:
            found.append(suspicion)
    return found


def independence(case: Case) -> Suspicion | None:
    """Change all samples but the first; the first one's output must not move."""
    convention, batch = case.convention, case.data.first[0]
    if convention is None or rows(batch) < 2 or case.output is None:
        return None
    if case.output.ndim == 0 or len(case.output) != rows(batch):
        return _lost_batch(case)
    model = case.program.copy().model
    before, _ = outputs(model, batch, convention)
    mixed = convention.with_inputs(batch, _others_changed)
    after, _ = outputs(model, mixed, convention)
    if before is None or after is None:
        return None
    moved = float((before[0] - after[0]).abs().max())
    own = float(before.float().std()) + 1e-9
    if moved < 1e-3 * own or moved < 1e-6:
        return None
    return Suspicion(
        code="samples-mixed",
        family="shape",
        title="An output depends on the other samples of the batch",
        evidence=[
            f"the first sample's output moves by {moved:.3g} when only the others change "
            f"(its spread over the batch is {own:.3g})"
        ],
        cause="Some operation works along the batch axis: a softmax, a mean or a reshape.",
        remedy="torch.softmax(x, dim=1)  # 0 is the batch; and x.flatten(1), batch_first=True",
        where=_mixing_place(case),
        weight=1.0,
        certain=True,
        remedies=("no-last-activation",),
    )


def _lost_batch(case: Case) -> Suspicion | None:
    output, batch = case.output, case.data.first[0]
    target = case.target
    assert output is not None
    if target is None or target.ndim == 0 or len(target) != rows(batch):
        return None
    return Suspicion(
        code="batch-axis-lost",
        family="shape",
        title="The output has not one row per sample",
        evidence=[
            f"{rows(batch)} samples go in, an output of shape {tuple(output.shape)} comes out"
        ],
        cause="A reshape or a sum took the batch axis with it, so samples are mixed.",
        remedy="x = x.flatten(1)  # the first axis is the batch",
        where="model.forward",
        weight=1.0,
        certain=True,
    )


def _others_changed(tensor: Tensor) -> Tensor:
    if tensor.ndim == 0 or len(tensor) < 2:
        return tensor
    changed = tensor.clone()
    changed[1:] = tensor[1:].flip(0) if not tensor.is_floating_point() else -tensor[1:] * 0.7 + 0.3
    return changed


def _mixing_place(case: Case) -> str:
    """An activation over axis 0, if there is one."""
    if case.trace is not None:
        for call in case.trace.calls:
            if call.name in ("softmax", "log_softmax"):
                axis = call.options.get("dim", next(iter(call.options["args"]), None))
                if axis == 0:
                    return f"model.{call.module}" if call.module else "model.forward"
    return "model.forward"


def reads_inputs(case: Case) -> Suspicion | None:
    """Zeroed inputs must give another output than the real ones."""
    convention, batch = case.convention, case.data.first[0]
    if convention is None or case.output is None or rows(batch) < 2:
        return None
    model = case.program.copy().model
    real, _ = outputs(model, batch, convention)
    none, _ = outputs(model, convention.with_inputs(batch, torch.zeros_like), convention)
    if real is None or none is None or real.shape != none.shape:
        return None
    if not torch.equal(real, none):
        return None
    return Suspicion(
        code="ignores-input",
        family="architecture",
        title="The output does not depend on the input",
        evidence=["zeroed inputs give exactly the same output as real ones"],
        cause="Somewhere on the way all becomes constant: dead units, zero weights, a cut.",
        remedy="nn.Module.register_forward_hook(layer, lambda m, i, o: print(m, o.std()))",
        where="model.forward",
        weight=0.6,
        remedies=("reinitialized", "no-last-activation"),
    )


def steady(case: Case) -> Suspicion | None:
    """Two passes in evaluation mode must agree."""
    if case.convention is None or case.goal is None:
        return None
    model = case.program.copy().model.eval()
    with torch.no_grad():
        torch.manual_seed(1)
        first = main_output(case.convention.forward(model, case.data.first[0]))
        torch.manual_seed(2)
        second = main_output(case.convention.forward(model, case.data.first[0]))
    if first is None or second is None or torch.equal(first, second):
        return None
    difference = float((first - second).abs().mean()) / (float(first.float().std()) + 1e-9)
    if difference < 0.05:
        return None
    return Suspicion(
        code="random-in-eval",
        family="mode",
        title="The model still draws random numbers in evaluation mode",
        evidence=[f"two passes over one batch differ by {difference:.0%} of the outputs' spread"],
        cause="Dropout as a function stays on unless it is told about the mode.",
        remedy="F.dropout(x, p, training=self.training)",
        where="model.forward",
        weight=0.9,
        certain=True,
    )


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
    step = _step_function(_as_setting(case, program))
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


def _as_setting(case: Case, program: Any) -> Any:
    setting = case.setting(1)
    setting.program = program
    return setting


def freezing_by_train(case: Case) -> Suspicion | None:
    """A model that freezes layers when train() is called, in a loop that never calls it."""
    program = case.program.copy()
    setting = _as_setting(case, program)
    _step_function(setting)(program.model, case.data.first[0], program.loss, program.optimizer)
    if not program.model.training:
        return None
    before = {n: p.requires_grad for n, p in program.model.named_parameters()}
    modes = {n: m.training for n, m in program.model.named_modules()}
    program.model.train()
    after = {n: p.requires_grad for n, p in program.model.named_parameters()}
    turned = [n for n in before if before[n] and not after.get(n, True)]
    stilled = [n for n, m in program.model.named_modules() if modes.get(n) and not m.training]
    if not turned and not stilled:
        return None
    return Suspicion(
        code="freezing-not-applied",
        family="frozen",
        title="Layers that the model means to freeze are training",
        evidence=[
            f"model.train() would freeze {', '.join((turned or stilled)[:5])}; the loop has not "
            "called it"
        ],
        cause="The freezing stands in train(), and a new model is in training mode without it.",
        remedy="model.train()  # at the start of every epoch, before the optimizer is built",
        where=f"model.{(turned or stilled)[0]}",
        weight=1.0,
        certain=True,
    )


_RUNNING = (nn.modules.batchnorm._NormBase,)


def first_pass(case: Case) -> Suspicion | None:
    """A pass in training mode, without a step, must not change the answers in evaluation mode."""
    model = case.program.copy().model
    if any(isinstance(m, _RUNNING) for m in model.modules()) or case.convention is None:
        return None
    batch = case.data.first[0]
    before, _ = outputs(model, batch, case.convention)
    model.train()
    with torch.no_grad():
        case.convention.forward(model, batch)
    after, _ = outputs(model, batch, case.convention)
    if before is None or after is None or before.shape != after.shape:
        return None
    change = float((before - after).float().norm() / before.float().norm().clamp_min(1e-9))
    if change < 0.2:
        return None
    return Suspicion(
        code="first-pass-changes",
        family="initialization",
        title="Evaluated before its first training pass, it is another model",
        evidence=[f"one pass in training mode, no step: outputs change by {change:.0%}"],
        cause="Something (a weight norm, a lazy scale) is only set up by a pass in training mode.",
        remedy="model.train(); model(batch)  # once, before anything is evaluated or saved",
        where="model",
        weight=0.9,
        certain=True,
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
    direction = torch.randn(parameter.shape, dtype=parameter.dtype)
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
