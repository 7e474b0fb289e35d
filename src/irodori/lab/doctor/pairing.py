"""Do targets go with inputs at all? Asked of neighbours, without any network.

Samples that are alike tend to have the same class. If that holds in the validation part and not
in training, or holds once the targets are shifted by a place, the pairs were mixed up.
"""

from __future__ import annotations

import torch
from torch import Tensor

from irodori.lab.doctor.batches import rows
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.task import labels_of, main_target

NEIGHBOURS = 7
MOST = 800  # samples that are compared with each other


def look(case: Case) -> list[Suspicion]:
    """Targets that do not belong to their inputs, or many of them wrong."""
    if case.goal is None or case.inputs is None:
        return []
    if case.goal.task == "image":
        return _pictures(case)
    train = _pairs(case, case.data.first)
    if train is None or len(train[0]) < 60:
        return []
    case.checked.append("targets belong to their inputs")
    held = _pairs(case, case.val_data.first) if case.val_data is not None else None
    own, chance = agreement(*train)
    if held is not None and len(held[0]) >= 60:
        count = min(len(train[0]), len(held[0]))
        own, chance = agreement(train[0][:count], train[1][:count])
        other, other_chance = agreement(*held)
        across = _across(train, held)
        return _compared(case, own - chance, other - other_chance, across - other_chance)
    return _alone(case, train, own - chance)


def _compared(case: Case, own: float, other: float, across: float) -> list[Suspicion]:
    """own, other: how far neighbours agree beyond chance, in training and validation alone."""
    if other < 0.15 or own > 0.6 * other:
        return []
    if across > 0.75 * other:
        return []  # training samples name validation samples well: they are only harder
    mixed = own < 0.2 * other
    return [
        Suspicion(
            code="mixed-pairs" if mixed else "wrong-labels",
            family="labels",
            title="The targets do not belong to their inputs"
            if mixed
            else "Many training labels are wrong",
            evidence=[
                f"in validation, alike samples share their class {other:.0%} above chance; in "
                f"training {own:.0%}",
                f"training samples name validation samples {across:.0%} above chance",
            ],
            cause="Inputs and targets were shuffled or cut separately, or labels were changed.",
            remedy="order = torch.randperm(len(x)); x, y = x[order], y[order]  # one for both",
            where="train_loader",
            weight=0.95,
            certain=True,
            details={"own": own, "other": other},
        )
    ]


def _alone(case: Case, train: tuple[Tensor, Tensor], own: float) -> list[Suspicion]:
    count = len(train[0])
    noise = 2.6 * (0.25 / count) ** 0.5 + 0.01
    if own > noise:
        return []
    order = _in_order(case)
    best, shift = 0.0, 0
    if order is not None:
        for step in (-3, -2, -1, 1, 2, 3):
            value, chance = agreement(order[0], order[1].roll(step))
            if value - chance > best:
                best, shift = value - chance, step
    moved = best > max(0.15, 4 * noise)
    seen = [f"alike samples share their class {max(own, 0):.0%} above chance: not at all"]
    if moved:
        seen.append(f"with the targets moved by {shift} places they do: {best:.0%} above chance")
    return [
        Suspicion(
            code="mixed-pairs",
            family="labels",
            title="The targets do not belong to their inputs",
            evidence=seen,
            cause="Inputs and targets were shuffled, sorted or cut separately.",
            remedy="order = torch.randperm(len(x)); x, y = x[order], y[order]  # one for both",
            where="train_loader",
            weight=0.6,
            certain=moved,
            details={"unrelated": 1.0},
        )
    ]


def _in_order(case: Case) -> tuple[Tensor, Tensor] | None:
    """Pairs in the loader's order, if that order is the same in every pass."""
    if len(case.data.epochs) < 2:
        return None
    first, second = (_pairs(case, e) for e in case.data.epochs[:2])
    if first is None or second is None or not torch.equal(first[0], second[0]):
        return None
    return first


def _pairs(case: Case, batches: list[object]) -> tuple[Tensor, Tensor] | None:
    """Features (N, F) and classes (N,) of up to MOST samples; numbers are cut into five."""
    goal, convention = case.goal, case.convention
    assert goal is not None
    if convention is None:
        return None
    xs, ys, count = [], [], 0
    for batch in batches:
        leaves = convention.input_leaves(batch)
        target = main_target(convention.target(batch))
        if not leaves or target is None or target.ndim == 0:
            return None
        xs.append(_features(leaves[0]))
        if goal.task in ("classification", "binary"):
            y = labels_of(target, goal)
        elif target.reshape(len(target), -1).shape[1] == 1:
            y = target.reshape(-1).float()
        else:
            return None
        if len(y) != rows(batch) or len(xs[-1]) != len(y):
            return None
        ys.append(y)
        count += len(y)
        if count >= MOST:
            break
    x, y = torch.cat(xs)[:MOST], torch.cat(ys)[:MOST]
    if not bool(x.isfinite().all()) or not bool(y.float().isfinite().all()):
        return None
    if goal.task not in ("classification", "binary"):
        y = torch.bucketize(y, torch.quantile(y, torch.tensor([0.2, 0.4, 0.6, 0.8])))
    return x, y


