"""Looks at the optimizer: what it holds, and options that nobody chooses by intent."""

from __future__ import annotations

import math

import torch

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.batches import rows
from irodori.lab.doctor.case import Case, learners, usual_name
from irodori.lab.doctor.finding import Suspicion


def look(case: Case) -> list[Suspicion]:
    """Everything about the optimizer, the batch size and the number of epochs."""
    found: list[Suspicion | None] = []
    optimizers = learners(case)
    case.checked += ["the optimizer holds the model's parameters", "rate and options are usual"]
    found += _holdings(case, optimizers)
    for optimizer in optimizers[:1]:
        found += [_rate(optimizer), *_options(optimizer), _decay(optimizer)]
    found += [_batch(case), _length(case)]
    return [f for f in found if f is not None]


def _holdings(case: Case, optimizers: list[torch.optim.Optimizer]) -> list[Suspicion | None]:
    held = {id(p) for o in optimizers for g in o.param_groups for p in g["params"]}
    if not optimizers:
        return []
    named = dict(case.program.model.named_parameters())
    lost = [n for n, p in named.items() if p.requires_grad and id(p) not in held]
    ours = {id(p) for p in named.values()}
    stale = sum(id(p) not in ours for o in optimizers for g in o.param_groups for p in g["params"])
    if not lost:
        return []
    share = len(lost) / max(1, sum(p.requires_grad for p in named.values()))
    return [
        Suspicion(
            code="stale-optimizer" if stale else "not-in-optimizer",
            family="optimizer",
            title="The optimizer steps parameters that the model no longer uses"
            if stale
            else "Parameters are missing from the optimizer",
            evidence=[
                f"{len(lost)} trainable parameters are not in it: {', '.join(lost[:5])}",
                *([f"{stale} of those it holds are not in the model"] if stale else []),
            ],
            cause="What the optimizer does not hold gets gradients and never moves.",
            remedy="optimizer = torch.optim.Adam(model.parameters())  # after the model is final",
            where=f"model.{lost[0]}",
            weight=1.0,
            certain=bool(stale) or share > 0.02,
            remedies=("rebuilt-optimizer",),
        )
    ]


def _rate(optimizer: torch.optim.Optimizer) -> Suspicion:
    rates = [float(g["lr"]) for g in optimizer.param_groups]
    low, high = limit.USUAL_RATE.get(usual_name(optimizer), (1e-4, 0.1))
    top, bottom = max(rates), min(rates)
    name = usual_name(optimizer)
    off = 0.0
    if top > high:
        off = math.log10(top / high)
    elif 0 < bottom < low:
        off = -math.log10(low / bottom)
    zero = top == 0
    return Suspicion(
        code="rate-zero" if zero else "learning-rate",
        family="learning-rate",
        title="The learning rate is zero" if zero else "The learning rate does not fit",
        evidence=[f"{name} with lr={top:g}; customary is {low:g} .. {high:g}"],
        cause="Nothing moves."
        if zero
        else "Steps are too large to settle, or too small to arrive.",
        remedy="optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)",
        where="optimizer",
        weight=1.0 if zero else min(0.95, 0.5 + 0.25 * abs(off)) if off else 0.4,
        certain=zero,
        remedies=("rate-down",)
        if off > 0
        else ("rate-up",)
        if off < 0
        else ("rate-up", "rate-down"),
        details={"off": off},
    )


