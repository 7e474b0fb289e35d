"""What groups cost, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from irodori.lab.error_analysis.cost import Group

_BAR, _SURE = "#e2b7a6", "#b3452c"


def cost_chart(groups: Sequence[Group], mean: float) -> Figure:
    """A bar for each group, the costliest on top, in percent of the mean error of all samples.

    The dark part is sure. mean: that mean error.
    """
    figure = Figure(figsize=(5.8, 1.1 + 0.42 * max(1, len(groups))), layout="constrained")
    axis = figure.subplots()
    scale = 100 / max(mean, 1e-12)
    for row, group in enumerate(groups):
        axis.barh(row, scale * group.cost, color=_BAR, height=0.62)
        axis.barh(row, scale * max(0.0, group.least), color=_SURE, height=0.62)
        note = f"  {len(group.members)} samples, {group.error / max(group.rest, 1e-12):.1f} x"
        axis.text(scale * group.cost, row, note, va="center", fontsize=8)
    axis.set_yticks(range(len(groups)), [str(group.rule) for group in groups], fontsize=9)
    axis.invert_yaxis()
    axis.set_xlabel("percent of the mean error that would go (dark: surely)", fontsize=8)
    axis.tick_params(axis="x", labelsize=8)
    axis.margins(x=0.45)
    axis.set_xlim(left=0)
    axis.spines[["top", "right"]].set_visible(False)
    return figure
