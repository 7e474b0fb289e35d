"""What a training is meant to learn, and how well its outputs do it: one score for all tasks.

The score is 0 for who answers the same whatever is asked (the commonest class, the mean), 1 for
who is always right; so the same gap means the same on any data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import torch
from torch import Tensor

from irodori.lab.doctor.ops import tensors_of

Task: TypeAlias = Literal["classification", "binary", "multilabel", "regression", "image"]
TASKS: tuple[Task, ...] = get_args(Task)


@dataclass(frozen=True)
class Goal:
    """The task and its particulars.

    classes: how many for classification, 2 for binary, how many labels for multilabel, else 0.
    one_hot: targets are rows with a single 1. class_axis: of the output.
    threshold: what tells yes from no in the output, for binary and multilabel.
    """

    task: Task
    classes: int = 0
    one_hot: bool = False
    class_axis: int = 1
    threshold: float = 0.5


def main_output(output: Any, target: Any = None) -> Tensor | None:
    """The tensor that is compared with the target: the whole output, or the part that fits it."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, dict):
        for key in ("logits", "output", "prediction", "out"):
            if isinstance(output.get(key), Tensor):
                return output[key]  # type: ignore[no-any-return]
    found = [t for t in tensors_of(output) if t.is_floating_point()]
    if isinstance(target, Tensor):
        fitting = [t for t in found if t.shape[:1] == target.shape[:1]]
        found = [t for t in fitting if t.shape == target.shape] or fitting or found
    return found[0] if found else None


def main_target(target: Any) -> Tensor | None:
    """The target tensor: the whole, or the first of several."""
    if isinstance(target, Tensor):
        return target
    found = tensors_of(target)
    return found[0] if found else None


def infer(output: Tensor, target: Tensor, asked: Task | None = None) -> Goal:
    """The task, from the shapes and values of outputs (N, ...) and targets (N, ...)."""
    values = target.detach()
    if asked in (None, "classification") and not values.is_floating_point():
        return _from_labels(output, values, asked)
    flat = values.float().reshape(len(values), -1) if values.ndim else values.reshape(1, 1).float()
    zero_one = bool(((flat == 0) | (flat == 1)).all())
    if asked is None and values.ndim == 4 and not zero_one:
        return Goal("image")
    if asked == "classification" or (asked is None and zero_one and _one_hot(flat, output)):
        return Goal("classification", classes=flat.shape[1], one_hot=True)
    if asked == "binary" or (asked is None and zero_one and flat.shape[1] == 1):
        return Goal("binary", classes=2)
    if asked == "multilabel" or (asked is None and zero_one):
        return Goal("multilabel", classes=flat.shape[1])
    if asked is None and _few_whole_numbers(flat, output):
        return Goal("classification", classes=int(flat.max()) + 1)
    return Goal(asked or "regression")


def _from_labels(output: Tensor, target: Tensor, asked: Task | None) -> Goal:
    top = int(target.max()) if target.numel() else 0
    if target.shape == output.shape and output.ndim > 1 and output.shape[-1] > 1:
        if bool(((target == 0) | (target == 1)).all()):
            single = bool((target.reshape(len(target), -1).sum(1) == 1).all())
            return Goal(
                "classification" if single else "multilabel",
                classes=output.shape[-1],
                one_hot=single,
            )
        return Goal("regression")
    if output.ndim == 1 or (output.ndim > 1 and output.shape[-1] == 1 and target.ndim <= 2):
        wide = top > 1
        return Goal("regression") if wide and asked is None else Goal("binary", classes=2)
    axis = 1 if output.ndim == 2 or output.shape[1:-1] != target.shape[1:] else output.ndim - 1
    return Goal("classification", classes=max(output.shape[axis], top + 1), class_axis=axis)


def _one_hot(flat: Tensor, output: Tensor) -> bool:
    return (
        flat.shape[1] > 1 and bool((flat.sum(1) == 1).all()) and output.shape[-1] == flat.shape[1]
    )


def _few_whole_numbers(flat: Tensor, output: Tensor) -> bool:
    """Class numbers stored as floats: one per sample, as many outputs as there are numbers."""
    whole = bool((flat == flat.round()).all()) and bool((flat >= 0).all())
    return (
        flat.shape[1] == 1
        and whole
        and output.ndim == 2
        and output.shape[1] > max(1, int(flat.max()))
    )


