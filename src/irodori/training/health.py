"""The doctor at the bedside: a run watched while it trains, its findings kept in its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from torch import nn

from irodori.lab import doctor
from irodori.training.errors import TrainingError
from irodori.training.metrics import Metrics

Seen: TypeAlias = Callable[[Mapping[str, float]], None]
"""To be called with the losses of each step done, by name."""

PAGE = "findings.html"


@contextmanager
def watched(
    network: nn.Module, optimizer: Any, folder: Path, metrics: Metrics, say: Callable[[str], None]
) -> Iterator[Seen]:
    """Watches a training; at its end the findings go to `folder`, to TensorBoard and to `say`.

    Raises TrainingError where the page cannot be written.
    """
    with doctor.watch(network, optimizer) as watch:
        try:
            yield lambda losses: watch.step(dict(losses))
        finally:
            report = watch.report()
            metrics.text(lambda board: report.log(board))
            titles = "; ".join(finding.title for finding in report.findings)
            say(f"doctor: {titles or 'all is well'} ({folder / PAGE})")
            try:
                report.save(folder / PAGE)
            except OSError as error:
                reason = error.strerror or error
                raise TrainingError(f"{folder / PAGE}: cannot be written ({reason})") from error
