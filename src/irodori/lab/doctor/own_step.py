"""Looks inside a training step of somebody's own: what it adds to forward, loss, backward, step.

The step runs once on a copy, and what passes the model, the loss and the optimizer is compared
with what an ordinary loop would pass. Whether a difference harms, a trial has to show.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.doctor.case import Case
from irodori.lab.doctor.copying import Program, optimizers_of
from irodori.lab.doctor.finding import Family, Suspicion
from irodori.lab.doctor.ops import map_tensors, tensors_of
from irodori.lab.doctor.task import main_output

EARLY_STEPS = 8
"""Steps after which the terms of a loss are compared."""


@dataclass
class Passed:
    """What passed in one step, in order."""

    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    compared: list[tuple[Any, Any, float]] = field(default_factory=list)
    gradients: dict[str, Tensor] = field(default_factory=dict)
    modes: list[bool] = field(default_factory=list)
    value: float = 0.0
    rates: tuple[list[float], list[float]] = ([], [])


class _Noted:
    """A loss that notes what it is given; everything else is the loss itself."""

    def __init__(self, loss: Any, passed: Passed) -> None:
        self._loss = loss
        self._passed = passed

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        value = self._loss(*args, **kwargs)
        first = args[0] if args else None
        second = args[1] if len(args) > 1 else None
        number = float(value.detach().float().mean()) if isinstance(value, Tensor) else 0.0
        self._passed.compared.append((first, second, number))
        return value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loss, name)


def look(case: Case) -> list[Suspicion]:
    """Differences between the step and an ordinary one; nothing if there is no own step."""
    if case.program.train_step is None:
        return _penalty_in_loss(case)
    if case.convention is None or case.output is None:
        return []
    mine = _run(case, own=True)
    plain = _run(case, own=False)
    if len(mine.outputs) != 1 or len(plain.outputs) != 1:
        return []  # several passes: a step of another kind, nothing to compare with
    case.checked.append("the training step does what an ordinary one does")
    found = [
        _changed_inputs(mine, plain),
        _changed_outputs(mine),
        _changed_targets(mine, plain),
        _other_term(case) if _several(case) else _penalty(mine),
        _gradients(mine, plain),
        _evaluating(case, mine),
        _rates(mine),
    ]
    return [f for f in found if f is not None]


def _run(case: Case, *, own: bool) -> Passed:
    passed = Passed()
    program: Program = case.program.copy()
    model, batch = program.model, case.data.first[0]
    loss = _Noted(program.loss, passed) if callable(program.loss) else program.loss
    model.register_forward_pre_hook(
        lambda m, args, kwargs: passed.inputs.append((args, kwargs)), with_kwargs=True
    )
    model.register_forward_hook(lambda m, args, output: _note_output(passed, m, output))
    optimizers = optimizers_of(program.optimizer)

    def note_gradients(*_: Any) -> None:
        for name, parameter in model.named_parameters():
            if parameter.grad is not None and name not in passed.gradients:
                passed.gradients[name] = parameter.grad.detach().clone()

    for optimizer in optimizers:
        optimizer.register_step_pre_hook(note_gradients)
    before = [float(g["lr"]) for o in optimizers for g in o.param_groups]
    torch.manual_seed(case.seed)
    if own:
        assert program.train_step is not None
        value = program.train_step(model, batch, loss, program.optimizer)
        passed.value = float(value.detach().float().mean()) if isinstance(value, Tensor) else 0.0
    else:
        assert case.convention is not None
        for optimizer in optimizers:
            optimizer.zero_grad()
        if program.model.training is False:
            program.model.train()
        loss(case.convention.forward(model, batch), case.convention.target(batch)).backward()
        for optimizer in optimizers:
            optimizer.step()
    passed.rates = before, [float(g["lr"]) for o in optimizers for g in o.param_groups]
    return passed


def _note_output(passed: Passed, module: nn.Module, output: Any) -> None:
    passed.outputs.append(output)
    passed.modes.append(module.training)


def _difference(a: Any, b: Any) -> float | None:
    """How far two nestings are apart, relative to the second; None where they do not compare."""
    left, right = tensors_of(a), tensors_of(b)
    if not left or len(left) != len(right):
        return None
    worst = 0.0
    for x, y in zip(left, right, strict=True):
        if x.numel() != y.numel():
            return None
        x, y = x.detach().float().reshape(-1), y.detach().float().reshape(-1)
        worst = max(worst, float((x - y).norm() / y.norm().clamp_min(1e-9)))
    return worst


def _suspect(
    code: str,
    family: Family,
    title: str,
    seen: str,
    *,
    cause: str,
    remedy: str,
    weight: float,
    certain: bool = False,
) -> Suspicion:
    return Suspicion(
        code=code,
        family=family,
        title=title,
        evidence=[seen],
        cause=cause,
        remedy=remedy,
        where="train_step",
        weight=weight,
        certain=certain,
        remedies=("plain-step",),
    )


def _changed_inputs(mine: Passed, plain: Passed) -> Suspicion | None:
    apart = _difference(mine.inputs[0], plain.inputs[0])
    if apart is None or apart < 0.02:
        return None
    return _suspect(
        "step-changes-inputs",
        "augmentation",
        "The step changes the inputs beyond recognition",
        f"what reaches the model is {apart:.0%} away from what the loader gave",
        cause="Noise, erasing or scaling that strong shows it other data than it will meet.",
        remedy="output = model(x)  # or a milder augmentation",
        weight=min(0.85, 0.4 + apart / 2),
    )


def _changed_outputs(mine: Passed) -> Suspicion | None:
    if len(mine.compared) != 1:
        return None
    output = main_output(mine.outputs[0])
    given = main_output(mine.compared[0][0])
    if output is None or given is None:
        return None
    apart = _difference(given, output)
    if apart is None or apart < 0.02:
        return None
    return _suspect(
        "step-changes-outputs",
        "activation",
        "The step changes the outputs before the loss sees them",
        f"the loss gets something {apart:.0%} away from the model's output",
        cause="An activation that the loss applies itself, or a wrong axis, flattens the gradient.",
        remedy="value = loss(model(x), y)  # the raw output",
        weight=0.75,
    )


def _changed_targets(mine: Passed, plain: Passed) -> Suspicion | None:
    if len(mine.compared) != 1 or len(plain.compared) != 1:
        return None
    apart = _difference(mine.compared[0][1], plain.compared[0][1])
    if apart is None or apart < 0.02:
        return None
    return _suspect(
        "step-changes-targets",
        "labels",
        "The step changes the targets",
        f"the loss gets targets {apart:.0%} away from the loader's",
        cause="Shuffled, rolled or scaled apart from their inputs they teach nothing.",
        remedy="value = loss(output, y)",
        weight=0.8,
    )


def _several(case: Case) -> bool:
    return len(optimizers_of(case.program.optimizer)) > 1


def _penalty(mine: Passed) -> Suspicion | None:
    if len(mine.compared) != 1:
        return None
    return _penalty_of(mine.compared[0][2], mine.value - mine.compared[0][2], "train_step")


def _other_term(case: Case) -> Suspicion | None:
    """Several networks: the rest of the loss is what the others say of this one.

    A judge that knows nothing yet says little, so the first few steps are looked at.
    """
    step, loss = case.program.train_step, case.program.loss
    if step is None or not callable(loss):
        return None
    program = case.program.copy()
    torch.manual_seed(case.seed)
    data_terms: list[float] = []
    other_terms: list[float] = []
    for batch in case.data.first[:EARLY_STEPS]:
        passed = Passed()
        value = step(program.model, batch, _Noted(program.loss, passed), program.optimizer)
        if len(passed.compared) != 1 or not isinstance(value, Tensor):
            return None
        data_terms.append(abs(passed.compared[0][2]))
        other_terms.append(abs(float(value.detach().float().mean()) - passed.compared[0][2]))
    data, extra = statistics.median(data_terms), statistics.median(other_terms)
    if extra < data:
        return None
    return Suspicion(
        code="term-dominates",
        family="loss",
        title="A second cost term outweighs the first",
        evidence=[
            f"in the first {len(data_terms)} steps: the loss on the target {data:.3g}, the rest "
            f"{extra:.3g} (medians, without sign)"
        ],
        cause="A judge that counts for more than the target leads away from it, above all when it "
        "learns faster than who is judged.",
        remedy="total = target_loss + 0.05 * judge_loss  # and a lower rate for the judge",
        where="train_step",
        weight=0.85,
        remedies=("plain-step-all",),
    )


def _penalty_of(data: float, extra: float, where: str) -> Suspicion | None:
    if extra <= 0.05 * abs(data) + 1e-6:
        return None
    share = extra / max(abs(data), 1e-9)
    return Suspicion(
        code="penalty-dominates",
        family="regularization",
        title="A penalty outweighs the data's loss",
        evidence=[f"at the start: data {data:.3g}, penalty {extra:.3g}"],
        cause="The network is taught to have small weights instead of right answers.",
        remedy="value = data_loss + 1e-5 * penalty  # until it is a small part of the whole",
        where=where,
        weight=0.9 if share > 1 else 0.55,
        remedies=("plain-step", "without-penalty"),
    )


def _penalty_in_loss(case: Case) -> list[Suspicion]:
    """A loss that has a gradient even when the outputs have none looks at the weights."""
    convention, output = case.convention, case.output
    if convention is None or output is None or not callable(case.program.loss):
        return []
    program = case.program.copy()
    given = map_tensors(case.raw_output, Tensor.detach)
    value = program.loss(given, convention.target(case.data.first[0]))
    if not isinstance(value, Tensor) or not value.requires_grad:
        return []
    from irodori.lab.doctor.remedies_model import usual_loss

    if case.goal is None:
        return []
    plain = float(usual_loss(case.goal)(output, convention.target(case.data.first[0])))
    found = _penalty_of(plain, float(value) - plain, "loss")
    return [found] if found is not None else []


def _gradients(mine: Passed, plain: Passed) -> Suspicion | None:
    shared = [n for n in plain.gradients if n in mine.gradients]
    lost = [n for n in plain.gradients if n not in mine.gradients]
    if lost and shared:
        return _suspect(
            "step-loses-gradients",
            "gradient",
            "The step leaves parameters without gradient",
            f"{', '.join(lost[:4])} get none; in an ordinary step they do",
            cause="What gets no gradient stays as it was drawn.",
            remedy="value = loss(model(x), y); value.backward()",
            weight=0.8,
        )
    if not shared:
        return None
    a = torch.stack([mine.gradients[n].float().norm() for n in shared]).norm()
    b = torch.stack([plain.gradients[n].float().norm() for n in shared]).norm()
    ratio = float(a / b.clamp_min(1e-12))
    if 0.25 < ratio < 4:
        return None
    how = "clips or scales" if ratio < 1 else "enlarges"
    return _suspect(
        "step-scales-gradients",
        "gradient",
        f"The step {how} the gradients",
        f"they are {ratio:.2g} times those of an ordinary step",
        cause="The steps are no longer those that the rate was chosen for.",
        remedy="torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # clip rarely, not always",
        weight=min(0.8, 0.5 + 0.1 * abs(float(torch.tensor(ratio + 1e-9).log10()))),
    )


def _evaluating(case: Case, mine: Passed) -> Suspicion | None:
    from irodori.lab.doctor.model import _MODE_LAYERS

    layers = [m for m in case.program.model.modules() if isinstance(m, _MODE_LAYERS)]
    if not layers or mine.modes[0]:
        return None
    return _suspect(
        "trains-in-eval",
        "mode",
        "The step trains in evaluation mode",
        f"model.training is False in the step; {len(layers)} dropout or norm layers depend on it",
        cause="Dropout does nothing, and batch norm uses statistics that it never updates.",
        remedy="model.train()  # before each epoch; model.eval() before validation",
        weight=0.9,
        certain=True,
    )


def _rates(mine: Passed) -> Suspicion | None:
    before, after = mine.rates
    pairs = [(a, b) for a, b in zip(before, after, strict=False) if a > 0]
    if not pairs:
        return None
    worst = min(b / a for a, b in pairs)
    if worst > 0.98:
        return None
    return _suspect(
        "rate-decays-fast",
        "learning-rate",
        "The learning rate falls with every step",
        f"one step takes it to {worst:.1%}; after a hundred it is {worst**100:.1e} of the first",
        cause="The training stands still long before it has arrived.",
        remedy="scheduler.step()  # once per epoch, not once per batch",
        weight=0.8,
    )
