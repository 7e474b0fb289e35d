"""Looks at the inputs: range, scale, constants, order, repetition, the validation part."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.batches import rows
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.ops import tensors_of

SCALE = """mean, std = x_train.mean(0), x_train.std(0)
x_train, x_val = (x_train - mean) / std, (x_val - mean) / std"""


def look(case: Case) -> list[Suspicion]:
    """Everything that can be said of the inputs without training."""
    found = _same_batch(case)
    x = case.inputs
    case.checked.append("the same batch is not repeated")
    if x is None or not x.is_floating_point():
        return found
    case.checked += ["inputs are finite", "inputs have a moderate scale"]
    if not bool(x.isfinite().all()):
        return [*found, _not_finite(x)]
    for one in (_scale(x), _constant_channel(x)):
        if one is not None:
            found.append(one)
    return found


def _not_finite(x: Tensor) -> Suspicion:
    bad = ~x.isfinite()
    return Suspicion(
        code="input-nan",
        family="preprocessing",
        title="The inputs hold values that are not numbers",
        evidence=[f"{int(bad.sum())} of {x.numel()} input values are NaN or infinite"],
        cause="One NaN in a batch makes every weight NaN with the next step.",
        remedy="x = torch.nan_to_num(x)  # or drop those rows: x[x.isfinite().flatten(1).all(1)]",
        where="train_loader",
        weight=1.0,
        certain=True,
        remedies=("repaired-inputs",),
    )


def scales(x: Tensor) -> tuple[float, float, float]:
    """Largest mean magnitude of a feature, widest spread over the median one, overall spread."""
    flat = x.double().reshape(-1, x.shape[-1]) if x.ndim == 3 else x.double()
    if flat.ndim > 3:
        flat = flat.movedim(1, -1).reshape(-1, x.shape[1])
    if flat.ndim == 1:
        flat = flat[:, None]
    size = flat.abs().mean(0)
    spread = flat.std(0)
    used = spread[spread > 0]
    ratio = float(used.max() / used.median()) if len(used) else 1.0
    return float(size.max()), ratio, float(flat.std())


def _scale(x: Tensor) -> Suspicion | None:
    largest, ratio, spread = scales(x)
    low, high = float(x.min()), float(x.max())
    seen = [f"inputs lie in {low:.4g} .. {high:.4g}, deviation {spread:.3g}"]
    large = largest > limit.INPUT_LARGE
    small = spread < limit.INPUT_SMALL and largest < 0.2
    uneven = ratio > limit.INPUT_RATIO and x.ndim <= 3 and largest > 1.5
    far = largest > 4 * max(spread, 1e-9) and largest > 2
    if uneven:
        seen.append(f"the widest feature varies {ratio:.0f} times as much as the usual one")
    weight = 0.0
    if large or uneven or far:
        weight = min(1.0, 0.6 + 0.15 * torch.tensor(max(largest / 10, ratio / 50)).log10().item())
    elif small:
        weight = 0.7
    if not weight:
        return None
    return Suspicion(
        code="input-scale",
        family="preprocessing",
        title="The inputs are not scaled" if not small else "The inputs are almost zero",
        evidence=seen,
        cause=(
            "Layers start out expecting values of about -1..1; beyond that units saturate or die, "
            "and one learning rate cannot suit small and large features."
        ),
        remedy=SCALE,
        where="train_loader",
        weight=weight,
        remedies=("scaled-inputs", "scaled-both"),
    )


def _constant_channel(x: Tensor) -> Suspicion | None:
    if x.ndim != 4 or x.shape[1] < 2:
        return None
    flat = x.movedim(1, 0).reshape(x.shape[1], -1)
    still = [i for i, c in enumerate(flat) if bool((c == c[0]).all())]
    if not still or len(still) == x.shape[1]:
        return None
    return Suspicion(
        code="constant-channel",
        family="preprocessing",
        title="An input channel never changes",
        evidence=[f"channel {i} is {float(flat[i, 0]):.4g} in every sample" for i in still[:4]],
        cause="What the channel should tell the network is lost on the way; it cannot learn it.",
        remedy=f"print(next(iter(train_loader))[0][:, {still[0]}].unique())  # where is it lost?",
        where="train_loader",
        weight=0.9,
        certain=True,
    )


def _same_batch(case: Case) -> list[Suspicion]:
    batches = case.data.first
    if len(batches) < 2 or rows(batches[0]) < 1:
        return []
    same = sum(_equal(a, b) for a, b in pairwise(batches))
    again = sum(_equal(batches[0], b) for b in batches[1:])
    pairs = len(batches) - 1
    tiny = rows(batches[0]) == 1 and pairs < 8
    if max(same, again) < max(1, 0.4 * pairs) or tiny:
        return []
    return [
        Suspicion(
            code="same-batch",
            family="data-loading",
            title="The same batch comes again and again",
            evidence=[f"{max(same, again)} of {pairs} batches equal the one before or the first"],
            cause="The network sees a fraction of the data and learns it by heart.",
            remedy="for batch in train_loader: ...  # not next(iter(train_loader)) in the loop",
            where="train_loader",
            weight=1.0,
            certain=True,
        )
    ]


def _equal(a: object, b: object) -> bool:
    left, right = tensors_of(a), tensors_of(b)
    if not left or len(left) != len(right):
        return False
    return all(x.shape == y.shape and torch.equal(x, y) for x, y in zip(left, right, strict=True))