def labels_of(target: Tensor, goal: Goal) -> Tensor:
    """Class numbers, flat int64, for classification and binary."""
    if goal.one_hot:
        return target.reshape(-1, goal.classes).argmax(1)
    return target.reshape(-1).round().long() if target.is_floating_point() else target.reshape(-1)


def predicted_labels(output: Tensor, goal: Goal) -> Tensor:
    """Class numbers that the output stands for, flat int64."""
    if goal.task == "binary" and (output.ndim == 1 or output.shape[-1] == 1):
        return (output.reshape(-1) > goal.threshold).long()
    axis = goal.class_axis if output.ndim > goal.class_axis else output.ndim - 1
    return output.argmax(axis).reshape(-1)


def score(output: Tensor, target: Tensor, goal: Goal) -> float:
    """How well outputs do: 0 as good as a constant answer, 1 perfect, below 0 worse; NaN -> -1."""
    output, target = output.detach().float().cpu(), target.detach().cpu()
    if not bool(output.isfinite().all()):
        return -1.0
    if goal.task in ("classification", "binary"):
        truth = labels_of(target, goal)
        guess = predicted_labels(output, goal)
        if guess.shape != truth.shape:
            return 0.0
        seen = truth >= 0
        return _agreement(guess[seen], truth[seen])
    if goal.task == "multilabel":
        truth = target.reshape(len(target), -1).float()
        guess = (output.reshape(len(output), -1) > goal.threshold).float()
        return _agreement_of_bits(guess, truth) if guess.shape == truth.shape else 0.0
    return explained(output, target.float())


def _agreement(guess: Tensor, truth: Tensor) -> float:
    """Balanced: the mean over the classes present of the share found, rescaled by chance."""
    present = truth.unique()  # type: ignore[no-untyped-call]
    if len(present) < 2:
        return 0.0
    recall = torch.stack([(guess[truth == c] == c).float().mean() for c in present])
    accuracy = float((guess == truth).float().mean())
    most = max(float((truth == c).float().mean()) for c in present)
    chance = 1 / len(present)
    balanced = (float(recall.mean()) - chance) / (1 - chance)
    plain = (accuracy - most) / (1 - most)
    return max(plain, balanced) if most < 0.9 else balanced


def _agreement_of_bits(guess: Tensor, truth: Tensor) -> float:
    base = torch.maximum(truth.mean(0), 1 - truth.mean(0)).mean()
    hit = (guess == truth).float().mean()
    return float((hit - base) / (1 - base).clamp_min(1e-6))


def explained(output: Tensor, target: Tensor) -> float:
    """The share of the targets' variance that outputs explain, at least -1."""
    if output.numel() != target.numel():
        return 0.0
    target = target.reshape(len(target), -1)
    output = output.reshape(len(output), -1).double()
    target = target.double()
    spread = (target - target.mean(0)).square().sum()
    if float(spread) == 0:
        return 0.0
    return max(-1.0, float(1 - (output - target).square().sum() / spread))


def as_asked(task: str | None) -> Task | None:
    """The task's name checked. Raises ValueError with the names that are known."""
    if task is not None and task not in TASKS:
        raise ValueError(f"task={task!r} is not known; choose one of {', '.join(TASKS)}")
    return task


def describe(goal: Goal) -> str:
    """In a few words for the report."""
    if goal.task == "classification":
        return f"classification into {goal.classes} classes"
    if goal.task == "multilabel":
        return f"{goal.classes} yes/no labels each"
    return {"binary": "yes/no", "regression": "regression", "image": "image to image"}[goal.task]


def chance_loss(kind: str, goal: Goal) -> float | None:
    """What a loss of this kind gives who answers at random, where that is known."""
    if goal.classes < 2:
        return None
    import math

    if kind in ("cross_entropy", "nll", "bce", "bce_logits"):
        many = goal.classes if goal.task == "classification" else 2
        return math.log(many)
    if kind == "hinge":
        return float(goal.classes - 1) / goal.classes
    return None


def with_threshold(goal: Goal, threshold: float) -> Goal:
    """The same goal with another border between yes and no."""
    return Goal(goal.task, goal.classes, goal.one_hot, goal.class_axis, threshold)
