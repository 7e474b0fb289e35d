"""The pictures on the page, as SVG: curves, what each remedy gained, layer strips, histograms."""

from __future__ import annotations

import io
import math
from typing import Any

import torch
from torch import Tensor

from irodori.lab.doctor.remedies import PLAIN_NAMES
from irodori.lab.doctor.trial import History
from irodori.lab.doctor.watch import Record

INK, MUTED, GOOD, BAD = "#26323d", "#8a97a3", "#2a7f62", "#c0492f"
LINES = (GOOD, "#4a7fb5", "#b0872f")


def _figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # no pyplot: nothing global is touched

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)
    return figure, axes


def _svg(figure: Any) -> str:
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "irodori"}):
        figure.savefig(out, format="svg", transparent=True)
    text = out.getvalue()
    return text[text.index("<svg") :]


def loss_curve(losses: list[float], steps: list[int] | None = None) -> str:
    """Loss over steps, each value faint and a running median strong; log scale for wide ranges."""
    finite = [
        (s, v)
        for s, v in zip(steps or range(1, len(losses) + 1), losses, strict=True)
        if math.isfinite(v)
    ]
    figure, axes = _figure(6.4, 2.6)
    if finite:
        stride = max(1, len(finite) // 2000)
        thin = finite[::stride]
        xs, ys = [s for s, _ in thin], [v for _, v in thin]
        axes.plot(xs, ys, color=MUTED, linewidth=0.6, alpha=0.6)
        smooth = _smoothed(ys)
        axes.plot(xs, smooth, color=INK, linewidth=1.6)
        if min(ys) > 0 and max(ys) / min(ys) > 30:
            axes.set_yscale("log")
        if len(xs) > 1 and len(finite) < len(losses):
            axes.axvline(xs[-1], color=BAD, linewidth=1)
            axes.text(xs[-1], max(ys), " NaN", color=BAD, fontsize=8, va="top")
    axes.set_xlabel("step", fontsize=8, color=INK)
    axes.set_ylabel("training loss", fontsize=8, color=INK)
    return _svg(figure)


def _smoothed(values: list[float]) -> list[float]:
    width = max(1, len(values) // 40)
    series = torch.tensor(values)
    padded = torch.nn.functional.pad(
        series[None, None], (width // 2, width - 1 - width // 2), mode="replicate"
    )[0, 0]
    return [float(v) for v in padded.unfold(0, width, 1).median(1).values]


def score_curves(main: History, others: dict[str, History]) -> str:
    """Score over the share of the plan, as it is and with the remedies that helped most."""
    figure, axes = _figure(6.4, 2.8)
    for color, (name, history) in zip(LINES, others.items(), strict=False):
        label = PLAIN_NAMES.get(name, name)
        axes.plot(*_points(history), color=color, linewidth=1.6, label=label)
    axes.plot(*_points(main), color=BAD if others else INK, linewidth=2.2, label="as it is")
    axes.set_ylim(-0.05, 1.05)
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("share of the plan", fontsize=8, color=INK)
    axes.set_ylabel("score", fontsize=8, color=INK)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return _svg(figure)


def _points(history: History) -> tuple[list[float], list[float]]:
    top = max(1, history.planned)
    return [s / top for s, _ in history.scores], [max(-0.05, v) for _, v in history.scores]


def gains(gained: dict[str, float]) -> str:
    """What each remedy gained, a bar each, best on top."""
    ordered = sorted(gained.items(), key=lambda pair: pair[1])
    figure, axes = _figure(6.4, 0.6 + 0.24 * len(ordered))
    values = [max(-1.0, v) for _, v in ordered]
    axes.barh(
        [PLAIN_NAMES.get(n, n) for n, _ in ordered],
        values,
        color=[GOOD if v > 0.05 else MUTED for v in values],
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel("gain in score when this one thing is changed", fontsize=8, color=INK)
    return _svg(figure)


def strips(record: Record) -> str:
    """A row per layer: gradient, and update over weight, from first to last sample."""
    samples = [s for s in record.samples if s.gradients]
    names = [n for n in record.layers if not n.endswith("bias")][:24]
    if len(samples) < 2 or not names:
        return ""
    from matplotlib.figure import Figure

    gradient = [[_log(s.gradients.get(n, 0.0)) for s in samples] for n in names]
    ratio = [
        [_log(s.updates.get(n, 0.0) / max(s.weights.get(n, 0.0), 1e-12)) for s in samples]
        for n in names
    ]
    figure = Figure(figsize=(7.4, 1.0 + 0.22 * len(names)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, values, title, span in (
        (left, gradient, "gradient (log10)", (-8, 1)),
        (right, ratio, "update / weight (log10); -3 is customary", (-6, 0)),
    ):
        image = axes.imshow(
            values,
            aspect="auto",
            cmap="RdYlBu_r",
            vmin=span[0],
            vmax=span[1],
            extent=(samples[0].step, samples[-1].step, len(names) - 0.5, -0.5),
        )
        axes.set_title(title, fontsize=8, color=INK)
        axes.tick_params(labelsize=7, colors=INK)
        axes.set_xlabel("step", fontsize=8, color=INK)
        figure.colorbar(image, ax=axes).ax.tick_params(labelsize=7)
    left.set_yticks(range(len(names)), names)
    return _svg(figure)


def _log(value: float) -> float:
    return math.log10(value) if value > 1e-12 and math.isfinite(value) else -12.0


def units(record: Record) -> str:
    """A row per layer: how many units are dead or saturated, over the run."""
    samples = [s for s in record.samples if s.outputs]
    names = [
        n
        for n, k in record.kinds.items()
        if any(s.outputs.get(n, (0.0, 0.0, 0.0))[2] > 0 for s in samples)
    ][:24]
    if len(samples) < 2 or not names:
        return ""
    figure, axes = _figure(6.4, 0.9 + 0.24 * len(names))
    values = [[s.outputs.get(n, (0.0, 0.0, 0.0))[2] for s in samples] for n in names]
    image = axes.imshow(
        values,
        aspect="auto",
        cmap="Reds",
        vmin=0,
        vmax=1,
        extent=(samples[0].step, samples[-1].step, len(names) - 0.5, -0.5),
    )
    axes.set_yticks(range(len(names)), [f"{n} ({record.kinds[n]})" for n in names])
    axes.set_xlabel("step", fontsize=8, color=INK)
    figure.colorbar(image, ax=axes).ax.tick_params(labelsize=7)
    return _svg(figure)


def histogram(tensor: Tensor, title: str) -> str:
    """How values are spread; what is not finite is left out and counted in the title."""
    flat = tensor.detach().float().reshape(-1)
    flat = flat[:: max(1, flat.numel() // 20000)]
    good = flat[flat.isfinite()]
    lost = len(flat) - len(good)
    figure, axes = _figure(2.6, 1.7)
    if len(good):
        whole = bool((good == good.round()).all()) and len(good.unique()) <= 40  # type: ignore[no-untyped-call]
        bins = int(good.max() - good.min()) + 1 if whole else 40
        axes.hist(good.numpy(), bins=min(max(bins, 1), 60), color=INK)
    axes.set_title(title + (f" ({lost} not finite)" if lost else ""), fontsize=8.5, color=INK)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return _svg(figure)
