"""What of a recipe can be searched, and the way from values that were found back to a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from irodori.lab import tune
from irodori.lab.tune.axes import Axis
from irodori.network.parts import Activation, Norm
from irodori.training.designs import WIDTHS, build
from irodori.training.errors import TrainingError
from irodori.training.recipe import Recipe, Schedule
from irodori.training.runs import kit_for

_GROWTH = (1, 2, 4, 6, 8, 10)
"""How many times the first layer's width the layers have."""


def widths(size: tune.Size) -> tuple[int, ...]:
    """Channels of the layers, finest first."""
    return tuple(size.width * factor for factor in _GROWTH[: size.layers])


def settings() -> dict[str, Axis]:
    """What of a recipe can be searched, and over which values."""
    pieces = tune.spaces.standard()
    ours: dict[str, Axis] = {
        "layers": tune.linear(2, 6, cells=4, least=2, most=6, whole=True),
        "schedule": tune.choice(*get_args(Schedule)),
        "act": tune.choice(*get_args(Activation)),
        "norm": tune.choice(*get_args(Norm)),
    }
    return {
        name: ours.get(name, axis) for name, axis in pieces.items() if name != "second_momentum"
    }


def chosen(over: Sequence[str]) -> dict[str, Axis]:
    """Some of `settings()`. Raises TrainingError for names that are none."""
    every = settings()
    unknown = [name for name in over if name not in every]
    if unknown or not over:
        raise TrainingError(
            f"--over {','.join(over)}: no such setting {', '.join(unknown)}; there are "
            f"{', '.join(every)}"
        )
    return {name: every[name] for name in over}


def now(recipe: Recipe, space: tune.Space) -> tune.Values:
    """The recipe's own values on a space's axes, or the nearest that the axes allow."""
    design = build(recipe.design, kit_for(recipe, {}))
    momentum = 0.9 if design.adversary is None else 0.5
    own: dict[str, Any] = {
        "rate": design.rate if recipe.rate is None else recipe.rate,
        "momentum": momentum if recipe.momentum is None else recipe.momentum,
        "act": recipe.act or "relu",
        "norm": recipe.norm or "batch",
        "width": (recipe.widths or WIDTHS)[0],
        "layers": len(recipe.widths or WIDTHS),
    }
    values = {name: own.get(name, getattr(recipe, name, None)) for name in space}
    return {name: _allowed(space[name], value) for name, value in values.items()}


def _allowed(axis: Axis, value: Any) -> Any:
    if isinstance(axis, tune.Choice):
        return value if value in axis.options else axis.options[0]
    return min(axis.most, max(axis.least, value))


def changed(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """The recipe with values of `settings()` in it."""
    rest = dict(values)
    if "width" in rest or "layers" in rest:
        size = now(recipe, {name: settings()[name] for name in ("width", "layers")}) | rest
        rest["widths"] = widths(tune.Size(size["layers"], size["width"]))
        rest.pop("width", None)
        rest.pop("layers", None)
    return replace(recipe, **rest)


def options(recipe: Recipe, values: Mapping[str, Any]) -> str:
    """Values as options of `irodori train`."""
    better = changed(recipe, values)
    shown = {
        "lr": better.rate, "batch-size": better.batch, "momentum": better.momentum,
        "schedule": better.schedule, "l1": better.l1, "l2": better.l2,
        "weight-decay": better.weight_decay, "dropout": better.dropout,
        "widths": better.widths and ",".join(map(str, better.widths)),
        "act": better.act, "norm": better.norm,
    }  # fmt: skip
    names = {"rate": "lr", "batch": "batch-size", "width": "widths", "layers": "widths"}
    wanted = [names.get(name, name.replace("_", "-")) for name in values]
    told = [(name, shown[name]) for name in dict.fromkeys(wanted)]
    return " ".join(
        f"--{name} {value:.3g}" if isinstance(value, float) else f"--{name} {value}"
        for name, value in told
    )
