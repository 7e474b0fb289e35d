"""Symptoms of single layers: gradients that vanish or explode, units that are dead or saturated."""

from __future__ import annotations

from statistics import median

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.finding import Finding
from irodori.lab.doctor.readings import RECTIFIERS
from irodori.lab.doctor.symptoms import FEW, falls, finding_of
from irodori.lab.doctor.watch import Record, Sample


def _layer_gradients(sample: Sample) -> list[tuple[str, float]]:
    return [(n, g) for n, g in sample.gradients.items() if not n.endswith("bias")]


def vanishing(record: Record) -> Finding | None:
    """See the module; None where it is not seen, or does no harm."""
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
    return finding_of(
        "vanishing-gradient",
        "gradient",
        "Gradients vanish on the way to the first layer",
        [f"{ends[0][2]} gets {ratio:.1e} of what the last layer gets"],
        cause="The first layers keep their random weights, whatever the last ones learn.",
        remedy="nn.ReLU()  # for sigmoid and tanh between layers; skip connections; normalization",
        where=f"model.{ends[0][2]}",
        severity="error",
    )


def exploding(record: Record) -> Finding | None:
    """See the module; None where it is not seen, or does no harm."""
    tops = [max((g for _, g in _layer_gradients(s)), default=0.0) for s in record.samples]
    if not tops or not max(tops) > limit.EXPLODING_NORM or falls(record) > 0.3:
        return None
    return finding_of(
        "exploding-gradient",
        "gradient",
        "Gradients explode",
        [f"up to {max(tops):.1e} (root mean square of a layer)"],
        cause="Layer by layer they grow, and a single step throws the weights away.",
        remedy="torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # after backward()",
        where="model",
        severity="error",
    )


def _bad_units(record: Record, *, dead: bool) -> dict[str, float]:
    """The share of dead units, or of saturated values, by layer, late in the run."""
    wanted = [n for n, k in record.kinds.items() if (k in RECTIFIERS) == dead]
    return {n: _late(record, n) for n in wanted}


def _late(record: Record, name: str) -> float:
    late = record.samples[len(record.samples) // 2 :]
    found = [s.outputs[name][2] for s in late if name in s.outputs]
    return median(found) if found else 0.0


def dead(record: Record) -> Finding | None:
    """See the module; None where it is not seen, or does no harm."""
    if len(record.samples) < FEW:
        return None
    dead = _bad_units(record, dead=True)
    bad = {n: s for n, s in dead.items() if s >= limit.DEAD_SHARE}
    if not bad or falls(record) > 0.5:
        return None
    name = max(bad, key=lambda n: bad[n])
    return finding_of(
        "dead-units",
        "activation",
        "ReLU units are dead",
        [f"{n}: {s:.0%} of the units are 0 for every sample" for n, s in list(bad.items())[:4]],
        cause="A unit that is 0 for every sample gets no gradient and never comes back.",
        remedy=f"lr={max(record.rates, default=1e-3) / 10:g}; nn.LeakyReLU(0.1) for nn.ReLU()",
        where=f"model.{name}",
    )


def saturated(record: Record) -> Finding | None:
    """See the module; None where it is not seen, or does no harm."""
    if len(record.samples) < FEW or falls(record) > 0.5:
        return None
    edges = _bad_units(record, dead=False)
    bad = {n: s for n, s in edges.items() if s >= limit.SATURATED_SHARE}
    if not bad:
        return None
    name = max(bad, key=lambda n: bad[n])
    return finding_of(
        "saturated-units",
        "activation",
        "Units are saturated",
        [f"{n}: {s:.0%} of values in the flat part" for n, s in list(bad.items())[:4]],
        cause="Where a unit is flat no gradient passes; inputs or weights are too large for it.",
        remedy="x = (x - mean) / std  # scale the inputs; nn.ReLU() between layers",
        where=f"model.{name}",
    )
