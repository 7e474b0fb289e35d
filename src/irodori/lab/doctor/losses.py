"""Which loss this is, what it does to the outputs itself, and whether it points the right way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from irodori.lab.doctor.ops import LOSSES, Trace
from irodori.lab.doctor.task import Goal, labels_of

_KINDS = {
    "cross_entropy": "cross_entropy",
    "nll_loss": "nll",
    "nll_loss_nd": "nll",
    "binary_cross_entropy": "bce",
    "binary_cross_entropy_with_logits": "bce_logits",
    "multilabel_soft_margin_loss": "bce_logits",
    "mse_loss": "mse",
    "l1_loss": "l1",
    "smooth_l1_loss": "l1",
    "huber_loss": "l1",
    "kl_div": "kl",
    "multi_margin_loss": "hinge",
    "hinge_embedding_loss": "hinge",
    "multilabel_margin_loss": "hinge",
    "soft_margin_loss": "hinge",
}
PLAIN_NAMES = {
    "cross_entropy": "cross entropy",
    "nll": "negative log likelihood",
    "bce": "binary cross entropy",
    "bce_logits": "binary cross entropy on logits",
    "mse": "squared error",
    "l1": "absolute error",
    "kl": "KL divergence",
    "hinge": "hinge loss",
    "custom": "a loss of its own",
}


@dataclass(frozen=True)
class LossFacts:
    """What is known of a loss.

    kind: a key of PLAIN_NAMES. own_softmax, own_sigmoid: it applies that itself.
    value: on the first batch; perfect, wrong: on outputs that are right, and right for others.
    shapes: of output and target where it computed with two that are not the same, else None.
    summed: it grows with the batch. scalar: it returns one number.
    """

    kind: str
    own_softmax: bool
    own_sigmoid: bool
    value: float
    perfect: float | None
    wrong: float | None
    shapes: tuple[tuple[int, ...], tuple[int, ...]] | None
    summed: bool
    scalar: bool

    @property
    def upside_down(self) -> bool:
        """Better outputs make it larger."""
        if self.perfect is None or self.wrong is None:
            return False
        return self.perfect > self.wrong + 1e-4 * abs(self.wrong)


def recognize(loss: Any, output: Tensor, target: Any, goal: Goal | None) -> LossFacts:
    """Look at a loss by running it. output: as the model gives it, no gradient needed."""
    output = output.detach()
    with Trace() as trace:
        value = loss(output, target)
    names = [c.name for c in trace.calls]
    kind = next((_KINDS[n] for n in names if n in _KINDS), "")
    kind = kind or _by_operations(names, goal)
    softmax = kind == "cross_entropy" or "log_softmax" in names or "logsumexp" in names
    softmax = softmax or "softmax" in names
    sigmoid = kind == "bce_logits" or bool({"sigmoid", "logsigmoid", "softplus"} & set(names))
    if softmax and kind in ("nll", "custom"):
        kind = "cross_entropy"
    perfect, wrong = _both_ways(loss, output, target, goal, kind)
    return LossFacts(
        kind=kind,
        own_softmax=softmax,
        own_sigmoid=sigmoid,
        value=float(value.float().mean()) if isinstance(value, Tensor) else float("nan"),
        perfect=perfect,
        wrong=wrong,
        shapes=_broadcast(trace),
        summed=_grows_with_batch(loss, output, target),
        scalar=isinstance(value, Tensor) and value.numel() == 1,
    )


def _by_operations(names: list[str], goal: Goal | None) -> str:
    """A hand-written loss, told by what it computes."""
    found = set(names)
    if found & {"log_softmax", "logsumexp", "softmax"}:
        return "cross_entropy"
    if found & {"log", "log2", "log10"}:
        return "bce" if goal is not None and goal.task in ("binary", "multilabel") else "nll_prob"
    if found & {"relu", "clamp", "clamp_min", "maximum"}:
        return "hinge"
    if found & {"pow", "square", "__pow__", "norm"} or names.count("mul") == 1:
        return "mse"
    return "l1" if "abs" in found else "custom"


def _broadcast(trace: Trace) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Two operands of an elementwise step that only fit by being repeated along the batch."""
    elementwise = LOSSES | {"sub", "__sub__", "__rsub__", "rsub", "mul", "__mul__"}
    same_shape = {"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"}
    for call in trace.calls:
        if call.name not in elementwise or len(call.inputs) < 2:
            continue
        if call.name in LOSSES and call.name not in same_shape:
            continue
        a, b = call.inputs[0], call.inputs[1]
        if a.shape == b.shape or not a.ndim or not b.ndim or a.shape[0] < 2:
            continue
        grown = torch.broadcast_shapes(a.shape, b.shape)  # type: ignore[no-untyped-call]
        if grown.numel() > max(a.numel(), b.numel()) and a.numel() > 1 and b.numel() > 1:
            return tuple(a.shape), tuple(b.shape)
    return None


def _grows_with_batch(loss: Any, output: Tensor, target: Any) -> bool:
    """Twice the same batch gives twice the loss."""
    if not isinstance(target, Tensor) or not target.ndim or output.shape[:1] != target.shape[:1]:
        return False
    try:
        once = loss(output, target)
        twice = loss(torch.cat([output, output]), torch.cat([target, target]))
    except Exception:
        return False
    if not isinstance(once, Tensor) or once.numel() != 1 or abs(float(once)) < 1e-9:
        return False
    return abs(float(twice) / float(once) - 2) < 0.05


def right_outputs(output: Tensor, target: Tensor, goal: Goal, kind: str) -> Tensor | None:
    """Outputs as they should be, in the form that this kind of loss takes."""
    if goal.task == "classification":
        if output.ndim != 2:
            return None
        labels = labels_of(target, goal)
        if len(labels) != len(output) or int(labels.min()) < 0:
            return None
        if int(labels.max()) >= output.shape[1]:
            return None
        hot = torch.nn.functional.one_hot(labels, output.shape[1]).float()
        if kind in ("cross_entropy", "hinge"):
            return hot * 8 - 4
        return (hot * 0.96 + 0.02).log() if kind in ("nll", "kl") else hot * 0.96 + 0.02
    right = target.float().reshape(output.shape) if target.numel() == output.numel() else None
    if right is None or goal.task in ("regression", "image"):
        return right
    return right * 8 - 4 if kind == "bce_logits" else right * 0.96 + 0.02


def _both_ways(
    loss: Any, output: Tensor, target: Any, goal: Goal | None, kind: str
) -> tuple[float | None, float | None]:
    """The loss of right outputs, and of the same outputs given to the wrong samples."""
    if goal is None or not isinstance(target, Tensor) or len(target) < 2:
        return None, None
    right = right_outputs(output, target, goal, kind)
    if right is None:
        return None, None
    order = torch.roll(torch.arange(len(right)), max(1, len(right) // 2))
    try:
        with torch.no_grad():
            good = float(loss(right, target).float().mean())
            bad = float(loss(right[order], target).float().mean())
    except Exception:
        return None, None
    return (good, bad) if not torch.equal(right[order], right) else (None, None)
