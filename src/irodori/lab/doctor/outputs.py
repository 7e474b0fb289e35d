"""Looks at the end of the model and the loss together: activation, loss and target must agree."""

from __future__ import annotations

import torch
from torch import Tensor

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Family, Suspicion
from irodori.lab.doctor.losses import PLAIN_NAMES
from irodori.lab.doctor.ops import Call, Trace
from irodori.lab.doctor.task import chance_loss

SOFTMAX = "softmax"
RANGES: dict[str, tuple[float, float]] = {
    "sigmoid": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "hardtanh": (-1.0, 1.0),
    "relu": (0.0, float("inf")),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, float("inf")),
    "log_softmax": (float("-inf"), 0.0),
    "logsigmoid": (float("-inf"), 0.0),
    "gelu": (-0.17, float("inf")),
    "elu": (-1.0, float("inf")),
}


def last_activation(case: Case) -> str:
    """The name of what shapes the output, from the operations or, failing that, the values."""
    calls = case.trace.last_activations() if case.trace is not None else []
    name = calls[-1].name.rstrip("_") if calls else ""
    if name == "softmax" and case.trace is not None and _logged(case.trace, calls[-1]):
        name = "log_softmax"
    if not name and case.output is not None and _rows_sum_to_one(case.output):
        return "softmax"
    return name


def _logged(trace: Trace, softmax: Call) -> bool:
    """A logarithm of it follows."""
    later = trace.calls[softmax.place + 1 :]
    return any(c.name in ("log", "log_") for c in later)


def _rows_sum_to_one(output: Tensor) -> bool:
    if output.ndim != 2 or output.shape[1] < 2 or bool((output < 0).any()):
        return False
    return bool(((output.float().sum(1) - 1).abs() < 1e-4).all())


def look(case: Case) -> list[Suspicion]:
    """Everything about the last activation, the loss and the targets."""
    if case.output is None or case.goal is None:
        return []
    name = last_activation(case)
    case.checked += ["last activation, loss and targets agree", "shapes do not broadcast"]
    found = [
        _one_unit(case, name),
        _twice(case, name),
        _missing(case, name),
        _range(case, name),
        _broadcast(case),
        _upside_down(case),
        _summed(case),
        _loss_for_task(case, name),
        _other_last(case, name),
        _numbered_classes(case),
    ]
    return [f for f in found if f is not None]


def _one_unit(case: Case, name: str) -> Suspicion | None:
    output = case.output
    assert output is not None
    single = output.ndim == 1 or (output.ndim >= 2 and output.shape[-1] == 1)
    still = bool((output == (0.0 if name == "log_softmax" else 1.0)).all())
    if name not in ("softmax", "log_softmax", "softmin") or not single or not still:
        return None
    return Suspicion(
        code="softmax-of-one",
        family="activation",
        title="Softmax over a single output is always 1",
        evidence=[f"all {output.numel()} outputs are {float(output.flatten()[0]):g}"],
        cause="Softmax divides by the sum, and a single value divided by itself never changes.",
        remedy="torch.sigmoid(x)  # for yes/no; no activation at all for a number",
        where=_place(case),
        weight=1.0,
        certain=True,
        remedies=("no-last-activation",),
    )


def _twice(case: Case, name: str) -> Suspicion | None:
    facts = case.loss
    if facts is None or name == "log_softmax":
        return None  # log-softmax of log-softmax is itself: harmless
    double = facts.own_softmax and name in ("softmax", "softmin", "sigmoid")
    double_sigmoid = facts.own_sigmoid and facts.kind == "bce_logits" and name in ("sigmoid",)
    if not double and not double_sigmoid:
        return None
    kind = PLAIN_NAMES.get(facts.kind, facts.kind)
    return Suspicion(
        code=f"{name}-twice",
        family="activation",
        title=f"The model ends in {name}, and the loss applies its own",
        evidence=[
            f"the loss is {kind}, which takes raw outputs; these lie in "
            f"{float(_out(case).min()):.3g} .. {float(_out(case).max()):.3g}"
        ],
        cause=(
            "Squeezed twice, even a perfect answer keeps a large loss and the gradients become "
            "small."
        ),
        remedy=f"return x  # no {name} in forward(); apply it only where probabilities are shown",
        where=_place(case),
        weight=1.0,
        certain=True,
        remedies=("bare-output",),
    )


def _out(case: Case) -> Tensor:
    assert case.output is not None
    return case.output


