"""Confidence that means what it says: of what a model is 80 % sure, 80 % should be right."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from irodori.lab.errors import LabError

_RANGE = (1e-3, 1e3)  # of the temperature
_HALVINGS = 60
_RIDGE = 1e-2


def fit_temperature(logits: Tensor, targets: Tensor) -> float:
    """What logits must be divided by so that their softmax is calibrated (Guo et al., ICML 2017).

    logits: (N, C) on validation, targets: int64 (N,). Above 1 where the model was too sure. The
    strongest class stays the strongest. A model that is never wrong on few samples is not taken to
    be certain. Between 0.001 and 1000. Raises LabError for shapes that do not fit, or values that
    are no numbers.
    """
    if logits.dim() != 2 or targets.shape != logits.shape[:1] or not len(targets):
        raise LabError(
            f"logits {tuple(logits.shape)} and targets {tuple(targets.shape)}: give (N, C) and (N,)"
        )
    if not bool(torch.isfinite(logits).all()):
        raise LabError("a logit is no finite number; such answers cannot be calibrated")
    logits, samples = logits.double(), len(targets)
    right = logits.gather(1, targets[:, None])[:, 0]
    others = (logits.sum(1) - right) / max(1, logits.shape[1] - 1)
    # As if one sample more had been wrong (Platt, 1999): a few right answers are no certainty.
    right = ((samples + 1) * right + others) / (samples + 2)
    low, high = (1 / bound for bound in reversed(_RANGE))
    for _ in range(_HALVINGS):  # the loss is convex in 1 / T: its slope changes sign once
        middle = math.sqrt(low * high)
        expected = ((logits * middle).softmax(1) * logits).sum(1)
        if float((expected - right).mean()) > 0:
            high = middle
        else:
            low = middle
    return 1 / math.sqrt(low * high)


def fit_confidence(confidence: Tensor, right: Tensor, weights: Tensor | None = None) -> Platt:
    """How often answers of a confidence were right, as a curve (Platt, 1999).

    For models that say how sure they are and no more. confidence: (N,) in 0..1; right: (N,), 1
    where the answer was, else 0; weights: (N,), how many answers each stands for, None for one.
    Raises LabError for shapes that do not fit, or without any answer.
    """
    weights = torch.ones(len(right)) if weights is None else weights
    if not len(right) or not confidence.shape == right.shape == weights.shape == (len(right),):
        raise LabError("confidence, right and weights: give one number of each for every answer")
    weights = weights.double()
    hits = float((weights * right).sum())
    misses = float(weights.sum()) - hits
    # Not quite 1 and 0, so that answers that were all right do not ask for an endless slope.
    target = torch.where(right > 0.5, (hits + 1) / (hits + 2), 1 / (misses + 2)).double()
    x, start = _log_odds(confidence), torch.tensor([1.0, 0.0], dtype=torch.float64)
    line = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:  # convex: there is one best line
        optimizer.zero_grad()
        wrong = F.binary_cross_entropy_with_logits(line[0] * x + line[1], target, weights)
        total = wrong + _RIDGE * (line - start).square().sum() / len(right)
        torch.autograd.backward(total)
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    slope, offset = line.tolist()
    return Platt(slope, offset)


@dataclass(frozen=True)
class Platt:
    """A curve from confidence to how often it was right: a line between their log-odds."""

    slope: float
    offset: float

    def __call__(self, confidence: Tensor) -> Tensor:
        """0..1 -> 0..1, any shape, float64."""
        return torch.sigmoid(self.slope * _log_odds(confidence) + self.offset)


def _log_odds(confidence: Tensor) -> Tensor:
    return torch.logit(confidence.double(), eps=1e-4)


def calibration_error(probabilities: Tensor, targets: Tensor, *, bins: int = 15) -> float:
    """Expected calibration error, 0..1: how far confidence is from accuracy, over even bins.

    probabilities: (N, C), targets: int64 (N,).
    """
    confidence, answer = probabilities.max(1)
    right = (answer == targets).double()
    number = (confidence * bins).long().clamp(max=bins - 1)
    off = torch.zeros(bins, dtype=torch.float64)
    off.index_add_(0, number, confidence.double() - right)
    return float(off.abs().sum() / len(targets))
