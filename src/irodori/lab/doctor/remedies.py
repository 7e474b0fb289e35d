"""Remedies: one thing changed on a copy. If training then goes truly better, that was it.

Every remedy takes the case and a fresh setting and returns the setting changed, or None where it
does not apply. Nothing here decides anything; see `causes`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori.lab.doctor.batches import Data, chosen, joined, rows
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.copying import optimizers_of
from irodori.lab.doctor.ops import Call, Change, tensors_of
from irodori.lab.doctor.task import Goal, labels_of, main_target, with_threshold
from irodori.lab.doctor.trial import Setting

Remedy: TypeAlias = Callable[[Case, Setting], Setting | None]


# ------------------------------------------------------------------------- rate and optimizer


def rate(factor: float) -> Remedy:
    """The learning rate times a factor."""

    def apply(case: Case, setting: Setting) -> Setting | None:
        for optimizer in optimizers_of(setting.program.optimizer):
            for group in optimizer.param_groups:
                group["lr"] = group["lr"] * factor
        return setting if optimizers_of(setting.program.optimizer) else None

    return apply


def rate_to(value: float) -> Remedy:
    """The learning rate set."""

    def apply(case: Case, setting: Setting) -> Setting | None:
        for optimizer in optimizers_of(setting.program.optimizer):
            for group in optimizer.param_groups:
                group["lr"] = value
        return setting

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


def rebuilt_optimizer(case: Case, setting: Setting) -> Setting | None:
    """The same kind of optimizer with the same options, over all that the model trains."""
    found = optimizers_of(setting.program.optimizer)
    wanted = [p for p in setting.program.model.parameters() if p.requires_grad]
    if len(found) != 1 or not wanted:
        return None
    accepted = inspect.signature(type(found[0])).parameters
    options = {k: v for k, v in found[0].param_groups[0].items() if k in accepted and k != "params"}
    fresh = type(found[0])(wanted, **options)
    return replace(setting, program=replace(setting.program, optimizer=fresh))


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


# ------------------------------------------------------------------------------------- data


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
        return (tensor - mean) / deviation if fits and tensor.shape[1:] == x.shape[1:] else tensor

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
        return (tensor - mean) / deviation

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


# -------------------------------------------------------------------------------- operations


def _identity(x: Tensor) -> Tensor:
    return x


def changed(setting: Setting, change: Change) -> Setting:
    """The setting with operations changed on top of what is changed already."""
    return replace(setting, change=setting.change.joined(change))


def no_last_activation(case: Case, setting: Setting) -> Setting | None:
    """The activation behind the last layer left out; a loss that needs one gets one itself."""
    last = _last(case)
    if not last or setting.goal is None:
        return None
    bare = changed(setting, Change(swap={c.index: _identity for c in last}))
    return natural_loss(case, bare)


def bare_output(case: Case, setting: Setting) -> Setting | None:
    """The activation behind the last layer left out, the loss as it is."""
    last = _last(case)
    return changed(setting, Change(swap={c.index: _identity for c in last})) if last else None


def _last(case: Case) -> list[Call]:
    return [] if case.trace is None else case.trace.last_activations()


def natural_loss(case: Case, setting: Setting) -> Setting | None:
    """The usual loss of the task, on logits or plain numbers."""
    goal, convention = setting.goal, setting.convention
    if goal is None or convention is None:
        return None
    loss = usual_loss(goal)
    if goal.task in ("binary", "multilabel"):
        goal = with_threshold(goal, 0.0)
    return replace(setting, program=replace(setting.program, loss=loss), goal=goal)


def usual_loss(goal: Goal) -> Callable[[Any, Any], Tensor]:
    """Cross entropy, binary cross entropy on logits, or squared error; shapes made to fit."""
    from irodori.lab.doctor.task import main_output

    def loss(output: Any, target: Any) -> Tensor:
        truth = main_target(target)
        guess = main_output(output, truth)
        assert truth is not None
        assert guess is not None
        if goal.task == "classification":
            axis = goal.class_axis if guess.ndim > goal.class_axis else guess.ndim - 1
            flat = guess.movedim(axis, -1).reshape(-1, guess.shape[axis])
            return F.cross_entropy(flat, labels_of(truth, goal))
        if goal.task == "binary" and guess.shape[-1] == 2 and truth.numel() != guess.numel():
            return F.cross_entropy(guess.reshape(-1, 2), labels_of(truth, goal))
        truth = truth.float().reshape(guess.shape)
        if goal.task in ("binary", "multilabel"):
            return F.binary_cross_entropy_with_logits(guess, truth)
        return F.mse_loss(guess, truth)

    return loss


def relu_hidden(case: Case, setting: Setting) -> Setting | None:
    """ReLU in the place of sigmoids and tanhs between the layers."""
    flat = frozenset(("sigmoid", "tanh", "softmax", "hardtanh", "softsign", "log_softmax"))
    calls = [] if case.trace is None else case.trace.hidden_activations()
    swap: dict[int, Callable[..., Any]] = {c.index: F.relu for c in calls if c.name in flat}
    return changed(setting, Change(swap=swap)) if swap else None


def leaky_hidden(case: Case, setting: Setting) -> Setting | None:
    """Leaky ReLU in the place of ReLU."""
    calls = [] if case.trace is None else case.trace.hidden_activations()
    swap: dict[int, Callable[..., Any]] = {
        c.index: lambda x: F.leaky_relu(x, 0.1) for c in calls if c.name in ("relu", "relu_")
    }
    return changed(setting, Change(swap=swap)) if swap else None


def added_activations(case: Case, setting: Setting) -> Setting | None:
    """A ReLU between two layers that have nothing nonlinear between them."""
    calls = [] if case.trace is None else case.trace.missing_activations()
    inputs: dict[int, Callable[[Tensor], Tensor]] = {c.index: F.relu for c in calls}
    return changed(setting, Change(inputs=inputs)) if inputs else None


def no_dropout(case: Case, setting: Setting) -> Setting | None:
    """Dropout off, as a module or a function."""
    names = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout")
    if case.trace is None or not case.trace.named(frozenset(names)):
        return None
    for module in setting.program.model.modules():
        if isinstance(module, nn.LSTM | nn.GRU | nn.RNN):
            module.dropout = 0.0
    return changed(setting, Change(names=dict.fromkeys(names, _identity)))


# ------------------------------------------------------------------------- weights and the rest


def reinitialized(case: Case, setting: Setting) -> Setting | None:
    """Every layer's weights drawn anew, as PyTorch does by default."""
    torch.manual_seed(case.seed + 1)
    touched = False
    for module in setting.program.model.modules():
        reset = getattr(module, "reset_parameters", None) or getattr(
            module, "_reset_parameters", None
        )
        if callable(reset) and any(True for _ in module.parameters(recurse=False)):
            reset()
            touched = True
    return setting if touched else None


