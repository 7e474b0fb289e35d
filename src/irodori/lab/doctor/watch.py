"""An eye on a training loop that costs next to nothing.

    with doctor.watch(model, optimizer) as watch:
        for batch in loader:
            ...; loss.backward(); optimizer.step(); watch.step(loss)
    print(watch.report())

On most steps it takes two readings of the clock and one look at one small gradient. On every
tenth it also takes, by turns, 4096 values from each layer's output, or the norm of every gradient
and how far every weight moved; all of that crosses to the host in one transfer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn

from irodori.lab.doctor import readings
from irodori.lab.doctor.copying import optimizers_of
from irodori.lab.doctor.finding import Finding

KEPT = 256  # samples kept; beyond that every second one is dropped


@dataclass(frozen=True)
class Sample:
    """What one sampled step showed. Keys are names of modules or parameters.

    outputs: mean, deviation, and the share of dead units (ReLU) or saturated values (others).
    gradients, weights, updates: root mean square of a tensor, of its gradient, of its last change.
    """

    step: int
    outputs: dict[str, tuple[float, float, float]]
    gradients: dict[str, float]
    weights: dict[str, float]
    updates: dict[str, float]


@dataclass
class Record:
    """All that was seen: memory stays the same however long the loop runs.

    losses: (step, mean, highest) of windows of steps. values: validation losses (step, loss).
    waited, worked: seconds between steps before the model was called, and in all.
    origin: where a NaN came from, if one came.
    """

    samples: list[Sample] = field(default_factory=list)
    losses: list[tuple[int, float, float]] = field(default_factory=list)
    parts: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    values: list[tuple[int, float]] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    layers: list[str] = field(default_factory=list)
    waited: float = 0.0
    worked: float = 0.0
    steps: int = 0
    origin: str = ""
    decay: float = 0.0
    rates: list[float] = field(default_factory=list)
    optimizer: str = ""


class Watch:
    """Watches one model and its optimizers; use as a context, call `step` once per step."""

    def __init__(self, model: nn.Module, optimizer: Any, *, every: int = 10) -> None:
        inner = getattr(model, "_orig_mod", None)
        self._model = inner if isinstance(inner, nn.Module) else model
        self._called = model
        self._optimizers = optimizers_of(optimizer)
        self._every = max(1, every)
        self._handles: list[Any] = []
        self._sampling: list[Any] = []
        self._armed = self._turn = self._weighing = False
        self._outputs: dict[str, tuple[list[Tensor], int, int]] = {}
        self._views: list[Tensor] = []
        self._before: list[Tensor] = []
        self._gradients: list[Tensor] = []
        self._pending: list[Any] = []
        self._names, self._parameters = readings.trainable(self._model)
        self._counts = [min(p.numel(), len(readings.some(p).reshape(-1))) for p in self._parameters]
        self._watched = [(n, m) for n, m in self._model.named_modules() if readings.is_watched(m)]
        # the gradient that is looked at on every step: small, and the last to be reached; not on a
        # GPU, where a look would wait for the device
        near = [p for p in self._parameters[:2] if p.device.type == "cpu"]
        self._probe = min(near, key=Tensor.numel, default=None)
        self._inputs: tuple[Any, Any] | None = None
        self._end = time.perf_counter()
        self._called_at = self._end
        self.record = Record()
        self._describe()

    def _describe(self) -> None:
        record = self.record
        record.kinds = {name: type(module).__name__ for name, module in self._watched}
        record.layers = list(self._names)
        groups = [g for o in self._optimizers for g in o.param_groups]
        record.rates = self._rates()
        record.decay = max((float(g.get("weight_decay", 0) or 0) for g in groups), default=0.0)
        record.optimizer = type(self._optimizers[0]).__name__ if self._optimizers else ""

    def _rates(self) -> list[float]:
        return [float(g.get("lr", 0)) for o in self._optimizers for g in o.param_groups]

    # ------------------------------------------------------------------------------ the context

    def __enter__(self) -> Watch:
        self._handles = [self._called.register_forward_pre_hook(self._begin, with_kwargs=True)]
        for optimizer in self._optimizers:
            self._handles.append(optimizer.register_step_pre_hook(self._before_step))
        self._end = time.perf_counter()
        self._arm()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flush()
        self._disarm()
        for handle in self._handles:
            handle.remove()
        self._handles, self._inputs = [], None

    def _begin(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        self._called_at = time.perf_counter()
        self._inputs = (args, kwargs)

    # -------------------------------------------------------------------------- a sampled step

    def _arm(self) -> None:
        """Hooks stand only while a step is sampled: a module without any runs faster."""
        # outputs and weights by turns: each costs about as much, and half as often is enough
        self._turn = not self._turn
        self._weighing = self._every == 1 or not self._turn
        for name, module in self._watched if self._turn or self._every == 1 else ():
            self._sampling.append(module.register_forward_hook(self._output(name)))
        self._armed = True

    def _disarm(self) -> None:
        for handle in self._sampling:
            handle.remove()
        self._sampling, self._armed = [], False

    def _output(self, name: str) -> Callable[..., None]:
        kind = self.record.kinds[name]

        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.is_floating_point() and output.numel():
                self._outputs[name] = readings.output_reading(output, kind)

        return hook

    def _before_step(self, optimizer: Any, *_: Any) -> None:
        probe = self._probe
        seen = probe is not None and probe.grad is not None and not self.record.origin
        if seen and not math.isfinite(probe.grad.sum().item()):  # type: ignore[union-attr]
            self.record.origin = self._find_origin()
        if self._armed and self._weighing and not self._gradients:
            # A schedule may begin and end at zero; advice is about what it reaches.
            record = self.record
            record.rates = [max(pair) for pair in zip(record.rates, self._rates(), strict=False)]
            self._views = [readings.some(p) for p in self._parameters]
            self._before = readings.copies(self._views)
            self._gradients = readings.gradients(self._parameters)

    def before_step(self) -> None:
        """Say that a step begins; only for loops whose optimizer is not one of torch's."""
        self._called_at = time.perf_counter()
        if self._armed and self._weighing:
            self._views = [readings.some(p) for p in self._parameters]
            self._before = readings.copies(self._views)

    def step(self, loss: Any = None) -> None:
        """Say that a step is done. loss: a tensor, a number, or a dict of them by name."""
        now = time.perf_counter()
        record = self.record
        if record.steps and self._called_at > self._end:
            record.waited += self._called_at - self._end
            record.worked += now - self._end
        self._called_at = 0.0
        record.steps += 1
        if loss is not None:
            self._pending.append(readings.single(loss))
        if self._armed:
            self._flush()
            self._disarm()
        if (record.steps + 1) % self._every == 0 or self._every == 1:
            self._arm()
        elif len(self._pending) >= 64:
            self._flush()
        self._end = time.perf_counter()

    def validation(self, loss: float | Tensor) -> None:
        """Say what the validation loss is now; with it the gap to training is watched as well."""
        self.record.values.append((self.record.steps, float(loss)))

    def _flush(self) -> None:
        """Everything measured, in one transfer."""
        numbers = [n for found, _, _ in self._outputs.values() for n in found]
        moved = bool(self._before)
        if moved:
            numbers += self._gradients or readings.gradients(self._parameters)
            numbers += readings.norms(self._before)
            with torch.no_grad():
                numbers += readings.norms(torch._foreach_sub(self._views, self._before))
        numbers += [v for v in self._pending if isinstance(v, Tensor)]
        self._store(iter(readings.on_host(numbers)), moved=moved)
        self._outputs, self._gradients, self._before, self._pending = {}, [], [], []

    def _store(self, numbers: Iterator[float], *, moved: bool) -> None:
        record = self.record
        outputs = {}
        for name, (found, out_of, count) in self._outputs.items():
            values = [next(numbers) for _ in found]
            bad = readings.share(values[2], out_of) if len(values) > 2 else 0.0
            outputs[name] = (values[0], readings.spread(values[0], values[1], count), bad)
        parts: list[dict[str, float]] = [{}, {}, {}]
        for part in parts if moved else ():
            for name, count in zip(self._names, self._counts, strict=True):
                part[name] = next(numbers) / count**0.5  # from a norm to a root mean square
        if outputs or moved:
            record.samples.append(Sample(record.steps, outputs, *parts))
            if len(record.samples) > KEPT:
                record.samples = record.samples[:1] + record.samples[1::2]
        self._store_losses(numbers)

    def _store_losses(self, numbers: Any) -> None:
        record = self.record
        values = []
        for pending in self._pending:
            if isinstance(pending, dict):
                for name, value in pending.items():
                    record.parts.setdefault(name, []).append((record.steps, value))
                    record.parts[name] = record.parts[name][-4 * KEPT :]
                values.append(sum(pending.values()))
            else:
                values.append(next(numbers) if isinstance(pending, Tensor) else pending)
        if values:
            record.losses.append((record.steps, sum(values) / len(values), max(values)))
        if len(record.losses) > 4 * KEPT:
            record.losses = record.losses[:1] + record.losses[1::2]

    def _find_origin(self) -> str:
        """Run the last batch again, weights still as they were, and see where NaN first comes."""
        from irodori.lab.doctor.origin import find

        if self._inputs is None:
            return "unknown: the model was not called"
        return find(self._model, *self._inputs)

    # ------------------------------------------------------------------------------- the verdict

    @property
    def findings(self) -> list[Finding]:
        """What is wrong so far, most likely cause first."""
        from irodori.lab.doctor.symptoms import judge

        self._flush_losses_only()
        return judge(self.record)

    def _flush_losses_only(self) -> None:
        if self._pending and not self._gradients and not self._outputs:
            self._flush()

    def report(self) -> Any:
        """The same as a report that prints, and saves itself as a page."""
        from irodori.lab.doctor.report import Report

        return Report(
            findings=self.findings,
            checked=list(CHECKED),
            limits=[],
            task="a watched training",
            record=self.record,
        )


CHECKED = (
    "the loss falls, without surges or NaN",
    "weights move by a fitting share per step",
    "gradients reach the first layer and do not explode",
    "units are alive and not saturated",
    "weight decay is weaker than the gradient",
    "the loader keeps up",
)


def watch(model: nn.Module, optimizer: Any, *, every: int = 10) -> Watch:
    """Watch a training loop; see the module's text. every: how many steps from sample to sample."""
    return Watch(model, optimizer, every=every)
