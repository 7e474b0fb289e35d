"""Looks at the targets: range, classes, balance, order, and whether they go with the inputs."""

from __future__ import annotations

import torch
from torch import Tensor

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.batches import rows
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.task import labels_of, main_target


def look(case: Case) -> list[Suspicion]:
    """Everything that can be said of the targets without training."""
    y, goal = case.targets, case.goal
    if y is None or goal is None:
        return []
    case.checked += ["targets vary and are numbers", "classes fit the outputs"]
    if y.is_floating_point() and not bool(y.isfinite().all()):
        return [_not_finite(y)]
    found = [_constant(case, y)]
    if goal.task in ("classification", "binary"):
        labels = labels_of(y, goal)
        case.checked += ["classes are balanced", "the order is shuffled"]
        found += [_outside(case, labels), _balance(labels), _sorted(case), _spare(case, labels)]
    elif goal.task == "regression":
        found.append(_target_scale(case, y))
    return [f for f in found if f is not None]


def _not_finite(y: Tensor) -> Suspicion:
    return Suspicion(
        code="target-nan",
        family="labels",
        title="The targets hold values that are not numbers",
        evidence=[f"{int((~y.isfinite()).sum())} of {y.numel()} target values are NaN or infinite"],
        cause="The loss of such a sample is NaN, and one NaN makes every weight NaN.",
        remedy="keep = y.isfinite(); x, y = x[keep], y[keep]",
        where="train_loader",
        weight=1.0,
        certain=True,
    )


def _constant(case: Case, y: Tensor) -> Suspicion | None:
    if not bool((y == y[0]).all()) or len(y) < 4:
        return None
    other = _val_targets(case)
    seen = [f"every one of {len(y)} targets is {y[0].flatten()[:4].tolist()}"]
    if other is not None:
        seen.append(f"the validation part has {len(other.unique(dim=0))} different ones")  # type: ignore[no-untyped-call]
    return Suspicion(
        code="constant-target",
        family="labels",
        title="All targets are the same",
        evidence=seen,
        cause=(
            "There is nothing to tell apart; whole-number labels that were divided, or a column "
            "mixed up, end like this."
        ),
        remedy="y = labels.long()  # class numbers as they are, not scaled like the inputs",
        where="train_loader",
        weight=1.0,
        certain=True,
    )


def _val_targets(case: Case) -> Tensor | None:
    if case.val_data is None or case.convention is None:
        return None
    try:
        parts = [main_target(case.convention.target(b)) for b in case.val_data.first]
        return torch.cat([p for p in parts if p is not None])
    except (RuntimeError, IndexError, KeyError):
        return None


def _outside(case: Case, labels: Tensor) -> Suspicion | None:
    goal, output = case.goal, case.output
    assert goal is not None
    if output is None or goal.task != "classification":
        return None
    axis = goal.class_axis if output.ndim > goal.class_axis else output.ndim - 1
    room = output.shape[axis]
    bad = labels[(labels >= room) | ((labels < 0) & (labels != -100))]
    if not len(bad):
        return None
    return Suspicion(
        code="label-range",
        family="labels",
        title="Labels lie outside the classes the model knows",
        evidence=[
            f"labels go from {int(labels.min())} to {int(labels.max())}, the model has {room} "
            f"outputs: 0 .. {room - 1}"
        ],
        cause="There is no output for such a class; on a GPU this ends in an unreadable error.",
        remedy="y = torch.unique(y, return_inverse=True)[1]  # class numbers 0 .. C-1",
        where="train_loader",
        weight=1.0,
        certain=True,
    )


