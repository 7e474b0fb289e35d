"""Remedies on the model and its loss: other operations, other weights, another last layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori.lab.doctor.case import Case
from irodori.lab.doctor.copying import optimizers_of
from irodori.lab.doctor.ops import Call, Change, tensors_of
from irodori.lab.doctor.task import Goal, labels_of, main_output, main_target, with_threshold
from irodori.lab.doctor.trial import Setting


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


def unfrozen(case: Case, setting: Setting) -> Setting | None:
    """Every parameter trains, under the same optimizer and options."""
    model = setting.program.model
    if all(p.requires_grad for p in model.parameters()):
        return None
    for parameter in model.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    return rebuilt_optimizer(case, setting)


def as_classes(case: Case, setting: Setting) -> Setting | None:
    """An output per class and cross entropy, where class numbers were regressed."""
    goal, y = setting.goal, case.targets
    last = case.trace.named(frozenset(("linear",)))[-1:] if case.trace is not None else []
    if goal is None or y is None or not last or goal.task != "regression":
        return None
    model, name = setting.program.model, last[0].module
    old = model.get_submodule(name) if name else model
    if not isinstance(old, nn.Linear) or not name:
        return None
    classes = int(y.max()) + 1
    torch.manual_seed(case.seed)
    parent, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(parent), attribute, nn.Linear(old.in_features, classes))
    setting = replace(setting, goal=Goal("classification", classes=classes))
    bare = no_last_activation(case, setting) or setting
    return rebuilt_optimizer(case, natural_loss(case, bare) or bare)


def reference_network(case: Case, setting: Setting) -> Setting | None:
    """An ordinary network in the place of the model: three layers, 64 wide, ReLU, Adam."""
    x, output = case.inputs, case.output
    if x is None or output is None or not x.is_floating_point() or output.ndim < 1:
        return None
    if setting.convention is None or len(float_inputs(setting.data.first[0])) > 2:
        return None
    torch.manual_seed(case.seed)
    wide = output[0].numel()
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(x[0].numel(), 64),
        nn.ReLU(),
        nn.Linear(64, 64),
        nn.ReLU(),
        nn.Linear(64, wide),
        nn.Unflatten(1, output.shape[1:]) if output.ndim > 1 else nn.Flatten(0),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    program = replace(setting.program, model=model, optimizer=optimizer, train_step=None)
    return natural_loss(case, replace(setting, program=program, change=Change()))


def float_inputs(batch: Any) -> list[Tensor]:
    """The floating tensors of a batch."""
    return [t for t in tensors_of(batch) if t.is_floating_point()]


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
