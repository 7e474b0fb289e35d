"""Remedies on the data: scaled, shuffled, in other batches, balanced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from irodori.lab.doctor.batches import Data, chosen, joined, rows
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.remedy import Remedy
from irodori.lab.doctor.task import labels_of, main_target
from irodori.lab.doctor.trial import Setting


def with_data(setting: Setting, change: Callable[[Any], Any]) -> Setting:
    """Training, probe and validation batches changed alike."""
    return replace(
        setting,
        data=setting.data.changed(change),
        probe=None if setting.probe is None else change(setting.probe),
        val=None if setting.val is None else change(setting.val),
    )


def _moments(x: Tensor, floor: float) -> tuple[Tensor, Tensor]:
    """Mean and deviation per feature: (N, F) per column, (N, C, ...) per channel."""
    axes = [0] if x.ndim <= 2 else [a for a in range(x.ndim) if a != _feature_axis(x)]
    mean = x.mean(axes, keepdim=True)
    deviation = x.std(axes, keepdim=True)
    # a column that hardly varies stays small instead of becoming pure noise
    return mean, deviation.clamp_min(floor * float(x.std()) + 1e-12)


def _feature_axis(x: Tensor) -> int:
    """Channels first for pictures, features last for sequences (N, T, F)."""
    return x.ndim - 1 if x.ndim == 3 else 1


def scaled_inputs(case: Case, setting: Setting) -> Setting | None:
    """Inputs with the training part's mean and deviation taken out, per feature or channel."""
    x, convention = case.inputs, setting.convention
    if x is None or convention is None or not x.is_floating_point() or not x.isfinite().all():
        return None
    mean, deviation = _moments(x, floor=1e-6 if x.ndim <= 2 else 1e-3)
    constant = deviation <= 1e-6 * float(x.abs().max())
    deviation = torch.where(constant, torch.ones_like(deviation), deviation)

    def change(tensor: Tensor) -> Tensor:
        fits = tensor.is_floating_point() and tensor.ndim == x.ndim
        if not fits or tensor.shape[1:] != x.shape[1:]:
            return tensor
        return (tensor - mean.to(tensor.device)) / deviation.to(tensor.device)

    return with_data(setting, lambda b: convention.with_inputs(b, change))


def scaled_targets(case: Case, setting: Setting) -> Setting | None:
    """Targets of a regression with mean and deviation taken out."""
    y, convention = case.targets, setting.convention
    if y is None or convention is None or setting.goal is None:
        return None
    if setting.goal.task != "regression" or not y.is_floating_point():
        return None
    mean, deviation = y.mean(0, keepdim=True), y.std(0, keepdim=True).clamp_min(1e-12)

    def change(tensor: Tensor) -> Tensor:
        return (tensor - mean.to(tensor.device)) / deviation.to(tensor.device)

    return with_data(setting, lambda b: convention.with_target(b, change))


def scaled_both(case: Case, setting: Setting) -> Setting | None:
    """Inputs and targets scaled."""
    both = scaled_inputs(case, setting)
    return scaled_targets(case, both) if both is not None else None


def shuffled(case: Case, setting: Setting) -> Setting | None:
    """The same samples in random order, in batches of the same size."""
    size = rows(setting.data.first[0])
    return rebatched(size)(case, setting)


def rebatched(size: int) -> Remedy:
    """Batches of another size, samples in random order, as many passes over the data."""

    def apply(case: Case, setting: Setting) -> Setting | None:
        old = len(setting.data.first)
        try:
            whole = [joined(epoch) for epoch in setting.data.epochs]
        except (RuntimeError, TypeError, ValueError, KeyError, IndexError):
            return None
        count = rows(whole[0])
        if count < 2:
            return None
        generator = torch.Generator().manual_seed(case.seed)
        epochs = []
        for each in whole if len(whole) > 1 else whole * 3:
            if rows(each) != count:
                continue
            order = torch.randperm(count, generator=generator)
            parts = [order[i : i + size] for i in range(0, count, size)]
            if len(parts) > 1 and len(parts[-1]) < max(2, size // 4):
                parts.pop()
            epochs.append([chosen(each, part) for part in parts])
        data = Data(epochs, setting.data.complete, setting.data.seconds)
        steps = max(1, round(setting.steps / old * len(epochs[0])))
        return replace(setting, data=data, steps=steps)

    return apply


def from_validation(case: Case, setting: Setting) -> Setting | None:
    """Training on one half of the validation samples, scored on the other half."""
    if case.val_data is None:
        return None
    try:
        whole = joined(case.val_data.first)
    except (RuntimeError, TypeError, ValueError, KeyError, IndexError):
        return None
    half = rows(whole) // 2
    if half < 40 or half > sum(rows(b) for b in setting.data.first):
        return None  # with more samples than training has, it would prove nothing
    generator = torch.Generator().manual_seed(case.seed)
    order = torch.randperm(rows(whole), generator=generator)
    size = min(rows(setting.data.first[0]), half)
    epochs = []
    for _ in range(3):
        mine = order[:half][torch.randperm(half, generator=generator)]
        epochs.append([chosen(whole, mine[i : i + size]) for i in range(0, half - size + 1, size)])
    data = Data(epochs, complete=True, seconds=0.0)
    return replace(setting, data=data, probe=None, val=chosen(whole, order[half:]))


def balanced(case: Case, setting: Setting) -> Setting | None:
    """Every class as often as the others, by drawing rare samples again."""
    goal, convention = setting.goal, setting.convention
    if goal is None or convention is None or goal.task not in ("classification", "binary"):
        return None
    try:
        whole = joined(setting.data.first)
    except (RuntimeError, TypeError, ValueError, KeyError, IndexError):
        return None
    target = main_target(convention.target(whole))
    if target is None:
        return None
    labels = labels_of(target, goal)
    if len(labels) != rows(whole):
        return None
    counts = torch.bincount(labels.clamp_min(0)).clamp_min(1)
    weights = 1.0 / counts[labels.clamp_min(0)].double()
    generator = torch.Generator().manual_seed(case.seed)
    size = rows(setting.data.first[0])
    epochs = []
    for _ in range(3):
        order = torch.multinomial(weights, len(labels), replacement=True, generator=generator)
        epochs.append([chosen(whole, order[i : i + size]) for i in range(0, len(order), size)])
    return replace(setting, data=Data(epochs, setting.data.complete, setting.data.seconds))
