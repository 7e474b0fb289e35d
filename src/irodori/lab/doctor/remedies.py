"""Remedies on the loop: rate, optimizer, gradients, modes, length, penalties; and all by name."""

from __future__ import annotations

import inspect
from dataclasses import replace

import torch
from torch import nn

from irodori.lab.doctor import remedies_data as data
from irodori.lab.doctor import remedies_model as model
from irodori.lab.doctor.batches import rows
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.copying import optimizers_of
from irodori.lab.doctor.remedies_model import natural_loss
from irodori.lab.doctor.remedy import Remedy
from irodori.lab.doctor.trial import Setting


def rate(factor: float) -> Remedy:
    """The learning rate times a factor."""

    def apply(case: Case, setting: Setting) -> Setting | None:
        for optimizer in optimizers_of(setting.program.optimizer):
            for group in optimizer.param_groups:
                group["lr"] = group["lr"] * factor
        return setting if optimizers_of(setting.program.optimizer) else None

    return apply


def adam(case: Case, setting: Setting) -> Setting | None:
    """Adam at its defaults in the place of a single optimizer."""
    model = setting.program.model
    wanted = [p for p in model.parameters() if p.requires_grad]
    if len(optimizers_of(setting.program.optimizer)) != 1 or not wanted:
        return None
    fresh = torch.optim.Adam(wanted, lr=1e-3)
    return replace(setting, program=replace(setting.program, optimizer=fresh))


def default_options(case: Case, setting: Setting) -> Setting | None:
    """Epsilon, momenta and the like at their defaults; rate and decay stay."""
    touched = False
    for optimizer in optimizers_of(setting.program.optimizer):
        accepted = inspect.signature(type(optimizer)).parameters
        for group in optimizer.param_groups:
            for key in ("eps", "betas", "momentum", "alpha", "rho", "dampening", "maximize"):
                if key in group and key in accepted and group[key] != accepted[key].default:
                    group[key] = accepted[key].default
                    touched = True
    return setting if touched else None


def clipped(case: Case, setting: Setting) -> Setting | None:
    """Gradients clipped to a norm of 1."""

    def clip(model: nn.Module) -> None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)

    return replace(setting, after_backward=clip)


def cleared(case: Case, setting: Setting) -> Setting | None:
    """Gradients cleared before every step."""

    def clear(model: nn.Module) -> None:
        for parameter in model.parameters():
            parameter.grad = None

    return replace(setting, before_step=clear)


def plain_step(case: Case, setting: Setting) -> Setting | None:
    """The ordinary loop in the place of the program's own step."""
    if setting.program.train_step is None or case.convention is None:
        return None
    if len(optimizers_of(setting.program.optimizer)) != 1 or case.loss is None:
        return None
    return replace(setting, program=replace(setting.program, train_step=None))


def plain_step_of_all(case: Case, setting: Setting) -> Setting | None:
    """The ordinary loop on the loss alone, whichever optimizers there are."""
    if setting.program.train_step is None or case.convention is None or case.loss is None:
        return None
    return replace(setting, program=replace(setting.program, train_step=None))


def no_decay(case: Case, setting: Setting) -> Setting | None:
    """Weight decay off."""
    touched = False
    for optimizer in optimizers_of(setting.program.optimizer):
        for group in optimizer.param_groups:
            if group.get("weight_decay"):
                group["weight_decay"] = 0.0
                touched = True
    return setting if touched else None


def training_mode(case: Case, setting: Setting) -> Setting | None:
    """model.train() before every step."""
    return replace(setting, force_mode=True)


def longer(factor: int) -> Remedy:
    """More steps than planned."""

    def apply(case: Case, setting: Setting) -> Setting | None:
        return replace(setting, steps=setting.steps * factor)

    return apply


def without_penalty(case: Case, setting: Setting) -> Setting | None:
    """The usual loss on what the model gives out, in a plain loop: no extra cost term."""
    goal = setting.goal
    if goal is None or case.loss is None:
        return None
    if case.loss.kind in ("cross_entropy", "bce_logits", "mse"):
        plain = natural_loss(case, setting)
        return None if plain is None else plain_step(case, plain) or plain
    return plain_step(case, setting)


def all_remedies(case: Case) -> dict[str, list[Remedy]]:
    """The experiments by name; several of one name are tried one after another while they gain."""
    size = rows(case.data.first[0])
    return {
        "rate-up": [rate(10), rate(100), rate(1000)],
        "rate-down": [rate(0.1), rate(0.01), rate(0.001)],
        "rate-by-batch": [rate(1 / max(size, 1))],
        "adam": [adam],
        "default-options": [default_options],
        "rebuilt-optimizer": [model.rebuilt_optimizer],
        "clipped": [clipped],
        "cleared": [cleared],
        "plain-step": [plain_step],
        "plain-step-all": [plain_step_of_all],
        "scaled-inputs": [data.scaled_inputs],
        "scaled-targets": [data.scaled_targets],
        "scaled-both": [data.scaled_both],
        "shuffled": [data.shuffled],
        "batch-32": [data.rebatched(32)],
        "no-last-activation": [model.no_last_activation],
        "bare-output": [model.bare_output],
        "natural-loss": [model.natural_loss],
        "relu-hidden": [model.relu_hidden],
        "leaky-hidden": [model.leaky_hidden],
        "added-activations": [model.added_activations],
        "no-dropout": [model.no_dropout],
        "reinitialized": [model.reinitialized],
        "no-decay": [no_decay],
        "without-penalty": [without_penalty],
        "unfrozen": [model.unfrozen],
        "training-mode": [training_mode],
        "longer": [longer(4)],
        "more-decay": [model.more_decay],
        "balanced": [data.balanced],
        "from-validation": [data.from_validation],
        "as-classes": [model.as_classes],
        "wider": [model.reference_network],
    }


PLAIN_NAMES = {
    "rate-up": "a larger rate",
    "rate-down": "a smaller rate",
    "rate-by-batch": "the rate divided by the batch",
    "adam": "Adam's defaults",
    "default-options": "the optimizer's defaults",
    "rebuilt-optimizer": "an optimizer over all parameters",
    "clipped": "gradients clipped",
    "cleared": "gradients cleared",
    "plain-step": "an ordinary step",
    "plain-step-all": "the first cost term alone",
    "scaled-inputs": "inputs scaled",
    "scaled-targets": "targets scaled",
    "scaled-both": "inputs and targets scaled",
    "shuffled": "samples shuffled",
    "batch-32": "batches of 32",
    "no-last-activation": "no last activation, usual loss",
    "bare-output": "no last activation",
    "natural-loss": "the usual loss",
    "relu-hidden": "ReLU between layers",
    "leaky-hidden": "leaky ReLU",
    "added-activations": "activations added",
    "no-dropout": "no dropout",
    "reinitialized": "weights drawn anew",
    "no-decay": "no weight decay",
    "without-penalty": "no penalty",
    "unfrozen": "nothing frozen",
    "training-mode": "training mode",
    "longer": "four times as long",
    "more-decay": "weight decay and dropout",
    "balanced": "classes balanced",
    "from-validation": "trained on validation samples",
    "as-classes": "an output per class",
    "wider": "an ordinary network",
    "all together": "all together",
}
