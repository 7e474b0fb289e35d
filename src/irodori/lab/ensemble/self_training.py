"""Learning from one's own confident answers, and stopping before they mislead.

A model that learnt from few labels answers what has none; answers of which it is sure, as
calibrated on validation, join the training set, each with its confidence as weight, and the next
model learns from both (Lee, 2013). Every round decides anew over all of them, so that an early
mistake can be taken back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from irodori.lab.ensemble.calibration import fit_temperature
from irodori.lab.ensemble.team import answers, targets
from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import Call, call


@dataclass(frozen=True, eq=False)
class PseudoLabels:
    """Confident answers to k unlabelled samples.

    index: int64 (k,), places in the unlabelled data. label: int64 (k,). weight: float32 (k,), the
    calibrated confidence, 0..1.
    """

    index: Tensor
    label: Tensor
    weight: Tensor

    @classmethod
    def none(cls) -> PseudoLabels:
        """Before the first round."""
        empty = torch.zeros(0, dtype=torch.int64)
        return cls(empty, empty, torch.zeros(0))

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True)
class Round:
    """What came of one model: labels it learnt from beside the true ones, and validation.

    error: share of wrong answers. loss: negative log-likelihood, calibrated, in nats.
    """

    pseudo_labels: int
    error: float
    loss: float
    temperature: float


@dataclass(frozen=True, eq=False)
class SelfTrained:
    """The last model that was no worse, the labels it learnt from, and every round in order."""

    model: nn.Module
    pseudo: PseudoLabels
    rounds: list[Round]


def self_train(
    fit: Callable[[PseudoLabels], nn.Module],
    unlabelled: Iterable[Any],
    validation: Iterable[Any],
    *,
    confidence: float = 0.9,
    rounds: int = 5,
    patience: int = 1,
    call: Call = call,
) -> SelfTrained:
    """Rounds of fitting and labelling until validation worsens `patience` times in a row.

    fit: trains a model on the true labels and these (see `Joined`) and returns it. unlabelled: a
    loader of inputs, in the same order every time. validation: a loader of (inputs, targets) that
    `fit` does not learn from. confidence: what a label must have at least, calibrated. Worse is a
    validation loss above the lowest by more than one standard error (Breiman et al., 1984); the
    last model that was not worse is returned. Raises LabError.
    """
    if not 0 < confidence <= 1:
        raise LabError(f"confidence {confidence}: must be above 0 and at most 1")
    right = targets(validation)
    pseudo, kept, stale = PseudoLabels.none(), None, 0
    lowest = torch.full((len(right),), torch.inf)
    history: list[Round] = []
    for _ in range(rounds + 1):  # the first learns from true labels alone
        model = fit(pseudo)
        found = answers(model, validation, call=call)
        temperature = fit_temperature(found, right)
        losses = _losses((found / temperature).softmax(1), right)
        error = float((found.argmax(1) != right).float().mean())
        history.append(Round(len(pseudo), error, float(losses.mean()), temperature))
        if kept is None or not _is_worse(losses, lowest):
            kept, stale = SelfTrained(model, pseudo, history), 0
        else:
            stale += 1
            if stale >= patience:
                break
        if losses.mean() < lowest.mean():
            lowest = losses
        pseudo = label(answers(model, unlabelled, call=call), temperature, confidence)
    assert kept is not None
    return kept


def _losses(probabilities: Tensor, right: Tensor) -> Tensor:
    """The negative log-likelihood of each sample, (N,)."""
    return -torch.log(probabilities.gather(1, right[:, None])[:, 0].clamp(min=1e-12))


def _is_worse(losses: Tensor, lowest: Tensor) -> bool:
    """Whether losses rose by more than chance does, sample by sample: one standard error."""
    rise = losses - lowest
    return float(rise.mean()) > float(rise.std()) / math.sqrt(len(rise))


def label(logits: Tensor, temperature: float, confidence: float) -> PseudoLabels:
    """The answers (N, C) of which a model is sure enough, after calibration."""
    sure, answer = (logits / temperature).softmax(1).max(1)
    index = torch.nonzero(sure >= confidence)[:, 0]
    return PseudoLabels(index, answer[index], sure[index].float())


class Joined(Dataset[tuple[Any, int, float]]):
    """True labels and pseudo-labels as one data set of (input, class, weight); true ones weigh 1.

    labelled: gives (input, class); unlabelled: gives the input, or a tuple that begins with it.
    """

    def __init__(self, labelled: Any, unlabelled: Any, pseudo: PseudoLabels) -> None:
        self.labelled, self.unlabelled, self.pseudo = labelled, unlabelled, pseudo

    def __len__(self) -> int:
        return len(self.labelled) + len(self.pseudo)

    def __getitem__(self, place: int) -> tuple[Any, int, float]:
        if place < len(self.labelled):
            given, true = self.labelled[place]
            return given, int(true), 1.0
        place -= len(self.labelled)
        if place >= len(self.pseudo):
            raise IndexError(place)
        sample = self.unlabelled[int(self.pseudo.index[place])]
        given = sample[0] if isinstance(sample, tuple | list) else sample
        return given, int(self.pseudo.label[place]), float(self.pseudo.weight[place])
