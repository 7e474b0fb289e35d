"""Looks at the validation part beside the training part: own statistics, leak, another range."""

from __future__ import annotations

import torch
from torch import Tensor

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Suspicion


def look(case: Case) -> list[Suspicion]:
    """What differs between the two parts that should not, or does not and should."""
    x, convention = case.inputs, case.convention
    if case.val_data is None or convention is None or x is None or not x.is_floating_point():
        return []
    parts = [t for b in case.val_data.first for t in convention.input_leaves(b)[:1]]
    try:
        v = torch.cat(parts)[:4096]
    except RuntimeError:
        return []
    if v.shape[1:] != x.shape[1:] or len(v) < 8 or len(x) < 8:
        return []
    case.checked += [
        "validation is scaled like training",
        "validation samples are not training samples",
    ]
    found = [_own_statistics(x, v), _other_range(x, v), _leak(x, v)]
    return [f for f in found if f is not None]


def _features(x: Tensor) -> Tensor:
    return x.double().movedim(1, -1).reshape(-1, x.shape[1]) if x.ndim > 2 else x.double()


def _own_statistics(x: Tensor, v: Tensor) -> Suspicion | None:
    """Both parts have mean 0 and deviation 1 to the last digit: each was scaled by itself."""
    for view in (_features, lambda t: t.double().reshape(-1, 1)):
        a, b = view(x), view(v)
        if not _standard(b) or not bool((b.std(0) > 0.5).any()):
            continue
        if x.ndim > 2 and _each_sample_standard(v):
            return None  # every picture by itself, in both parts: a normalization, not a mistake
        del a
        return Suspicion(
            code="own-statistics",
            family="evaluation",
            title="The validation part is normalized by its own statistics",
            evidence=[
                f"its mean is {float(b.mean()):.1e} and its deviation "
                f"{float(b.std()):.5f}: exact, as only its own statistics make it"
            ],
            cause=(
                "The two parts get different scales, so the same sample looks different to the "
                "network in validation, and in use there is no part to take statistics of."
            ),
            remedy="x_val = (x_val - x_train.mean(0)) / x_train.std(0)",
            where="val_loader",
            weight=0.9,
            certain=True,
        )
    return None


def _standard(flat: Tensor) -> bool:
    """Mean 0 and deviation 1 (with or without n - 1) in every column that varies at all."""
    mean, deviation = flat.mean(0), flat.std(0)
    varies = deviation > 1e-6
    n = len(flat)
    exact = ((deviation - 1).abs() < 2e-3 / n**0.5) | (
        (deviation * ((n - 1) / n) ** 0.5 - 1).abs() < 2e-3 / n**0.5
    )
    still = float((mean.abs() < 2e-3 / n**0.5)[varies].double().mean()) if varies.any() else 0.0
    return still > 0.95 and float(exact[varies].double().mean()) > 0.95


def _each_sample_standard(v: Tensor) -> bool:
    flat = v.double().flatten(1)
    return bool((flat.mean(1).abs() < 1e-3).double().mean() > 0.9)


def _other_range(x: Tensor, v: Tensor) -> Suspicion | None:
    """Validation on another scale than training: by a factor, or shifted by more than a spread."""
    a, b = _features(x), _features(v)
    spread_a, spread_b = float(a.std()), float(b.std())
    shift = float((a.mean(0) - b.mean(0)).abs().mean()) / max(float(a.std(0).mean()), 1e-9)
    factor = max(spread_a, spread_b) / max(min(spread_a, spread_b), 1e-9)
    size = max(float(a.abs().max()), float(b.abs().max())) / max(
        min(float(a.abs().max()), float(b.abs().max())), 1e-9
    )
    if (factor < 2.5 or size < 2) and shift < 1.0:
        return None
    return Suspicion(
        code="other-range",
        family="preprocessing",
        title="Training and validation inputs are on different scales",
        evidence=[
            f"training: mean {float(a.mean()):.3g}, deviation {spread_a:.3g}; "
            f"validation: mean {float(b.mean()):.3g}, deviation {spread_b:.3g}"
        ],
        cause="What the network learnt for one scale says nothing about the other.",
        remedy="x_val = (x_val - mean) / std  # the same two numbers as for the training part",
        where="val_loader",
        weight=0.9,
        certain=factor >= 2.5 or shift > 2,
    )


def _leak(x: Tensor, v: Tensor) -> Suspicion | None:
    if len(v) < 20 or len(x) < 20:
        return None
    train = {row.numpy().tobytes() for row in x.flatten(1)}
    held = [row.numpy().tobytes() for row in v.flatten(1)]
    if len(train) < 0.9 * len(x):  # few distinct rows: they repeat by nature
        return None
    shared = sum(row in train for row in held) / len(held)
    if shared < limit.DUPLICATES:
        return None
    return Suspicion(
        code="leak",
        family="evaluation",
        title="Validation samples are in the training part as well",
        evidence=[f"{shared:.0%} of the validation samples also occur in training"],
        cause="The validation score measures memory, and says nothing about new samples.",
        remedy="train, val = torch.utils.data.random_split(dataset, [0.8, 0.2])",
        where="val_loader",
        weight=0.8,
        certain=True,
    )