def no_decay(case: Case, setting: Setting) -> Setting | None:
    """Weight decay off."""
    touched = False
    for optimizer in optimizers_of(setting.program.optimizer):
        for group in optimizer.param_groups:
            if group.get("weight_decay"):
                group["weight_decay"] = 0.0
                touched = True
    return setting if touched else None


def unregularized(case: Case, setting: Setting) -> Setting | None:
    """Weight decay and dropout off."""
    decay = no_decay(case, setting)
    dropped = no_dropout(case, decay or setting)
    return dropped or decay


def more_decay(case: Case, setting: Setting) -> Setting | None:
    """Some weight decay and dropout before the last layer: does the validation part gain?"""
    for optimizer in optimizers_of(setting.program.optimizer):
        for group in optimizer.param_groups:
            if "weight_decay" in group:
                group["weight_decay"] = max(group["weight_decay"], 1e-3)
    calls = [] if case.trace is None else case.trace.hidden_activations()
    swap: dict[int, Callable[..., Any]] = {}
    model = setting.program.model
    for call in calls[-1:]:
        function = getattr(F, call.name, None) or getattr(torch, call.name, None)
        if function is not None and call.name in ("relu", "relu_", "tanh", "sigmoid"):
            plain = getattr(torch, call.name.rstrip("_"))
            swap[call.index] = lambda x, f=plain: F.dropout(f(x), 0.5, model.training)
    return changed(setting, Change(swap=swap))


def unfrozen(case: Case, setting: Setting) -> Setting | None:
    """Every parameter trains, under the same optimizer and options."""
    model = setting.program.model
    if all(p.requires_grad for p in model.parameters()):
        return None
    for parameter in model.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    return rebuilt_optimizer(case, setting)


def training_mode(case: Case, setting: Setting) -> Setting | None:
    """model.train() before every step."""
    return replace(setting, force_mode=True)


def longer(factor: int) -> Remedy:
    """More steps than planned."""

    def apply(case: Case, setting: Setting) -> Setting | None:
        return replace(setting, steps=setting.steps * factor)

    return apply


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


def without_penalty(case: Case, setting: Setting) -> Setting | None:
    """The usual loss on what the model gives out, in a plain loop: no extra cost term."""
    goal = setting.goal
    if goal is None or case.loss is None:
        return None
    if case.loss.kind in ("cross_entropy", "bce_logits", "mse"):
        plain = natural_loss(case, setting)
        return None if plain is None else plain_step(case, plain) or plain
    return plain_step(case, setting)


def joined_remedies(*parts: Remedy) -> Remedy:
    """Several remedies one after another; None if none applies."""

    def apply(case: Case, setting: Setting) -> Setting | None:
        touched = False
        for part in parts:
            after = part(case, setting)
            if after is not None:
                setting, touched = after, True
        return setting if touched else None

    return apply


def float_inputs(batch: Any) -> list[Tensor]:
    """The floating tensors of a batch."""
    return [t for t in tensors_of(batch) if t.is_floating_point()]