def _missing(case: Case, name: str) -> Suspicion | None:
    facts, output = case.loss, _out(case)
    if facts is None:
        return None
    if facts.kind == "nll" and name != "log_softmax" and float(output.max()) > 1e-4:
        given = f"ends in {name}" if name else "gives raw outputs"
        return Suspicion(
            code="nll-without-log-softmax",
            family="loss",
            title=f"NLLLoss wants log-probabilities, and the model {given}",
            evidence=[
                f"outputs lie in {float(output.min()):.3g} .. {float(output.max()):.3g}; "
                "log-probabilities are never above 0"
            ],
            cause="The loss can be lowered for ever by making outputs larger, right or wrong.",
            remedy="loss = nn.CrossEntropyLoss()  # on raw outputs, without softmax in the model",
            where="loss",
            weight=1.0,
            certain=True,
            remedies=("no-last-activation",),
        )
    probabilities = facts.kind in ("bce", "nll_prob")
    if probabilities and (float(output.min()) < -1e-4 or float(output.max()) > 1 + 1e-4):
        return Suspicion(
            code="probabilities-missing",
            family="activation",
            title="The loss wants probabilities, and the model gives raw numbers",
            evidence=[f"outputs lie in {float(output.min()):.3g} .. {float(output.max()):.3g}"],
            cause="The logarithm of a negative number is NaN, and above 1 the loss turns negative.",
            remedy="loss = nn.BCEWithLogitsLoss()  # or nn.CrossEntropyLoss(), on raw outputs",
            where="model",
            weight=1.0,
            certain=True,
            remedies=("no-last-activation", "natural-loss"),
        )
    return None


def _range(case: Case, name: str) -> Suspicion | None:
    y, goal = case.targets, case.goal
    assert goal is not None
    if goal.task not in ("regression", "image") or y is None or name not in RANGES:
        return None
    low, high = RANGES[name]
    y = y.float()
    slack = 0.02 * float(y.std())
    outside = float(((y < low - slack) | (y > high + slack)).float().mean())
    if outside < limit.OUT_OF_RANGE:
        return None
    upper = "" if high == float("inf") else f"{high:g}"
    return Suspicion(
        code="output-range",
        family="activation",
        title=f"The last activation, {name}, cannot reach the targets",
        evidence=[
            f"{name} gives {low:g} .. {upper}; targets lie in {float(y.min()):.4g} .. "
            f"{float(y.max()):.4g}",
            f"{outside:.0%} of the targets cannot be reached",
        ],
        cause="However long it trains, those targets stay out of reach.",
        remedy="return self.last(x)  # no activation behind the last layer of a regression",
        where=_place(case),
        weight=1.0,
        certain=True,
        remedies=("bare-output",),
    )


def _broadcast(case: Case) -> Suspicion | None:
    facts = case.loss
    if facts is None or facts.shapes is None:
        return None
    a, b = facts.shapes
    return Suspicion(
        code="broadcast",
        family="shape",
        title="The loss compares every output with every target",
        evidence=[f"outputs are {a} and targets {b}: PyTorch repeats both until they fit"],
        cause="The best answer to all targets at once is their mean, and that is what it learns.",
        remedy="loss(output, target.view_as(output))",
        where="loss",
        weight=1.0,
        certain=True,
        remedies=("natural-loss",),
    )


def _upside_down(case: Case) -> Suspicion | None:
    facts = case.loss
    if facts is None or not facts.upside_down:
        return None
    return Suspicion(
        code="loss-upside-down",
        family="loss",
        title="The loss is larger for right answers than for wrong ones",
        evidence=[
            f"right answers: {facts.perfect:.4g}, answers to other samples: {facts.wrong:.4g}"
        ],
        cause="Training makes it smaller, and so unlearns.",
        remedy="return -value  # or take the minus away; then loss(right) < loss(wrong)",
        where="loss",
        weight=0.95,
        certain=True,
        remedies=("natural-loss",),
    )


def _summed(case: Case) -> Suspicion | None:
    facts = case.loss
    if facts is None or not facts.summed:
        return None
    count = len(_out(case))
    return Suspicion(
        code="summed-loss",
        family="loss",
        title="The loss is a sum over the batch, not a mean",
        evidence=[f"twice the batch gives twice the loss; a batch has {count} samples"],
        cause=f"The learning rate is in effect {count} times as large, and changes with the batch.",
        remedy='loss = ...Loss(reduction="mean")',
        where="loss",
        weight=0.5 if count < 16 else 0.8,
        remedies=("rate-by-batch",),
    )


