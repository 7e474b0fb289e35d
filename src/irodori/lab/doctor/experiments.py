"""Experiments that take a second and settle a question by themselves: no training, no threshold."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from irodori.lab.doctor.batches import rows
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.gradients import clears_gradients, gradients_arrive
from irodori.lab.doctor.task import main_output
from irodori.lab.doctor.trial import outputs, step_function


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
    enough = 0.5 * case.clock.left
    for name, experiment in experiments:
        if case.clock.left < enough:
            case.limits.append(f"not checked that {name}: no time left")
            continue
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
    """Change all samples but the middle one; its output must not move.

    Not the first: what runs along the batch in order, such as a recurrence, leaves that alone.
    """
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
    middle = rows(batch) // 2
    moved = float((before[middle] - after[middle]).abs().max())
    own = float(before.float().std()) + 1e-9
    if moved < 1e-3 * own or moved < 1e-6:
        return None
    return Suspicion(
        code="samples-mixed",
        family="shape",
        title="An output depends on the other samples of the batch",
        evidence=[
            f"one sample's output moves by {moved:.3g} when only the others change "
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
    changed = -tensor * 0.7 + 0.3 if tensor.is_floating_point() else tensor.roll(1, 0)
    changed[len(tensor) // 2] = tensor[len(tensor) // 2]
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


def freezing_by_train(case: Case) -> Suspicion | None:
    """A model that freezes layers when train() is called, in a loop that never calls it."""
    program = case.program.copy()
    setting = case.setting_of(program)
    step_function(setting)(program.model, case.data.first[0], program.loss, program.optimizer)
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
