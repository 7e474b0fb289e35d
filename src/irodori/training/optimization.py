"""How weights move: optimizers, the rate over time, the average that is kept."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn

from irodori.training.design import Design
from irodori.training.recipe import Recipe


def freeze(design: Design) -> None:
    """Weights whose names begin with one of `design.frozen` stay as they are.

    So do running statistics in these parts: `trainable_mode` keeps them in evaluation mode.
    """
    for name, weight in design.network.named_parameters():
        weight.requires_grad_(not name.startswith(design.frozen or ("\0",)))


def trainable_mode(design: Design) -> None:
    """Training mode for the whole network, except for its frozen parts."""
    design.network.train()
    for name, module in design.network.named_modules():
        if f"{name}.".startswith(design.frozen or ("\0",)):
            module.eval()


def painters_optimizer(design: Design, recipe: Recipe) -> torch.optim.Optimizer:
    """Over all weights that are not frozen; each group's `factor` scales the rate."""
    groups: dict[float, list[nn.Parameter]] = {}
    for name, weight in design.network.named_parameters():
        if weight.requires_grad:
            slow = [value for prefix, value in design.slower.items() if name.startswith(prefix)]
            groups.setdefault(slow[0] if slow else 1.0, []).append(weight)
    return _optimizer(
        [{"params": weights, "factor": factor} for factor, weights in groups.items()],
        recipe,
        # An adversary moves the goal: what was learnt of it long ago misleads (DCGAN, 2016).
        betas=(_first(recipe, 0.9 if design.adversary is None else 0.5), 0.999),
    )


def judges_optimizer(judge: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Over all the judge's weights."""
    groups = [{"params": list(judge.parameters()), "factor": 1.0}]
    return _optimizer(groups, recipe, betas=(_first(recipe, 0.5), 0.999))


def _first(recipe: Recipe, own: float) -> float:
    return own if recipe.momentum is None else recipe.momentum


def _optimizer(
    groups: list[dict[str, object]], recipe: Recipe, *, betas: tuple[float, float]
) -> torch.optim.Optimizer:
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(
            groups,
            0.0,
            momentum=_first(recipe, 0.9),
            nesterov=_first(recipe, 0.9) > 0,
            weight_decay=recipe.weight_decay,
        )
    if recipe.weight_decay == 0:
        return torch.optim.Adam(groups, 0.0, betas=betas)
    return torch.optim.AdamW(groups, 0.0, betas=betas, weight_decay=recipe.weight_decay)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Every group's rate, by its factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]


def rate_factor(recipe: Recipe, step: int, progress: float, drops: int) -> float:
    """What the highest rate is multiplied with.

    progress: 0 at the beginning .. 1 at the end; drops: how often validation has stood still.
    cosine falls to 0 (Loshchilov, Hutter, ICLR 2017); step takes 5 % off every `decay_every` steps;
    plateau halves whenever validation stands still. All rise over the first `warmup` steps (Goyal
    et al., 2017).
    """
    warm = min(1.0, (step + 1) / max(1, recipe.warmup))
    match recipe.schedule:
        case "cosine":
            return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, progress))))
        case "step":
            return warm * 0.95 ** (step // recipe.decay_every)
        case "plateau":
            return warm * 0.5**drops
        case "constant":
            return warm


class Average:
    """The exponential average of a network's weights and statistics (Polyak, Juditsky, 1992).

    decay: 0 keeps the last weights. Early on less is kept, so that the first, random weights do
    not linger: min(decay, (1 + n) / (10 + n)) at the n-th update.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
        self.decay, self.updates = decay, 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Takes in the weights that `network` has now."""
        keep = min(self.decay, (1 + self.updates) / (10 + self.updates)) if self.decay else 0.0
        self.updates += 1
        now = network.state_dict()
        mine = self.network.state_dict()
        moving = [name for name, value in mine.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [mine[name] for name in moving], [now[name].detach() for name in moving], 1 - keep
        )
        for name in mine.keys() - set(moving):
            mine[name].copy_(now[name])