def _spare(case: Case, labels: Tensor) -> Suspicion | None:
    """Far fewer classes in the data than outputs: a padding value or a scaling ate them."""
    goal, output = case.goal, case.output
    assert goal is not None
    if output is None or goal.task != "classification" or not case.data.complete:
        return None
    seen = len(labels[labels >= 0].unique())  # type: ignore[no-untyped-call]
    axis = goal.class_axis if output.ndim > goal.class_axis else output.ndim - 1
    room = output.shape[axis]
    if seen >= room or len(labels) < 10 * room or seen < 2:
        return None
    return Suspicion(
        code="spare-outputs",
        family="architecture",
        title="The model has more outputs than there are classes",
        evidence=[f"{room} outputs, {seen} classes in {len(labels)} labels"],
        cause="The outputs were made for other labels than those that come.",
        remedy=f"nn.Linear(..., {seen})  # one output per class",
        where="model",
        weight=0.3 if seen > room / 2 else 0.5,
    )


def _balance(labels: Tensor) -> Suspicion | None:
    counts = torch.bincount(labels.clamp_min(0))
    counts = counts[counts > 0]
    if len(counts) < 2 or len(labels) < 40:
        return None
    ratio = float(counts.max() / counts.min())
    if ratio < 4:
        return None
    return Suspicion(
        code="imbalance",
        family="imbalance",
        title="Some classes are rare",
        evidence=[
            f"the commonest class has {int(counts.max())} samples, the rarest {int(counts.min())}"
        ],
        cause="Answering the common class is cheap, so the rare ones are never learnt.",
        remedy="loss = nn.CrossEntropyLoss(weight=len(y) / (classes * torch.bincount(y)))",
        where="train_loader",
        weight=0.4 if ratio < limit.IMBALANCE else 0.8,
        remedies=("balanced",),
    )


def _sorted(case: Case) -> Suspicion | None:
    """Neighbours have the same class far more often than chance would have it."""
    goal, convention = case.goal, case.convention
    assert goal is not None
    assert convention is not None
    labels = []
    for batch in case.data.first:
        target = main_target(convention.target(batch))
        if target is None or target.ndim == 0:
            return None
        each = labels_of(target, goal)
        if len(each) != rows(batch):
            return None
        labels.append(each)
    y = torch.cat(labels)
    if len(y) < 32 or len(case.data.first) < 2 or len(y.unique()) < 2:  # type: ignore[no-untyped-call]
        return None
    share = torch.bincount(y.clamp_min(0)).double() / len(y)
    expected = float((share**2).sum())
    same = float((y[1:] == y[:-1]).double().mean())
    if same < expected + 0.5 * (1 - expected):
        return None
    return Suspicion(
        code="sorted",
        family="data-loading",
        title="The samples come in order of their class",
        evidence=[f"{same:.0%} of neighbours share a class; by chance it would be {expected:.0%}"],
        cause="Each batch teaches one class and unteaches the last one.",
        remedy="DataLoader(dataset, batch_size=..., shuffle=True)",
        where="train_loader",
        weight=0.9,
        remedies=("shuffled",),
    )


def _target_scale(case: Case, y: Tensor) -> Suspicion | None:
    output = case.output
    if output is None or not y.is_floating_point():
        return None
    size, spread = float(y.double().abs().mean()), float(y.double().std())
    large = max(size, spread) > limit.TARGET_LARGE
    small = 0 < spread < 0.02 and size < 0.2
    if not (large or small):
        return None
    return Suspicion(
        code="target-scale",
        family="preprocessing",
        title="The targets are not scaled",
        evidence=[
            f"targets lie in {float(y.min()):.4g} .. {float(y.max()):.4g}, outputs start in "
            f"{float(output.min()):.3g} .. {float(output.max()):.3g}"
        ],
        cause=(
            "The network has to grow its weights by orders of magnitude first, and the gradients "
            "are as large as the targets."
        ),
        remedy="y_train, y_val = (y_train - y_mean) / y_std, (y_val - y_mean) / y_std",
        where="train_loader",
        weight=0.8 if max(size, spread) > 100 or small else 0.55,
        remedies=("scaled-targets", "scaled-both"),
        details={"unusual": 1.0},
    )
