"""Figures: loss curves over rates, the mesh, how a model grew."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from irodori.lab.tune.axes import Axis, Choice, Space
from irodori.lab.tune.capacity import Capacity, Tested
from irodori.lab.tune.rate import Rates
from irodori.lab.tune.sampler import CLAIM, result

_GOOD, _BAD, _PLAIN = "#2a7d6b", "#c8283c", "#5c6b63"
_MOST_PANELS = 6


def rate_curves(rates: Rates) -> Figure:
    """Left the loss over the steps, a line for each rate; right where it ended, over the rate."""
    figure = Figure(figsize=(10.5, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
    colors = colormaps["viridis"](np.linspace(0.95, 0, len(rates.curves)))
    start = np.median([curve.start for curve in rates.curves if curve.losses])
    for curve, color in zip(rates.curves, colors, strict=True):
        chosen = curve.rate == rates.proposed
        smooth = _smoothed(curve.losses)
        style = {"color": _BAD if chosen else color, "lw": 2.6 if chosen else 1.2}
        left.plot(range(1, len(smooth) + 1), smooth, label=f"{curve.rate:g}", **style)
        if curve.ended and smooth:
            left.plot(len(smooth), smooth[-1], "x", color=color, ms=7, mew=2)
    left.set(xlabel="step", ylabel="loss", title="Each rate's short run (x: went to pieces)")
    left.set_ylim(top=min(1.6 * start, left.get_ylim()[1]))
    left.legend(title="rate", frameon=False, fontsize=8, loc="upper right", ncols=2)
    alive = [curve for curve in rates.curves if math.isfinite(curve.end)]
    right.plot([c.rate for c in alive], [c.end for c in alive], "o-", color=_PLAIN)
    for curve in rates.curves:
        if curve.ended:
            right.plot(curve.rate, min(1.5 * start, right.get_ylim()[1]), "x", color=_BAD, ms=8)
    right.axhline(start, color=_PLAIN, lw=0.8, ls=":")
    right.axvline(rates.proposed, color=_BAD, lw=1.5)
    right.set(
        xscale="log", xlabel="rate", title=f"Where the loss ended; proposed: {rates.proposed:g}"
    )
    return _plain(figure, left, right)


def _smoothed(losses: Sequence[float]) -> list[float]:
    """Each value's mean with the few before it."""
    width = max(1, len(losses) // 12)
    return [float(np.mean(losses[max(0, n - width + 1) : n + 1])) for n in range(len(losses))]


def mesh_picture(space: Space, study: Study, *, title: str = "") -> Figure:
    """Where was tried and how good it was, a panel for each two axes that vary.

    A cell is colored by the best result in it, the first mesh is outlined, a star is the best
    point; small dots ended well, triangles were ended early, crosses failed.
    """
    trials = study.get_trials(deepcopy=False)
    trials = [t for t in trials if set(space) <= set(t.params) and t.state != TrialState.RUNNING]
    varied = [n for n in space if len({t.params[n] for t in trials}) > 1] or list(space)[:1]
    pairs: Sequence[tuple[str, str | None]] = [(varied[0], None)]
    if len(varied) > 1:
        pairs = [(across, up) for across, up in combinations(varied, 2)][:_MOST_PANELS]
    columns = min(3, len(pairs))
    rows = -(-len(pairs) // columns)
    figure = Figure(figsize=(4.4 * columns + 1, 3.9 * rows), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    scale = _color_scale(trials)
    for axis, (across, up) in zip(axes, pairs, strict=False):
        _mesh_panel(axis, space, trials, (across, up), scale)
    for axis in axes[len(pairs) :]:
        axis.axis("off")
    if title:
        figure.suptitle(title, fontsize=11)
    if any(t.state == TrialState.COMPLETE for t in trials) and pairs[0][1] is not None:
        mappable = ScalarMappable(scale, colormaps["viridis_r"])
        figure.colorbar(mappable, ax=axes, label="result: the less, the better", shrink=0.8)
    return _plain(figure, *axes)


def _color_scale(trials: Sequence[FrozenTrial]) -> Normalize:
    values = sorted(filter(math.isfinite, map(result, trials)))
    if not values:
        return Normalize(0, 1)
    low, high = values[0], values[int(0.8 * (len(values) - 1))]  # a few bad ones are all dark
    high = high if high > low else low + max(1e-9, abs(low) * 1e-3)
    return Normalize(low, high)


def _mesh_panel(
    axis: Axes,
    space: Space,
    trials: Sequence[FrozenTrial],
    names: tuple[str, str | None],
    scale: Normalize,
) -> None:
    across, up = names
    points = [(t, space[across].place(t.params[across]), _height(space, up, t)) for t in trials]
    if up is not None:
        _cells(axis, space, trials, (across, up), scale)
        size = (space[across].cells, space[up].cells)
        axis.add_patch(Rectangle((0, 0), *size, fill=False, ec="#2b332f", lw=1.6, zorder=3))
    for trial, x, y in points:
        marker = {"COMPLETE": "o", "PRUNED": "v"}.get(trial.state.name, "x")
        color = _BAD if marker == "x" else "#2b332f"
        if not math.isfinite(y):
            axis.axvline(x, color=color, lw=0.6, ls=":")
            continue
        axis.plot(x, y, marker, color=color, ms=6 if marker == "x" else 3.5, zorder=4)
    done = [p for p in points if p[0].state == TrialState.COMPLETE]
    if done:
        _, x, y = min(done, key=lambda p: result(p[0]))
        axis.plot([x], [y], "*", color="#ffd24a", mec="#2b332f", ms=15, zorder=5)
    _ticks(axis, space[across], [p[1] for p in points], "x")
    axis.set_xlabel(across)
    axis.set_ylabel("result" if up is None else up)
    if up is None:
        axis.axvspan(0, space[across].cells, color=_PLAIN, alpha=0.08, lw=0)
    else:
        _ticks(axis, space[up], [p[2] for p in points], "y")


def _height(space: Space, up: str | None, trial: FrozenTrial) -> float:
    """Its place on the other axis; with one axis the result, or the last value before its end."""
    if up is not None:
        return space[up].place(trial.params[up])
    if trial.state == TrialState.PRUNED and trial.last_step is not None:
        return trial.intermediate_values[trial.last_step]
    return result(trial)


def _cells(
    axis: Axes,
    space: Space,
    trials: Sequence[FrozenTrial],
    names: tuple[str, str],
    scale: Normalize,
) -> None:
    """Every cell tried, at its own level, the coarse ones below."""
    found: dict[tuple[int, int, int], float] = {}
    for trial in trials:
        claim = trial.user_attrs.get(CLAIM)
        if claim is None:
            continue
        level = claim["level"]
        key = (level, *(space[n].cell(trial.params[n], level) for n in names))
        found[key] = min(found.get(key, math.inf), result(trial))
    for (level, column, row), value in sorted(found.items(), key=lambda item: item[0][0]):
        wide, high = (1 if isinstance(space[n], Choice) else 0.5**level for n in names)
        color = colormaps["viridis_r"](scale(value)) if math.isfinite(value) else "#e4e2dc"
        place = (column * wide, row * high)
        axis.add_patch(Rectangle(place, wide, high, fc=color, ec="white", lw=0.8, alpha=0.85))


def _ticks(axis: Axes, scale: Axis, places: Sequence[float], side: str) -> None:
    """Marks at edges of coarse cells, or in the middle of options."""
    if isinstance(scale, Choice):
        marks = [(n + 0.5, str(option)) for n, option in enumerate(scale.options)]
        low, high = 0, scale.cells
    else:
        low = min([0, *map(math.floor, places)])
        high = max([scale.cells, *map(math.ceil, places)])
        every = max(1, (high - low) // 6)
        marks = [(n, f"{scale.value(n):.3g}") for n in range(low, high + 1, every)]
    set_marks = axis.set_xticks if side == "x" else axis.set_yticks
    set_marks([at for at, _ in marks], [name for _, name in marks], fontsize=8)
    (axis.set_xlim if side == "x" else axis.set_ylim)(low - 0.1, high + 0.1)


def progress(studies: Mapping[str, Study]) -> Figure:
    """Each trial's result in the order of the search, and the best so far."""
    figure = Figure(figsize=(8.5, 3), layout="constrained")
    axis = figure.subplots()
    begin = 0
    for number, (name, study) in enumerate(studies.items()):
        trials = study.get_trials(deepcopy=False)
        done = [
            (begin + n, t.value) for n, t in enumerate(trials) if t.state == TrialState.COMPLETE
        ]
        if done:
            places, values = zip(*done, strict=True)
            axis.plot(places, values, "o", color=f"C{number}", ms=4, label=name)
            axis.step(places, np.minimum.accumulate(values), color=f"C{number}", where="post")
        begin += len(trials)
    axis.set(
        xlabel="trial", ylabel="result", title="Results in their order; lines: the best so far"
    )
    axis.legend(frameon=False)
    return _plain(figure, axis)


def growth(capacity: Capacity) -> Figure:
    """Left errors over the cost of every size tried; right over the strength of regularization."""
    figure = Figure(figsize=(10.5, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
    _sizes(left, capacity)
    if len(capacity.strengths) == 1:
        right.axis("off")
        right.text(0.5, 0.5, "no regularization was needed", ha="center", color=_PLAIN)
        return _plain(figure, left)
    strengths = sorted((t for t in capacity.strengths if t.fit), key=lambda t: t.strength)
    least = min((t.strength for t in strengths if t.strength), default=1.0)
    places = [t.strength or least / 10 for t in strengths]
    _two_lines(right, places, strengths)
    right.set(
        xscale="log", xlabel="regularization (left: none)", title=f"{capacity.size}, regularized"
    )
    right.axvline(capacity.strength or least / 10, color=_BAD, lw=1.5)
    right.legend(frameon=False, fontsize=8)
    return _plain(figure, left, right)


def _sizes(axis: Axes, capacity: Capacity) -> None:
    fitted = [t for t in capacity.sizes if t.fit is not None]
    taken = [t for t in fitted if t.taken]
    cost = {id(t): _cost(t, fitted[0]) for t in fitted}
    _two_lines(axis, [cost[id(t)] for t in taken], taken)
    for tested in fitted:
        assert tested.fit is not None
        x, y = cost[id(tested)], tested.fit.validation
        if not tested.taken:
            axis.plot(x, y, "x", color=_PLAIN, ms=6)
        axis.annotate(
            f"{tested.size.layers}×{tested.size.width}", (x, y), xytext=(3, 4),
            textcoords="offset points", fontsize=8, color=_BAD if tested.taken else _PLAIN,
        )  # fmt: skip
    if max(cost.values()) > 10:
        axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:.3g}")
    axis.margins(x=0.12)
    axis.set_xlabel("cost: time and memory over the smallest model's")
    axis.set_title("layers × width; crosses were not taken")
    axis.legend(frameon=False, fontsize=8)


def _cost(tested: Tested, first: Tested) -> float:
    assert tested.fit is not None
    assert first.fit is not None
    return math.sqrt(
        tested.fit.seconds / max(first.fit.seconds, 1e-9) * tested.fit.memory / first.fit.memory
    )


def _two_lines(axis: Axes, places: Sequence[float], tested: Sequence[Tested]) -> None:
    """Validation and training errors, and the gap between them."""
    validation = [t.fit.validation for t in tested if t.fit]
    training = [t.fit.training for t in tested if t.fit]
    axis.plot(places, validation, "o-", color=_BAD, label="validation")
    axis.plot(places, training, "o--", color=_GOOD, label="training")
    axis.fill_between(places, training, validation, color=_PLAIN, alpha=0.12, lw=0)
    axis.set_ylabel("error")


def _plain(figure: Figure, *axes: Axes) -> Figure:
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.title.set_fontsize(10)
    return figure