def _features(x: Tensor) -> Tensor:
    """Flat float features; token numbers become word counts."""
    if x.is_floating_point():
        return x.float().flatten(1)
    flat = x.flatten(1).long()
    if flat.shape[1] == 1 or int(flat.max()) > 4096 or int(flat.min()) < 0:
        return flat.float()
    counts = torch.zeros(len(flat), int(flat.max()) + 1)
    return counts.scatter_add_(1, flat, torch.ones_like(flat, dtype=torch.float32))


def _scaled(x: Tensor, by: Tensor) -> Tensor:
    width = max(x.shape[1], by.shape[1])
    pad = torch.nn.functional.pad
    x, by = pad(x, (0, width - x.shape[1])), pad(by, (0, width - by.shape[1]))
    spread = by.std(0)
    return (x - by.mean(0)) / torch.where(spread > 1e-3 * spread.max(), spread, spread.max() + 1e-9)


def agreement(x: Tensor, y: Tensor) -> tuple[float, float]:
    """How often a sample's neighbours name its class, and how often chance would."""
    flat = _scaled(x, x)
    distance = torch.cdist(flat, flat)
    distance.fill_diagonal_(float("inf"))
    return _vote(distance, y, y), _chance(y)


def _across(train: tuple[Tensor, Tensor], held: tuple[Tensor, Tensor]) -> float:
    """How often training neighbours name a validation sample's class."""
    a, b = _scaled(train[0], train[0]), _scaled(held[0], train[0])
    return _vote(torch.cdist(b, a), train[1], held[1])


def _vote(distance: Tensor, known: Tensor, asked: Tensor) -> float:
    near = distance.topk(min(NEIGHBOURS, distance.shape[1] - 1), largest=False).indices
    return float((known[near].mode(1).values == asked).float().mean())


def _chance(y: Tensor) -> float:
    """Who always names the commonest class."""
    return float(torch.unique(y, return_counts=True)[1].max()) / len(y)


# ---------------------------------------------------------------------------------- pictures


def _pictures(case: Case) -> list[Suspicion]:
    """Edges in the input should lie where the target has edges: with its own more than others'."""
    x, y = case.inputs, case.targets
    if x is None or y is None or x.ndim != 4 or y.ndim != 4 or x.shape[-2:] != y.shape[-2:]:
        return []
    count = min(len(x), len(y), 64)
    if count < 12:
        return []
    case.checked.append("target pictures belong to their inputs")
    a, b = _edges(x[:count]), _edges(y[:count])
    likeness = a @ b.T
    own = likeness.diagonal()
    rank = float((own[:, None] > likeness).float().sum(1).mean() / (count - 1))
    if rank > 0.62:
        return []
    return [
        Suspicion(
            code="mixed-pairs",
            family="labels",
            title="The target pictures do not belong to their inputs",
            evidence=[
                f"edges of an input fit its own target better than {rank:.0%} of the others'; "
                "half is chance"
            ],
            cause="Inputs and targets were shuffled or listed separately.",
            remedy="pairs = sorted(inputs), sorted(targets)  # and one index for both",
            where="train_loader",
            weight=0.9,
            certain=rank < 0.58,
            details={"unrelated": 1.0},
        )
    ]


def _edges(x: Tensor) -> Tensor:
    """Edge strength on a coarse grid, each picture's vector of length 1 around its mean."""
    gray = x.float().mean(1, keepdim=True)
    dx = (gray[..., :, 1:] - gray[..., :, :-1])[..., :-1, :]
    dy = (gray[..., 1:, :] - gray[..., :-1, :])[..., :, :-1]
    strength = (dx.square() + dy.square()).sqrt()
    side = min(24, *strength.shape[-2:])
    flat = torch.nn.functional.adaptive_avg_pool2d(strength, side).flatten(1)
    flat = flat - flat.mean(0)  # what all pictures share says nothing of a pair
    flat = flat - flat.mean(1, keepdim=True)
    return torch.nn.functional.normalize(flat, dim=1)
