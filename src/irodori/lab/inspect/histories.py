"""How a network's inside changed over a training: ridgelines, gradients, dead units, updates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from irodori.lab.errors import LabError
from irodori.lab.inspect.recorder import read

KINDS = ("outputs", "weights", "gradients")
_INK, _ALARM, _GOOD = "#33413a", "#c8283c", "#2a7d6b"
_RIDGES = 24  # records drawn per layer, evenly over the run


def histories(
    path: str | Path, kind: str = "weights", *, layers: Sequence[str] | None = None, most: int = 24
) -> Figure:
    """Ridgelines, a panel per layer: a histogram per record, the earliest at the back.

    path: a file that `record` wrote, or the folder of a run that holds `histories.jsonl`. kind:
    outputs (before the nonlinearity), weights (and biases) or gradients. A bell that is centred on
    zero and stays so is a good sign. Records with NaN are red. Raises LabError.
    """
    lines = _lines(path)
    if kind not in KINDS:
        raise LabError(f"histories of {kind!r} are not recorded; there are {', '.join(KINDS)}")
    names = _chosen(lines, kind, layers)[:most]
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(3 * columns, 2.3 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    for axis in panels.flat[len(names) :]:
        axis.axis("off")
    for name, axis in zip(names, panels.flat, strict=False):
        _ridges(axis, [(line["step"], line[kind].get(name)) for line in lines])
        axis.set_title(name, fontsize=8)
    return figure


def _lines(path: str | Path) -> list[Mapping[str, Any]]:
    file = Path(path)
    file = file / "histories.jsonl" if file.is_dir() else file
    if not file.is_file():
        raise LabError(f"{file}: no such recording; write one with inspect.record(...)")
    lines = read(file)
    if not lines:
        raise LabError(f"{file}: holds no whole record yet; let the training run on")
    return lines


def _chosen(
    lines: Sequence[Mapping[str, Any]], kind: str, layers: Sequence[str] | None
) -> list[str]:
    there = list(dict.fromkeys(name for line in lines for name in line[kind]))
    if layers is None:
        if not there:
            raise LabError(f"no {kind} were recorded")
        return there
    unknown = [name for name in layers if name not in there]
    if unknown:
        raise LabError(
            f"no {kind} of {unknown[0]!r} were recorded; there are {', '.join(there[:8])}"
        )
    return list(layers)


def _ridges(axis: Axes, records: Sequence[tuple[int, list[float] | None]]) -> None:
    some = [records[i] for i in np.unique(np.linspace(0, len(records) - 1, _RIDGES).astype(int))]
    shown = [(step, each) for step, each in some if each is not None]
    if not shown:
        axis.text(0.5, 0.5, "nothing", transform=axis.transAxes, ha="center", color=_ALARM)
        return
    spread = [each for _, each in shown if each[1] > each[0]]
    low = min((each[0] for each in spread), default=-1.0)
    high = max((each[1] for each in spread), default=1.0)
    grid = np.linspace(low, high, 160)
    colors = colormaps["viridis"](np.linspace(0, 0.85, len(shown)))
    for number, ((_, each), color) in enumerate(zip(shown, colors, strict=True)):
        base = len(shown) - 1 - number  # the earliest at the back, which is the top
        lost = each[2] > 0
        height = 2.2 * _density(each, grid)
        axis.fill_between(
            grid, base, base + height, color=_ALARM if lost else color, alpha=0.75, lw=0
        )
        axis.plot(grid, base + height, color="white", linewidth=0.5)
    axis.set_yticks(
        [len(shown) - 1, 0], [f"step {shown[0][0]}", f"step {shown[-1][0]}"], fontsize=6
    )
    axis.tick_params(axis="x", labelsize=6)
    axis.xaxis.set_major_locator(MaxNLocator(4))
    if low <= 0 <= high:  # where all lies far from it, zero would leave no room for the rest
        axis.axvline(0, color=_INK, linewidth=0.4)
    axis.spines[["top", "right", "left"]].set_visible(False)


def _density(each: Sequence[float], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """A histogram as heights over `grid`, its highest at 1."""
    low, high, counts = each[0], each[1], np.asarray(each[3:], float)
    if not counts.any():
        return np.zeros_like(grid)
    if high <= low:
        return np.asarray(np.abs(grid - low) <= grid[1] - grid[0], float)
    centres = low + (np.arange(len(counts)) + 0.5) * (high - low) / len(counts)
    heights = np.interp(grid, centres, counts / counts.max(), left=0, right=0)
    return np.asarray(heights, float)


def flow(path: str | Path, *, most: int = 32) -> Figure:
    """Three strips over the run, a row per layer from first to last.

    The size of gradients (they should not fade from last to first), updates over weights (near
    1e-3 is customary), and the share of dead units after each ReLU.
    """
    lines = _lines(path)
    weights = [name for name in _chosen(lines, "weights", None) if not name.endswith("bias")][:most]
    dead = list(dict.fromkeys(name for line in lines for name in line["dead"]))[:most]
    sizes = [[_size(line["gradients"].get(name)) for line in lines] for name in weights]
    ratios = [[_log(line["updates"].get(name)) for line in lines] for name in weights]
    shares = [[line["dead"].get(name, math.nan) for line in lines] for name in dead]
    parts = [
        (weights, sizes, "gradient, log10", (-8.0, 1.0), "RdYlBu_r"),
        (weights, ratios, "update / weight, log10", (-6.0, 0.0), "RdYlBu_r"),
    ]
    if dead:
        parts.append((dead, shares, "share of dead units", (0.0, 1.0), "YlOrRd"))
    figure = Figure(
        figsize=(4.6 * len(parts), 1.2 + 0.2 * max(map(len, (weights, dead)))), layout="constrained"
    )
    for axis, (names, values, title, span, colors) in zip(
        figure.subplots(1, len(parts), squeeze=False)[0], parts, strict=True
    ):
        edges = (lines[0]["step"], max(lines[-1]["step"], lines[0]["step"] + 1))
        image = axis.imshow(
            np.ma.masked_invalid(np.asarray(values, float)),
            aspect="auto",
            interpolation="nearest",
            cmap=colormaps[colors].with_extremes(bad="#777777"),
            vmin=span[0],
            vmax=span[1],
            extent=(*edges, len(names) - 0.5, -0.5),
        )
        axis.set_yticks(range(len(names)), names, fontsize=6)
        axis.set_title(title + " (gray: none)", fontsize=9)
        axis.set_xlabel("step", fontsize=8)
        axis.tick_params(axis="x", labelsize=7)
        figure.colorbar(image, ax=axis).ax.tick_params(labelsize=7)
    return figure


def _size(each: Sequence[float] | None) -> float:
    """The logarithm of a histogram's root mean square."""
    if each is None or each[2] > 0:
        return math.nan
    low, high, counts = each[0], each[1], np.asarray(each[3:], float)
    if not counts.any():
        return math.nan
    centres = low + (np.arange(len(counts)) + 0.5) * (high - low) / len(counts)
    return _log(float(np.sqrt((counts * centres**2).sum() / counts.sum())))


def _log(value: float | None) -> float:
    if value is None or not math.isfinite(value):
        return math.nan
    return math.log10(max(value, 1e-12))
