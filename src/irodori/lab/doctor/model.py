"""Looks at the model: weights at the start, activations between layers, what trains."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.task import main_output

_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d)


def look(case: Case) -> list[Suspicion]:
    """Everything about the weights and the graph that is seen without training."""
    case.checked += [
        "weights start at random, at a fitting scale",
        "layers have activations between them",
        "dropout is moderate",
    ]
    found = [*_weights(case), *_biases(case), _missing_activations(case), _flat_hidden(case)]
    found += [_dropout(case), _dead_at_start(case), _frozen(case), _mode(case), _norm(case)]
    found.append(_capacity(case))
    return [f for f in found if f is not None]


def _weights(case: Case) -> list[Suspicion]:
    """Weights that are all the same, or at another scale than He, Glorot or LeCun would draw."""
    model = case.program.model
    layers = [(n, m) for n, m in model.named_modules() if isinstance(m, _LAYERS)]
    same, scale = [], []
    for place, (name, module) in enumerate(layers):
        weight = module.weight.detach().float()
        if weight.numel() < 2 or not module.weight.requires_grad:
            continue
        if bool((weight == weight.flatten()[0]).all()):
            # zeros in a last layer train: a residual branch or a head may start silent
            if float(weight.flatten()[0]) != 0 or place == 0 or place < len(layers) - 1:
                same.append((name, float(weight.flatten()[0])))
            continue
        if getattr(module, "groups", 1) == 1 and _twin_rows(weight):
            same.append((name, float("nan")))
            continue
        ratio = float(weight.std()) * math.sqrt(weight[0].numel())
        if weight.numel() >= 32 and not 1 / limit.INIT_RATIO / 1.8 < ratio < limit.INIT_RATIO:
            scale.append((name, float(weight.std()), ratio))
    found = []
    if same:
        found.append(_constant(same, silent=_breaks_free(case, [name for name, _ in same])))
    if scale:
        found.append(_scale(scale))
    elif not same:
        found.append(_any_init())
    return found


def _twin_rows(weight: Tensor) -> bool:
    """All output units start with the same weights, so they stay the same unit."""
    flat = weight.flatten(1)
    return len(flat) > 1 and bool((flat == flat[0]).all())


def _breaks_free(case: Case, names: list[str]) -> bool:
    """Whether the first gradient tells the units of these layers apart: then they start silent."""
    if case.convention is None:
        return False
    program = case.program.copy()
    batch = case.data.first[0]
    try:
        output = main_output(case.convention.forward(program.model, batch))
        if output is None:
            return False
        value = program.loss(output, case.convention.target(batch))
        value.backward()
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
        return False
    gradients = [program.model.get_parameter(f"{name}.weight").grad for name in names]
    return all(g is not None and bool(g.any()) and not _twin_rows(g) for g in gradients)


def _constant(same: list[tuple[str, float]], *, silent: bool) -> Suspicion:
    first = same[0][0]
    return Suspicion(
        code="constant-weights",
        family="initialization",
        title="A layer's weights all start at the same value",
        evidence=[
            f"{name}: all weights are {value:g}" if value == value else f"{name}: all rows equal"
            for name, value in same[:6]
        ],
        cause="Units that start the same get the same gradient and stay one and the same unit.",
        remedy=f"nn.init.kaiming_normal_(model.{first}.weight)  # or leave PyTorch's default",
        where=f"model.{first}",
        # zeros may be meant: a residual branch starts silent; a trial shows whether they harm
        weight=0.3 if silent else 0.95,
        certain=any(value != 0 for _, value in same),
        remedies=("reinitialized",),
    )


def _scale(scale: list[tuple[str, float, float]]) -> Suspicion:
    name, deviation, ratio = max(scale, key=lambda s: abs(math.log(max(s[2], 1e-9))))
    how = "large" if ratio > 1 else "small"
    return Suspicion(
        code="weight-scale",
        family="initialization",
        title=f"Weights start far too {how}",
        evidence=[f"{n}: deviation {d:.3g}, {r:.2g} times 1/sqrt(inputs)" for n, d, r in scale[:6]],
        cause=(
            "Signals grow from layer to layer until units saturate or the loss explodes."
            if ratio > 1
            else "Signals and gradients shrink from layer to layer until nothing arrives."
        ),
        remedy=f"nn.init.kaiming_normal_(model.{name}.weight)  # deviation sqrt(2 / inputs)",
        where=f"model.{name}",
        weight=min(0.95, 0.6 + 0.1 * abs(math.log(max(ratio, 1e-9)))),
        remedies=("reinitialized",),
        details={"ratio": ratio, "deviation": deviation},
    )


def _any_init() -> Suspicion:
    return Suspicion(
        code="initial-weights",
        family="initialization",
        title="The weights start at an unfortunate place",
        evidence=["the same network, drawn anew, trains better"],
        cause="Some starting weights lie where the gradient leads nowhere.",
        remedy="for m in model.modules(): getattr(m, 'reset_parameters', lambda: None)()",
        where="model",
        weight=0.12,
        remedies=("reinitialized",),
    )


def _capacity(case: Case) -> Suspicion:
    """A layer narrower than what goes in and what comes out; else any other architecture."""
    narrow: list[tuple[str, int, int]] = []
    layers = [(n, m) for n, m in case.program.model.named_modules() if isinstance(m, nn.Linear)]
    most = case.output[0].numel() if case.output is not None and case.output.ndim > 1 else 1
    rebuilds = case.inputs is not None and case.inputs[0].numel() == most  # an autoencoder
    for name, module in layers[:-1] if not rebuilds else ():
        if module.out_features < min(module.in_features, max(4, most / 2)):
            narrow.append((name, module.in_features, module.out_features))
    return Suspicion(
        code="too-narrow" if narrow else "architecture",
        family="architecture",
        title="A layer is too narrow" if narrow else "Another architecture suits the task better",
        evidence=[f"model.{n}: {i} values in, {o} out" for n, i, o in narrow[:4]]
        or ["an ordinary network of three layers learns it"],
        cause="What does not pass its narrowest place is lost to all layers behind.",
        remedy="nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, ...)",
        where=f"model.{narrow[0][0]}" if narrow else "model",
        weight=0.6 if narrow else 0.1,
        remedies=("wider",),
    )


def _biases(case: Case) -> list[Suspicion]:
    found = []
    for name, module in case.program.model.named_modules():
        bias = getattr(module, "bias", None)
        if isinstance(module, _LAYERS) and isinstance(bias, Tensor) and bias.numel() > 1:
            size = float(bias.detach().abs().mean())
            if size > 5 * max(1.0, float(module.weight.detach().std())):
                found.append((name, size))
    if not found:
        return []
    return [
        Suspicion(
            code="large-bias",
            family="initialization",
            title="Biases start far from zero",
            evidence=[f"{name}: mean magnitude {size:.3g}" for name, size in found[:6]],
            cause="The bias drowns what the layer's inputs say, and units saturate or die at once.",
            remedy=f"nn.init.zeros_(model.{found[0][0]}.bias)",
            where=f"model.{found[0][0]}",
            weight=0.8,
            remedies=("reinitialized",),
        )
    ]


def _missing_activations(case: Case) -> Suspicion | None:
    calls = case.trace.missing_activations() if case.trace is not None else []
    if not calls:
        return None
    none = case.trace is not None and not case.trace.hidden_activations()
    return Suspicion(
        code="no-activation",
        family="activation",
        title="Two layers follow each other with no activation between",
        evidence=[
            f"model.{c.module or 'forward'}: its input comes straight from another layer"
            for c in calls[:6]
        ],
        cause="Two linear layers in a row can do no more than a single one.",
        remedy="x = torch.relu(self.first(x)); x = self.second(x)",
        where=f"model.{calls[0].module}" if calls[0].module else "model.forward",
        weight=0.85 if none else 0.5,
        remedies=("added-activations",),
        details={"none": float(none)},
    )


def _flat_hidden(case: Case) -> Suspicion | None:
    """Sigmoid, tanh or softmax between layers: they saturate, and softmax makes units compete."""
    if case.trace is None:
        return None
    calls = [
        c
        for c in case.trace.hidden_activations()
        if c.name in ("sigmoid", "tanh", "softmax", "hardtanh", "softsign", "log_softmax")
    ]
    if not calls:
        return None
    names = sorted({c.name for c in calls})
    shares = [_saturated(c.inputs[0], c.name) for c in calls if c.inputs]
    worst = max(shares, default=0.0)
    soft = "softmax" in names or "log_softmax" in names
    weight = 0.7 if soft else 0.25
    weight = max(weight, 0.5 if worst > limit.SATURATED_SHARE else 0.0)
    return Suspicion(
        code="hidden-activation",
        family="activation",
        title=f"{' and '.join(names)} between the layers slows the learning down",
        evidence=[
            f"{len(calls)} times {' / '.join(names)}; up to {worst:.0%} of units saturated at "
            "the start"
        ],
        cause="Where such a unit is flat no gradient passes, and each layer loses some.",
        remedy="x = torch.relu(...)  # in the place of it, between the layers",
        where=f"model.{calls[0].module}" if calls[0].module else "model.forward",
        weight=min(0.8, weight + 0.1 * (len(calls) - 1)),
        remedies=("relu-hidden",),
    )


def _saturated(x: Tensor, name: str) -> float:
    edge = limit.SATURATED_AT if name == "sigmoid" else limit.SATURATED_AT / 2
    return float((x.detach().abs() > edge).float().mean())


def _dead_at_start(case: Case) -> Suspicion | None:
    """ReLU units that no sample of the first batch wakes."""
    if case.trace is None:
        return None
    relus = [c for c in case.trace.hidden_activations() if c.name in ("relu", "relu_")]
    dead = []
    for call in relus:
        output = call.output
        if isinstance(output, Tensor) and output.ndim >= 2 and len(output) >= 8:
            units = output.detach().movedim(1, 0).flatten(1)
            dead.append((call.module, float((units <= 0).all(1).float().mean())))
    bad = [(m, s) for m, s in dead if s >= limit.DEAD_SHARE]
    if not relus:
        return None
    return Suspicion(
        code="dead-units",
        family="activation",
        title="ReLU units are dead",
        evidence=[
            f"model.{m or 'forward'}: {s:.0%} are 0 for the whole first batch" for m, s in bad
        ]
        or ["units die in the course of training"],
        cause="A unit that is 0 for every sample gets no gradient and never comes back.",
        remedy="nn.LeakyReLU(0.1)  # in the place of nn.ReLU(); look at rate and scale first",
        where=f"model.{(bad or dead or [('', 0.0)])[0][0]}",
        weight=0.6 if bad else 0.12,
        remedies=("leaky-hidden",),
    )


def _dropout(case: Case) -> Suspicion | None:
    rates = [
        (n, m.p)
        for n, m in case.program.model.named_modules()
        if isinstance(m, nn.modules.dropout._DropoutNd)
    ]
    if case.trace is not None and not rates:
        for call in case.trace.calls:
            if "dropout" in call.name:
                p = call.options.get("p", next(iter(call.options["args"]), 0.5))
                rates.append((call.module, float(p)))
    high = [(n, p) for n, p in rates if p > limit.DROPOUT_HIGH]
    if not rates:
        return None
    top = max(p for _, p in rates)
    return Suspicion(
        code="dropout",
        family="regularization",
        title="Dropout takes too much away",
        evidence=[f"model.{n}: dropout {p:g}" for n, p in (high or rates)[:4]],
        cause="What is dropped cannot be learnt from; a small network or task has none to spare.",
        remedy="nn.Dropout(0.2)",
        where=f"model.{(high or rates)[0][0]}",
        weight=0.85 if top > 0.75 else 0.7 if high else 0.2,
        remedies=("no-dropout",),
    )


def _frozen(case: Case) -> Suspicion | None:
    model = case.program.model
    held = [n for n, p in model.named_parameters() if not p.requires_grad]
    if not held:
        return None
    everything = len(held) == len(list(model.parameters()))
    return Suspicion(
        code="all-frozen" if everything else "frozen",
        family="frozen",
        title="Nothing trains" if everything else "Layers are frozen that should train",
        evidence=[f"{len(held)} parameters have requires_grad=False: {', '.join(held[:5])}"],
        cause="A frozen layer stays at its start; frozen at random it passes on noise.",
        remedy="for p in model.parameters(): p.requires_grad_(True)",
        where=f"model.{held[0]}",
        weight=1.0 if everything else 0.55,
        certain=everything,
        remedies=("unfrozen",),
    )


_MODE_LAYERS = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._NormBase)


def _mode(case: Case) -> Suspicion | None:
    layers = [m for m in case.program.model.modules() if isinstance(m, _MODE_LAYERS)]
    if not layers or case.program.model.training or any(m.training for m in layers):
        return None
    return Suspicion(
        code="trains-in-eval",
        family="mode",
        title="The model trains in evaluation mode",
        evidence=[f"model.training is False; {len(layers)} dropout or norm layers depend on it"],
        cause="Dropout does nothing, and batch norm uses statistics that it never updates.",
        remedy="model.train()  # before each epoch; model.eval() before validation",
        where="model",
        weight=0.8,
        remedies=("training-mode",),
    )


def _norm(case: Case) -> Suspicion | None:
    """Batch norm over so few samples that its statistics are noise."""
    layers = [
        (n, m)
        for n, m in case.program.model.named_modules()
        if isinstance(m, nn.modules.batchnorm._BatchNorm)
    ]
    odd = [(n, m) for n, m in layers if m.momentum is not None and not 1e-3 <= m.momentum <= 0.9]
    if not odd:
        return None
    return Suspicion(
        code="norm-momentum",
        family="mode",
        title="Batch norm's running statistics do not follow the data",
        evidence=[f"model.{n}: momentum {m.momentum:g}, customary 0.1" for n, m in odd[:4]],
        cause="In evaluation it normalizes by statistics that belong to other data.",
        remedy="nn.BatchNorm2d(channels, momentum=0.1)",
        where=f"model.{odd[0][0]}",
        weight=0.6,
    )


def counted(model: nn.Module) -> int:
    """How many numbers the model can learn."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def is_finite(model: nn.Module) -> bool:
    """No weight is NaN or infinite."""
    with torch.no_grad():
        return all(bool(p.isfinite().all()) for p in model.parameters())
