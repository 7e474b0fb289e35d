"""Histories of a training, kept as histograms: weights, biases, activations, gradients.

    with inspect.record(model, optimizer, "histories.jsonl") as recorder:
        for batch in loader:
            ...; loss.backward(); optimizer.step(); recorder.step()

On most steps it costs a comparison. On every hundredth it takes some values of each layer's output,
before the nonlinearity, of each weight and of each gradient, and writes their histograms as a line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor, nn

from irodori.lab.doctor import readings
from irodori.lab.doctor.copying import optimizers_of
from irodori.lab.errors import LabError
from irodori.lab.inspect import board as tensorboard

BINS = 32
Histogram: TypeAlias = list[float]
"""Lowest and highest finite value, the share that is not finite, then BINS counts between them."""


def record(
    model: nn.Module, optimizer: Any, path: str | Path, *, every: int = 100, board: Any = None
) -> Recorder:
    """Records into a file, which is added to where it exists. See the module's text.

    optimizer: one, or a list or dict of them. every: steps from one record to the next, at least;
    past the hundredth record they grow further apart. board: a TensorBoard `SummaryWriter`, which
    is given each record too.
    """
    return Recorder(model, optimizer, Path(path), every=every, board=board)


class Recorder:
    """Use as a context, call `step` once per step; nothing of the model stays changed."""

    def __init__(
        self, model: nn.Module, optimizer: Any, path: Path, *, every: int, board: Any = None
    ) -> None:
        inner = getattr(model, "_orig_mod", None)  # of torch.compile
        self._model = inner if isinstance(inner, nn.Module) else model
        self._optimizers = optimizers_of(optimizer)
        self._path, self._every, self._board = path, max(1, every), board
        self._names, self._parameters = readings.trainable(self._model)
        self._watched = [(n, m) for n, m in self._model.named_modules() if readings.is_watched(m)]
        self._handles: list[Any] = []
        self._outputs: dict[str, Tensor] = {}
        self._dead: dict[str, tuple[Tensor, int]] = {}
        self._before: list[Tensor] = []
        self._steps = self._next = 0

    def __enter__(self) -> Recorder:
        self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rest()

    def step(self, number: int | None = None) -> None:
        """Say that a step is done. number: its number, where the caller counts."""
        self._steps = self._steps + 1 if number is None else number
        if self._handles:
            self._write()
            self._rest()
            # A hundredth of what is behind, so that a long training does not fill the disk.
            pause = max(self._every, self._steps // 100)
            self._next = (self._steps // pause + 1) * pause
        if self._steps + 1 >= self._next:
            self._listen()

    def _listen(self) -> None:
        for name, module in self._watched:
            self._handles.append(module.register_forward_hook(self._hear(name, module)))
        for optimizer in self._optimizers:
            self._handles.append(optimizer.register_step_pre_hook(self._keep))

    def _rest(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles, self._outputs, self._dead, self._before = [], {}, {}, []

    def _hear(self, name: str, module: nn.Module) -> Callable[..., None]:
        kind = type(module).__name__
        activation = isinstance(module, readings.ACTIVATION_MODULES)

        def hear(module: nn.Module, inputs: Any, output: Any) -> None:
            if not (isinstance(output, Tensor) and output.is_floating_point() and output.numel()):
                return
            if not activation:
                # A clone, since an activation in place may follow.
                self._outputs[name] = readings.some(output).flatten().clone()
            elif kind in readings.RECTIFIERS and output.ndim > 1:
                (*_, alive), units, _ = readings.output_reading(output, kind)
                self._dead[name] = (alive, -units)

        return hear

    def _keep(self, optimizer: Any, *_: Any) -> None:
        if not self._before:
            self._before = readings.copies(self._parameters)

    def _write(self) -> None:
        line: dict[str, Any] = {"step": self._steps}
        line["outputs"] = {name: histogram(values) for name, values in self._outputs.items()}
        line["dead"] = {
            name: round(1 - float(alive) / units, 4) for name, (alive, units) in self._dead.items()
        }
        weights, gradients, updates = {}, {}, {}
        for number, (name, parameter) in enumerate(zip(self._names, self._parameters, strict=True)):
            values = readings.some(parameter).flatten()
            weights[name] = histogram(values)
            if parameter.grad is not None and not parameter.grad.is_sparse:
                gradients[name] = histogram(readings.some(parameter.grad).flatten())
            if self._before:
                moved = values - self._before[number].flatten()
                updates[name] = _ratio(moved, values)
        line |= {"weights": weights, "gradients": gradients, "updates": updates}
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            if self._board is not None:
                tensorboard.log(self._board, line)
        except OSError as error:
            raise LabError(
                f"{self._path}: cannot be written ({error.strerror or error}); make room"
            ) from error


def histogram(values: Tensor) -> Histogram:
    """The histogram of some values. An empty tensor is all nought, one of NaN has share 1."""
    array = values.detach().float().cpu().numpy()
    finite = array[np.isfinite(array)]
    lost = 1 - len(finite) / len(array) if len(array) else 0.0
    if not len(finite):
        return [0.0, 0.0, round(lost, 4), *[0.0] * BINS]
    low, high = float(finite.min()), float(finite.max())
    share = (finite.astype(np.float64) - low) / max(high - low, 1e-300)
    counts = np.bincount(np.minimum(share * BINS, BINS - 1).astype(int), minlength=BINS)
    return [float(f"{low:.5g}"), float(f"{high:.5g}"), round(lost, 4), *map(int, counts)]


def _ratio(moved: Tensor, weights: Tensor) -> float | None:
    """Root mean square of an update over that of the weights; None where it cannot be told."""
    size = float(weights.norm())
    ratio = float(moved.norm()) / size if size else math.nan
    return float(f"{ratio:.4g}") if math.isfinite(ratio) else None


def read(path: str | Path) -> list[Mapping[str, Any]]:
    """The lines of a recording, by step; one that a crash cut off is left out."""
    lines: dict[int, Mapping[str, Any]] = {}
    for text in Path(path).read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        lines[line["step"]] = line  # a run that went on from a checkpoint tells a step anew
    return [lines[step] for step in sorted(lines)]