def _loss_for_task(case: Case, name: str) -> Suspicion | None:
    """A regression loss for classes, and the like: legal, and often much worse."""
    facts, goal = case.loss, case.goal
    assert goal is not None
    if facts is None:
        return None
    usual = {
        "classification": ("cross_entropy", "nll", "nll_prob", "kl"),
        "binary": ("bce", "bce_logits", "cross_entropy", "nll", "nll_prob"),
        "multilabel": ("bce", "bce_logits"),
        "regression": ("mse", "l1"),
        "image": ("mse", "l1", "custom"),
    }[goal.task]
    if facts.kind in usual:
        weight = 0.35 if facts.kind == "l1" and goal.task == "regression" else 0.08
    else:
        weight = 0.45 if facts.kind in ("mse", "custom", "nll_prob") else 0.75
    if facts.kind == "hinge" and name in ("softmax", "sigmoid", "log_softmax"):
        weight = 0.85
    if goal.task == "binary" and facts.kind == "mse" and name == "sigmoid":
        weight = 0.25
    seen = [
        f"the loss is {PLAIN_NAMES.get(facts.kind, facts.kind)}, the outputs end in "
        f"{name or 'no activation'}"
    ]
    chance = chance_loss(facts.kind, goal)
    if chance is not None:
        seen.append(f"it starts at {facts.value:.3g}; guessing gives {chance:.3g}")
    return Suspicion(
        code="loss-for-task",
        family="loss",
        title="Another loss suits the task better",
        evidence=seen,
        cause="This loss rewards something else than the right answer, or rewards it too weakly.",
        remedy={
            "classification": "loss = nn.CrossEntropyLoss()  # on raw outputs",
            "binary": "loss = nn.BCEWithLogitsLoss()  # on raw outputs",
            "multilabel": "loss = nn.BCEWithLogitsLoss()  # on raw outputs",
        }.get(goal.task, "loss = nn.MSELoss()"),
        where="loss",
        weight=weight,
        remedies=("no-last-activation",) if name else ("natural-loss",),
    )


def _other_last(case: Case, name: str) -> Suspicion | None:
    """An activation behind the last layer that the loss does not ask for."""
    facts, goal = case.loss, case.goal
    assert goal is not None
    if not name or facts is None or case.trace is None:
        return None
    wanted: dict[str, tuple[str, ...]] = {
        "nll": ("log_softmax",),
        "bce": ("sigmoid", "softmax"),
        "nll_prob": ("softmax", "sigmoid"),
        "cross_entropy": ("log_softmax",),
        "kl": ("log_softmax",),
    }
    if name in wanted.get(facts.kind, ()):
        fits = not (name == "sigmoid" and goal.task == "classification")
        if fits and not (name == "softmax" and goal.task in ("binary", "multilabel")):
            return None
    odd = name in (
        "relu",
        "relu6",
        "elu",
        "leaky_relu",
        "softplus",
        "gelu",
        "log_softmax",
        "softmax",
    )
    if goal.task in ("regression", "image") and case.targets is not None:
        low, high = RANGES.get(name, (0.0, 0.0))
        odd = odd and not low <= float(case.targets.min()) <= float(case.targets.max()) <= high
    odd = odd or (name == "sigmoid" and goal.task == "classification")
    odd = odd or (name == "tanh" and goal.task in ("classification", "binary"))
    family: Family = "activation"
    return Suspicion(
        code="last-activation",
        family=family,
        title=f"The last layer's {name} is in the way",
        evidence=[
            f"the model ends in {name}, the loss is {PLAIN_NAMES.get(facts.kind, facts.kind)}",
            f"outputs lie in {float(_out(case).min()):.3g} .. {float(_out(case).max()):.3g}",
        ],
        cause="It cuts off or flattens what the loss has to see, and with it the gradient.",
        remedy=_activation_remedy(goal.task),
        where=_place(case),
        weight=0.75 if odd else 0.3,
        remedies=("no-last-activation", "bare-output"),
    )


def _numbered_classes(case: Case) -> Suspicion | None:
    """A regression on a few whole numbers, each of them common: class numbers."""
    y, goal = case.targets, case.goal
    assert goal is not None
    if y is None or goal.task != "regression" or len(y) < 60 or y.numel() != len(y):
        return None
    values, counts = torch.unique(y, return_counts=True)
    whole = bool((values == values.round()).all()) and float(values.min()) >= 0
    if not whole or not 3 <= len(values) <= 30 or int(counts.min()) < 0.02 * len(y):
        return None
    return Suspicion(
        code="numbered-classes",
        family="loss",
        title="Class numbers are learnt as if they were amounts",
        evidence=[f"targets are {len(values)} whole numbers, {int(values[0])}..{int(values[-1])}"],
        cause="Between class 1 and class 3 lies class 2 only on paper; a mean of two is neither.",
        remedy=f"nn.Linear(..., {int(values[-1]) + 1}); loss = nn.CrossEntropyLoss()",
        where="loss",
        weight=0.65,
        remedies=("as-classes",),
    )


def _activation_remedy(task: str) -> str:
    if task in ("binary", "multilabel"):
        return "return self.last(x)  # and loss = nn.BCEWithLogitsLoss()"
    if task == "classification":
        return "return self.last(x)  # and loss = nn.CrossEntropyLoss()"
    return "return self.last(x)  # no activation behind the last layer"


def _place(case: Case) -> str:
    calls = case.trace.last_activations() if case.trace is not None else []
    return f"model.{calls[-1].module}" if calls and calls[-1].module else "model.forward"


def spread_of(output: Tensor) -> float:
    """The mean over outputs of their deviation over samples."""
    flat = output.float().reshape(len(output), -1)
    return float(flat.std(0).mean()) if len(flat) > 1 else float(torch.tensor(0.0))
