"""Loss and metrics over a training: training against validation, several runs together."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from irodori.lab.errors import LabError

_ALARM = "#c8283c"
_PLAIN = ("step", "seconds", "time", "epoch")  # what is counted, not measured


@dataclass(frozen=True)
class Event:
    """Something a person should look at: "surge", "plateau" or "not finite", from step to step."""

    kind: str
    start: int
    end: int


def read_metrics(run: str | Path) -> dict[str, list[tuple[int, float]]]:
    """Each metric of a run as (step, value), from its `metrics.jsonl` (or a file of that kind).

    A line is a JSON object with "step" and numbers. Raises LabError where there is none.
    """
    path = Path(run)
    path = path / "metrics.jsonl" if path.is_dir() else path
    if not path.is_file():
        raise LabError(f"{path}: no such metrics; name a run's folder or a file of JSON lines")
    series: dict[str, list[tuple[int, float]]] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue  # cut off by a crash
        for key, value in _numbers(line):
            series.setdefault(key, []).append((int(line["step"]), value))
    if not series:
        raise LabError(f"{path}: holds no line with a step and numbers yet")
    return series


def _numbers(line: Any) -> list[tuple[str, float]]:
    if not isinstance(line, Mapping) or not isinstance(line.get("step"), int):
        return []
    return [
        (key, float(value))
        for key, value in line.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and key not in _PLAIN
    ]


def events(values: Sequence[tuple[int, float]]) -> list[Event]:
    """Surges, plateaus and values that are not finite.

    A surge is a rise of the running median to more than twice its least so far; a plateau is half
    of all records without a gain of 1 % over the best before, at the end of the series.
    """
    steps = [step for step, _ in values]
    raw = np.array([value for _, value in values], float)
    found = [Event("not finite", steps[i], steps[i]) for i in np.flatnonzero(~np.isfinite(raw))[:1]]
    finite = np.flatnonzero(np.isfinite(raw))
    if len(finite) < 8:
        return found
    smooth = _smooth(raw[finite])
    least = np.minimum.accumulate(smooth)
    high = np.flatnonzero((smooth > 2 * least) & (least > 0))
    for part in np.split(high, np.flatnonzero(np.diff(high) > 1) + 1) if len(high) else []:
        found.append(Event("surge", steps[finite[part[0]]], steps[finite[part[-1]]]))
    half = len(smooth) // 2
    if least[-1] > least[half] - 0.01 * abs(least[half]):
        found.append(Event("plateau", steps[finite[half]], steps[finite[-1]]))
    return found


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    width = max(1, len(values) // 40) | 1
    padded = np.pad(values, width // 2, mode="edge")
    medians = np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)
    return np.asarray(medians, float)


def curves(*runs: str | Path, metrics: Sequence[str] | None = None) -> Figure:
    """Every metric of one or several runs, a panel each; surges and plateaus of one run are marked.

    Training and validation of the same metric share a panel: "train/loss" and "validation/loss", or
    "loss" and "validation_loss". Raises LabError where a run has no such metric.
    """
    if not runs:
        raise LabError("curves of which run? name at least one")
    read = {str(Path(run).name): read_metrics(run) for run in runs}
    panels = _panels([key for series in read.values() for key in series], metrics)
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.6 * columns, 2.7 * rows), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axis, (title, keys) in zip(axes, panels.items(), strict=False):
        _panel(axis, read, title, keys)
    for axis in axes[len(panels) :]:
        axis.axis("off")
    return figure


def _panels(keys: Sequence[str], wanted: Sequence[str] | None) -> dict[str, list[str]]:
    panels: dict[str, list[str]] = {}
    for key in dict.fromkeys(keys):
        panels.setdefault(_stem(key), []).append(key)
    if wanted is None:
        return panels
    unknown = [name for name in wanted if name not in panels and name not in keys]
    if unknown:
        raise LabError(f"no metric {unknown[0]!r} was recorded; there are {', '.join(panels)}")
    return {name: panels.get(name, [name]) for name in wanted}


def _stem(key: str) -> str:
    for side in ("training", "train", "validation", "valid", "val"):
        for joint in "/_. ":
            key = key.removeprefix(side + joint)
    return key


def _panel(
    axis: Axes,
    read: Mapping[str, Mapping[str, list[tuple[int, float]]]],
    title: str,
    keys: Sequence[str],
) -> None:
    least = math.inf
    highest = -math.inf
    for number, (run, series) in enumerate(read.items()):
        for key in keys:
            if key not in series:
                continue
            validation = key.startswith("val")
            steps, values = zip(*series[key], strict=True)
            array = np.array(values, float)
            name = key if len(read) == 1 else f"{run} {key}" if len(keys) > 1 else run
            color = f"C{number if len(read) > 1 else int(validation)}"
            if not validation and len(array) > 60:
                axis.plot(steps, array, color=color, alpha=0.25, linewidth=0.6)
                array = _smooth(array)
            axis.plot(steps, array, color=color, lw=1.5, ls="--" if validation else "-", label=name)
            finite = array[np.isfinite(array)]
            least, highest = min([least, *finite]), max([highest, *finite])
            if len(read) == 1 and "loss" in key and "adversarial" not in key:
                _mark(axis, events(series[key]))
    if least > 0 and highest > 30 * least:
        axis.set_yscale("log")
    axis.set_title(title, fontsize=9)
    axis.tick_params(labelsize=7)
    axis.legend(fontsize=6, frameon=False)
    axis.spines[["top", "right"]].set_visible(False)


def _mark(axis: Axes, found: Sequence[Event]) -> None:
    for event in found:
        color = "#b9c4be" if event.kind == "plateau" else _ALARM
        axis.axvspan(event.start, max(event.end, event.start + 1), color=color, alpha=0.18, lw=0)
        axis.annotate(
            event.kind, (event.start, 0.98), xycoords=("data", "axes fraction"),
            fontsize=6, color=_ALARM if event.kind != "plateau" else "#5c6b63", va="top",
        )  # fmt: skip
