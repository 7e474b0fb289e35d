"""Judging what `watch` saw.

No trial can be made in somebody's loop, so every rule is a strict one: it takes a clear symptom
and a loss that suffers from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import median

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.finding import Family, Finding, Severity
from irodori.lab.doctor.watch import Record, Sample

FEW = 5  # samples or windows before anything is said


def judge(record: Record) -> list[Finding]:
    """Findings, most likely cause first."""
    from irodori.lab.doctor import symptoms_layers as layers

    rules: list[Callable[[Record], Finding | None]] = [
        _not_a_number,
        _zero_rate,
        _too_fast,
        _adversary,
        _surge,
        _stale,
        layers.vanishing,
        layers.exploding,
        layers.dead,
        layers.saturated,
        _decay,
        _too_slow,
        _gap,
        _waiting,
    ]
    found = [rule(record) for rule in rules]
    return [f for f in found if f is not None]


def finding_of(
    code: str,
    family: Family,
    title: str,
    evidence: list[str],
    *,
    cause: str,
    remedy: str,
    where: str = "",
    severity: Severity = "warning",
) -> Finding:
    """A finding, its fields in reading order."""
    return Finding(code, family, severity, title, tuple(evidence), cause, remedy, where)


# ------------------------------------------------------------------------------------- the loss


def _values(record: Record) -> list[float]:
    return [value for _, value, _ in record.losses if math.isfinite(value)]


def falls(record: Record) -> float:
    """The share of the first loss that is gone by the end; below 0 if it rose."""
    values = _values(record)
    if len(values) < FEW:
        return 1.0
    part = max(1, len(values) // 10)
    start, end = median(values[:part]), median(values[-part:])
    return (start - end) / max(abs(start), 1e-12)


def _still_falling(record: Record) -> bool:
    values = _values(record)
    if len(values) < 2 * FEW:
        return True
    third = len(values) // 3
    return median(values[-third:]) < 0.97 * median(values[third : 2 * third])


def _not_a_number(record: Record) -> Finding | None:
    broken = [step for step, value, _ in record.losses if not math.isfinite(value)]
    if not broken and not record.origin:
        return None
    origin = record.origin or "not found: the batch was not at hand"
    ratios = [r for s in record.samples[-3:] for r in _ratios(s).values()]
    fast = bool(ratios) and max(ratios) > limit.UPDATE_HIGH
    blame: tuple[Family, str] = ("learning-rate", f"lr={max(record.rates, default=1e-3) / 10:g}")
    if origin.startswith("the inputs"):
        blame = ("preprocessing", "assert x.isfinite().all()  # and drop those samples")
    elif origin.startswith("the loss"):
        blame = ("loss", "torch.log(p.clamp_min(1e-7)); x / (norm + 1e-8)")
    elif origin.startswith("the backward") or (origin.startswith("the forward") and not fast):
        blame = ("gradient", "torch.sqrt(x + 1e-8); torch.log(x.clamp_min(1e-7)); x / (y + 1e-8)")
    step = f"first seen at step {broken[0]}" if broken else f"seen by step {record.steps}"
    return finding_of(
        "nan",
        blame[0],
        "The loss is no longer a number",
        [f"NaN comes from {origin}", step],
        cause="One NaN spreads to every weight with the next step, and nothing brings them back.",
        remedy=blame[1],
        where=origin,
        severity="error",
    )


def _worst_surge(record: Record) -> float:
    """The highest loss over the best one before it."""
    values = _values(record)
    if len(values) < 2 * FEW:
        return 1.0
    worst, best = 0.0, values[0]
    low = min(values)
    for value in values[1:]:
        best = min(best, value)
        # near zero a factor says little: a surge must also be a good part of the start
        if value - best > 0.5 * abs(values[0] - low):
            worst = max(worst, value / max(best, 1e-12))
    return worst


def _surge(record: Record) -> Finding | None:
    worst = _worst_surge(record)
    if worst < limit.SURGE or falls(record) > 0.5:
        return None
    return finding_of(
        "loss-surge",
        "learning-rate",
        "The loss surges",
        [f"up to {worst:.1f} times the best value before"],
        cause="A step so large that it leaves the valley loses what was learnt.",
        remedy=f"lr={max(record.rates, default=1e-3) / 10:g}  # or clip the gradients",
        where="optimizer",
    )


# --------------------------------------------------------------------------- weights and updates


def _ratios(sample: Sample) -> dict[str, float]:
    return {
        name: update / sample.weights[name]
        for name, update in sample.updates.items()
        if sample.weights[name] > 1e-8 and not name.endswith("bias")
    }


def typical_ratio(record: Record) -> float | None:
    """Update over weight, the median over layers and samples; None without samples."""
    every = [r for s in record.samples[1:] for r in _ratios(s).values() if math.isfinite(r)]
    return median(every) if len(every) >= FEW else None


def _zero_rate(record: Record) -> Finding | None:
    if not record.rates or max(record.rates) > 0 or len(record.samples) < FEW:
        return None
    if any(v > 0 for s in record.samples for v in s.updates.values()):
        return None
    return finding_of(
        "rate-zero",
        "learning-rate",
        "The learning rate is zero",
        ["no weight has moved"],
        cause="Nothing moves.",
        remedy="lr=1e-3",
        where="optimizer",
        severity="error",
    )


def _too_fast(record: Record) -> Finding | None:
    ratio = typical_ratio(record)
    if ratio is None:
        return None
    early = median([r for s in record.samples[1:11] for r in _ratios(s).values()] or [0.0])
    if early > limit.UPDATE_HIGH and _worst_surge(record) > 3 * limit.SURGE:
        ratio = early  # later the weights are so large that even such steps are small
    elif ratio < 0.3 * limit.UPDATE_HIGH or (falls(record) > 0.3 and ratio < limit.UPDATE_HIGH):
        return None
    return finding_of(
        "updates-too-large",
        "learning-rate",
        "Weights move too far with every step",
        [f"a step moves a weight by {ratio:.1%} of its size; 0.1% is customary"],
        cause="Steps of that size jump across what they should descend into.",
        remedy=f"lr={max(record.rates) * limit.UPDATE_GOOD / ratio:.1g}",
        where="optimizer",
        severity="error",
    )


def _too_slow(record: Record) -> Finding | None:
    ratio = typical_ratio(record)
    if ratio is None or ratio > 0.1 * limit.UPDATE_LOW or ratio == 0:
        return None
    if falls(record) > 0.3 or record.steps < 100 or not record.rates:
        return None
    return finding_of(
        "updates-too-small",
        "learning-rate",
        "Weights hardly move",
        [
            f"a step moves a weight by {ratio:.1e} of its size; 1e-3 is customary",
            f"the loss fell by {falls(record):.0%} in {record.steps} steps",
        ],
        cause="At this pace it would take thousands of times the steps.",
        remedy=f"lr={max(record.rates) * 10:g}",
        where="optimizer",
    )


def _stale(record: Record) -> Finding | None:
    """Parameters with gradients that the optimizer never moves."""
    if len(record.samples) < FEW or max(record.rates, default=0) == 0:
        return None
    still = [
        name
        for name in record.layers
        if all(s.updates.get(name, 1.0) == 0 for s in record.samples if s.updates)
        and any(s.gradients.get(name, 0.0) > 0 for s in record.samples)
    ]
    if not still or not any(s.updates for s in record.samples):
        return None
    if len(still) == len(record.layers) and max(record.rates, default=0) < 1e-6:
        return None  # steps too small for a float to show
    return finding_of(
        "not-in-optimizer",
        "optimizer",
        "Parameters get gradients and never move",
        [f"{len(still)} of {len(record.layers)}: {', '.join(still[:5])}"],
        cause="The optimizer does not hold them, or holds what the model used before.",
        remedy="optimizer = torch.optim.Adam(model.parameters())  # after the model is final",
        where=f"model.{still[0]}",
        severity="error",
    )


def _decay(record: Record) -> Finding | None:
    """Weight decay that pulls harder than the data, for long, while the loss stands."""
    if record.decay <= 0 or len(record.samples) < 2 * FEW or record.optimizer == "AdamW":
        return None
    late = record.samples[len(record.samples) // 2 :]
    pulls = [
        record.decay * s.weights[n] / s.gradients[n]
        for s in late
        for n in s.gradients
        if s.gradients[n] > 0 and not n.endswith("bias")
    ]
    if not pulls or median(pulls) < 2 or falls(record) > 0.5:
        return None
    return finding_of(
        "decay-dominates",
        "regularization",
        "Weight decay pulls harder than the data",
        [f"its pull is {median(pulls):.1f} times the gradient; weight_decay={record.decay:g}"],
        cause="The weights shrink instead of learning.",
        remedy="weight_decay=1e-4",
        where="optimizer",
    )


# -------------------------------------------------------------------------------- other symptoms


def _adversary(record: Record) -> Finding | None:
    """Of two losses that work against each other, one has gone to nothing and the other grows."""
    parts = {n: [v for _, v in p if math.isfinite(v)] for n, p in record.parts.items()}
    judges = [n for n in parts if n.lower().startswith(("d", "critic"))]
    makers = [n for n in parts if n.lower().startswith("g")]
    if not judges or not makers or len(parts[judges[0]]) < 20:
        return None
    d, g = parts[judges[0]], parts[makers[0]]
    part = max(3, len(d) // 5)
    won = median(d[-part:]) < 0.1 * max(median(d[:3]), 0.5)
    worse = median(g[-part:]) > 1.5 * median(g[:3])
    if not won or not worse:
        return None
    return finding_of(
        "discriminator-won",
        "imbalance",
        "The discriminator has won",
        [
            f"{judges[0]}: {median(d[:3]):.3g} -> {median(d[-part:]):.3g}",
            f"{makers[0]}: {median(g[:3]):.3g} -> {median(g[-part:]):.3g}",
        ],
        cause="It is never wrong any more, so the generator hears nothing of what to do better.",
        remedy="d_optimizer = torch.optim.Adam(d.parameters(), lr=g_lr / 4)  # or a smaller weight",
        where="optimizer",
        severity="error",
    )


def _gap(record: Record) -> Finding | None:
    values = [v for _, v in record.values if math.isfinite(v)]
    if len(values) < 2 * FEW or falls(record) < 0.1:
        return None
    best = min(values)
    place = values.index(best)
    if place > len(values) // 2 or values[-1] < 1.15 * best or not _still_falling(record):
        return None
    return finding_of(
        "overfitting",
        "regularization",
        "The training part is learnt by heart",
        [f"validation loss {best:.4g} at its best, {values[-1]:.4g} now, training loss falling"],
        cause="What it learns now is true of the training samples only.",
        remedy="weight_decay=1e-3; nn.Dropout(0.3); or stop at the best validation loss",
        where="model",
    )


def _waiting(record: Record) -> Finding | None:
    if record.worked < 2 or record.waited < limit.WAITING * record.worked:
        return None
    return finding_of(
        "waiting-for-data",
        "data-loading",
        "More time goes into waiting for data than into learning",
        [f"{record.waited / record.worked:.0%} of the time the loop waits for the loader"],
        cause="The processor idles while single samples are read and changed.",
        remedy="DataLoader(dataset, batch_size=..., num_workers=2, persistent_workers=True)",
        where="train_loader",
    )