def _options(optimizer: torch.optim.Optimizer) -> list[Suspicion | None]:
    found: list[Suspicion | None] = []
    odd = []
    upside = False
    for group in optimizer.param_groups:
        eps = group.get("eps")
        if isinstance(eps, float) and not limit.EPS_LOW <= eps <= limit.EPS_HIGH:
            odd.append(f"eps={eps:g}, customary 1e-8")
        betas = group.get("betas")
        if betas is not None and (betas[0] > limit.MOMENTUM_HIGH or betas[1] < 0.5):
            odd.append(f"betas={betas}, customary (0.9, 0.999)")
        momentum = group.get("momentum")
        if momentum and momentum > 0.985:
            odd.append(f"momentum={momentum:g}, customary 0.9")
        upside = upside or bool(group.get("maximize"))
        break
    if odd:
        found.append(
            Suspicion(
                code="optimizer-options",
                family="optimizer",
                title="The optimizer has options out of the ordinary",
                evidence=[f"{usual_name(optimizer)}: {o}" for o in odd],
                cause=(
                    "With a tiny epsilon a rare gradient makes a full step; with a huge one, or "
                    "too much momentum, steps have little to do with the gradient."
                ),
                remedy="torch.optim.Adam(model.parameters(), lr=1e-3)  # its other defaults",
                where="optimizer",
                weight=0.85,
                remedies=("default-options", "adam"),
            )
        )
    if upside:
        found.append(
            Suspicion(
                code="maximizes",
                family="optimizer",
                title="The optimizer maximizes the loss",
                evidence=["maximize=True"],
                cause="Every step makes the loss larger.",
                remedy="torch.optim.SGD(model.parameters(), lr=..., maximize=False)",
                where="optimizer",
                weight=0.95,
                remedies=("default-options",),
            )
        )
    found.append(
        Suspicion(
            code="optimizer",
            family="optimizer",
            title="Another optimizer suits the task better",
            evidence=[f"the optimizer is {usual_name(optimizer)}"],
            cause="One rate for all parameters does not suit gradients of very different size.",
            remedy="optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)",
            where="optimizer",
            weight=0.3 if "Adam" not in usual_name(optimizer) else 0.1,
            remedies=("adam",),
        )
    )
    return found


def _decay(optimizer: torch.optim.Optimizer) -> Suspicion | None:
    decay = max(float(g.get("weight_decay", 0) or 0) for g in optimizer.param_groups)
    if decay <= 0:
        return None
    high = limit.DECAY_HIGH * (10 if usual_name(optimizer) == "AdamW" else 1)
    return Suspicion(
        code="weight-decay",
        family="regularization",
        title="Weight decay is stronger than the data",
        evidence=[f"weight_decay={decay:g}; customary is 1e-5 .. {high:g}"],
        cause="Weights are pulled to zero faster than the data pulls them anywhere else.",
        remedy="weight_decay=1e-4",
        where="optimizer",
        weight=0.85 if decay > high else 0.3,
        remedies=("no-decay",),
    )


def _batch(case: Case) -> Suspicion | None:
    size, count = rows(case.data.first[0]), sum(rows(b) for b in case.data.first)
    whole = len(case.data.first) == 1 and count > 64
    weight = 0.25
    if size > limit.BATCH_HIGH or whole:
        weight = 0.6
    elif size < limit.BATCH_LOW and count > 32:
        weight = 0.55
    if count < 24 or 8 <= size <= 64:
        return None
    return Suspicion(
        code="batch-size",
        family="batch-size",
        title="The batch size does not fit",
        evidence=[
            f"batches of {size}, {len(case.data.first)} steps in a pass over {count} samples"
        ],
        cause=(
            "Few steps a pass: the same work moves the weights less often."
            if size > 32
            else "A few samples do not tell which way is down; steps go to and fro."
        ),
        remedy="DataLoader(dataset, batch_size=32, shuffle=True)",
        where="train_loader",
        weight=weight,
        remedies=("batch-32",),
        details={"size": float(size)},
    )


def _length(case: Case) -> Suspicion | None:
    if case.epochs is None:
        return None
    few = case.epochs <= limit.FEW_EPOCHS
    return Suspicion(
        code="too-short",
        family="training-length",
        title="The training ends too early",
        evidence=[f"{case.epochs} epochs of {case.per_epoch} steps"],
        cause="The loss is still falling when the plan is over.",
        remedy=f"epochs = {max(10, case.epochs * 5)}  # until the validation score stops rising",
        where="epochs",
        weight=0.75 if few else 0.35,
        remedies=("longer",),
    )
