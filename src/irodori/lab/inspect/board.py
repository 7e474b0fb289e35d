"""A record of a recorder on TensorBoard: histograms per layer, update ratios and dead shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def log(board: Any, line: Mapping[str, Any]) -> None:
    """Puts one record, a line as `recorder.read` gives it, on a `SummaryWriter`.

    Histograms of what was finite: outputs/LAYER, weights/NAME, biases/NAME, gradients/NAME.
    Scalars: updates/NAME, dead/LAYER, and where something was not finite its share, as
    not_finite/KIND/NAME.
    """
    step = line["step"]
    for kind in ("outputs", "weights", "gradients"):
        for name, each in line[kind].items():
            shown = "biases" if kind == "weights" and name.endswith("bias") else kind
            if each[2] > 0:
                board.add_scalar(f"not_finite/{shown}/{name}", each[2], step)
            if any(each[3:]):
                _histogram(board, f"{shown}/{name}", each, step)
    for kind in ("updates", "dead"):
        for name, value in line[kind].items():
            if value is not None:
                board.add_scalar(f"{kind}/{name}", value, step)


def _histogram(board: Any, tag: str, each: Sequence[float], step: int) -> None:
    low, high, counts = each[0], each[1], np.asarray(each[3:], float)
    edges = np.linspace(low, high, len(counts) + 1) if high > low else np.full(len(counts) + 1, low)
    centers = (edges[:-1] + edges[1:]) / 2
    board.add_histogram_raw(
        tag,
        min=low,
        max=high,
        num=int(counts.sum()),
        sum=float((counts * centers).sum()),
        sum_squares=float((counts * centers**2).sum()),
        bucket_limits=edges[1:].tolist(),
        bucket_counts=counts.tolist(),
        global_step=step,
    )
