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
from irodori.lab.doctor.readings import RECTIFIERS
from irodori.lab.doctor.watch import Record, Sample

FEW = 5  # samples or windows before anything is said


def judge(record: Record) -> list[Finding]:
    """Findings, most likely cause first."""
    rules: list[Callable[[Record], Finding | None]] = [
        _not_a_number,
        _zero_rate,
        _too_fast,
        _adversary,
        _stale,
        _vanishing,
        _exploding,
        _dead,
        _saturated,
        _decay,
        _surge,
        _too_slow,
        _gap,
        _waiting,
    ]
    found = [rule(record) for rule in rules]
    return [f for f in found if f is not None]


def _finding(
    code: str,
    family: Family,
    title: str,
    evidence: list[str],
    cause: str,
    remedy: str,
    where: str = "",
    *,
    severity: Severity = "warning",
) -> Finding:
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
    return _finding(
        "nan",
        blame[0],
        "The loss is no longer a number",
        [f"NaN comes from {origin}", step],
        "One NaN spreads to every weight with the next step, and nothing brings them back.",
        blame[1],
        origin,
        severity="error",
    )


def _surge(record: Record) -> Finding | None:
    values = _values(record)
    if len(values) < 2 * FEW:
        return None
    worst, best = 0.0, values[0]
    low = min(values)
    for value in values[FEW:]:
        best = min(best, value)
        # near zero a factor says little: a surge must also be a good part of the start
        if value - best > 0.5 * abs(values[0] - low):
            worst = max(worst, value / max(best, 1e-12))
    if worst < limit.SURGE or falls(record) > 0.5:
        return None
    return _finding(
        "loss-surge",
        "learning-rate",
        "The loss surges",
        [f"up to {worst:.1f} times the best value before"],
        "A step so large that it leaves the valley loses what was learnt.",
        f"lr={max(record.rates, default=1e-3) / 10:g}  # or clip_grad_norm_(model.parameters(), 1)",
        "optimizer",
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
    return _finding(
        "rate-zero",
        "learning-rate",
        "The learning rate is zero",
        ["no weight has moved"],
        "Nothing moves.",
        "lr=1e-3",
        "optimizer",
        severity="error",
    )


def _too_fast(record: Record) -> Finding | None:
    ratio = typical_ratio(record)
    if ratio is None or ratio < 0.3 * limit.UPDATE_HIGH:
        return None
    if falls(record) > 0.3 and ratio < limit.UPDATE_HIGH:
        return None
    return _finding(
        "updates-too-large",
        "learning-rate",
        "Weights move too far with every step",
        [f"a step moves a weight by {ratio:.1%} of its size; 0.1% is customary"],
        "Steps of that size jump across what they should descend into.",
        f"lr={max(record.rates) * limit.UPDATE_GOOD / ratio:.1g}",
        "optimizer",
        severity="error",
    )


def _too_slow(record: Record) -> Finding | None:
    ratio = typical_ratio(record)
    if ratio is None or ratio > 0.1 * limit.UPDATE_LOW or ratio == 0:
        return None
    if falls(record) > 0.3 or record.steps < 100 or not record.rates:
        return None
    return _finding(
        "updates-too-small",
        "learning-rate",
        "Weights hardly move",
        [
            f"a step moves a weight by {ratio:.1e} of its size; 1e-3 is customary",
            f"the loss fell by {falls(record):.0%} in {record.steps} steps",
        ],
        "At this pace it would take thousands of times the steps.",
        f"lr={max(record.rates) * 10:g}",
        "optimizer",
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
    return _finding(
        "not-in-optimizer",
        "optimizer",
        "Parameters get gradients and never move",
        [f"{len(still)} of {len(record.layers)}: {', '.join(still[:5])}"],
        "The optimizer does not hold them, or holds what the model used before.",
        "optimizer = torch.optim.Adam(model.parameters())  # after the model is final",
        f"model.{still[0]}",
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
    return _finding(
        "decay-dominates",
        "regularization",
        "Weight decay pulls harder than the data",
        [f"its pull is {median(pulls):.1f} times the gradient; weight_decay={record.decay:g}"],
        "The weights shrink instead of learning.",
        "weight_decay=1e-4",
        "optimizer",
    )


# ------------------------------------------------------------------------------------- gradients


def _layer_gradients(sample: Sample) -> list[tuple[str, float]]:
    return [(n, g) for n, g in sample.gradients.items() if not n.endswith("bias")]


def _vanishing(record: Record) -> Finding | None:
    ends = []
    for sample in record.samples:
        layers = _layer_gradients(sample)
        if len(layers) > 2 and layers[-1][1] > 0:
            ends.append((layers[0][1], layers[0][1] / layers[-1][1], layers[0][0]))
    if len(ends) < FEW or falls(record) > 0.3:
        return None
    first, ratio = median(e[0] for e in ends), median(e[1] for e in ends)
    if ratio > limit.VANISHING_RATIO or first > limit.VANISHING_NORM:
        return None
    return _finding(
        "vanishing-gradient",
        "gradient",
        "Gradients vanish on the way to the first layer",
        [f"{ends[0][2]} gets {ratio:.1e} of what the last layer gets"],
        "The first layers keep their random weights, whatever the last ones learn.",
        "nn.ReLU()  # for sigmoid and tanh between layers; skip connections; normalization",
        f"model.{ends[0][2]}",
        severity="error",
    )


def _exploding(record: Record) -> Finding | None:
    tops = [max((g for _, g in _layer_gradients(s)), default=0.0) for s in record.samples]
    if not tops or not max(tops) > limit.EXPLODING_NORM or falls(record) > 0.3:
        return None
    return _finding(
        "exploding-gradient",
        "gradient",
        "Gradients explode",
        [f"up to {max(tops):.1e} (root mean square of a layer)"],
        "Layer by layer they grow, and a single step throws the weights away.",
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # after backward()",
        "model",
        severity="error",
    )


# ----------------------------------------------------------------------------------------- units


def _bad_units(record: Record, *, dead: bool) -> dict[str, float]:
    """The share of dead units, or of saturated values, by layer, late in the run."""
    wanted = [n for n, k in record.kinds.items() if (k in RECTIFIERS) == dead]
    return {n: _late(record, n) for n in wanted}


def _late(record: Record, name: str) -> float:
    late = record.samples[len(record.samples) // 2 :]
    found = [s.outputs[name][2] for s in late if name in s.outputs]
    return median(found) if found else 0.0


def _dead(record: Record) -> Finding | None:
    if len(record.samples) < FEW:
        return None
    dead = _bad_units(record, dead=True)
    bad = {n: s for n, s in dead.items() if s >= limit.DEAD_SHARE}
    if not bad or falls(record) > 0.5:
        return None
    name = max(bad, key=lambda n: bad[n])
    return _finding(
        "dead-units",
        "activation",
        "ReLU units are dead",
        [f"{n}: {s:.0%} of the units are 0 for every sample" for n, s in list(bad.items())[:4]],
        "A unit that is 0 for every sample gets no gradient and never comes back.",
        f"lr={max(record.rates, default=1e-3) / 10:g}; nn.LeakyReLU(0.1) for nn.ReLU()",
        f"model.{name}",
    )


def _saturated(record: Record) -> Finding | None:
    if len(record.samples) < FEW or falls(record) > 0.5:
        return None
    edges = _bad_units(record, dead=False)
    bad = {n: s for n, s in edges.items() if s >= limit.SATURATED_SHARE}
    if not bad:
        return None
    name = max(bad, key=lambda n: bad[n])
    return _finding(
        "saturated-units",
        "activation",
        "Units are saturated",
        [f"{n}: {s:.0%} of values in the flat part" for n, s in list(bad.items())[:4]],
        "Where a unit is flat no gradient passes; inputs or weights are too large for it.",
        "x = (x - mean) / std  # scale the inputs; nn.ReLU() between layers",
        f"model.{name}",
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
    return _finding(
        "discriminator-won",
        "imbalance",
        "The discriminator has won",
        [
            f"{judges[0]}: {median(d[:3]):.3g} -> {median(d[-part:]):.3g}",
            f"{makers[0]}: {median(g[:3]):.3g} -> {median(g[-part:]):.3g}",
        ],
        "It is never wrong any more, so it tells the generator nothing about what to do better.",
        "d_optimizer = torch.optim.Adam(d.parameters(), lr=g_lr / 4)  # or a smaller weight",
        "optimizer",
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
    return _finding(
        "overfitting",
        "regularization",
        "The training part is learnt by heart",
        [f"validation loss {best:.4g} at its best, {values[-1]:.4g} now, training loss falling"],
        "What it learns now is true of the training samples only.",
        "weight_decay=1e-3; nn.Dropout(0.3); or stop at the best validation loss",
        "model",
    )


def _waiting(record: Record) -> Finding | None:
    if record.worked < 2 or record.waited < limit.WAITING * record.worked:
        return None
    return _finding(
        "waiting-for-data",
        "data-loading",
        "More time goes into waiting for data than into learning",
        [f"{record.waited / record.worked:.0%} of the time the loop waits for the loader"],
        "The processor idles while single samples are read and changed.",
        "DataLoader(dataset, batch_size=..., num_workers=2, persistent_workers=True)",
        "train_loader",
    )
