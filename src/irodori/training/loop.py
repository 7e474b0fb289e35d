"""The loop: from a recipe to a run whose checkpoints hold a colorist.

A run ends after its steps or its time. Stopped or killed, it goes on from its last checkpoint as if
nothing had happened: on a processor the final weights are the same, bit for bit.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch.multiprocessing.spawn import ProcessRaisedException

from irodori.lab.errors import LabError
from irodori.lab.inspect.filters import filters
from irodori.lab.inspect.recorder import record
from irodori.storage.errors import StorageError
from irodori.training import checkpoints, code_state
from irodori.training.designs import build
from irodori.training.devices import accelerator, precision, strategy
from irodori.training.drawings import Drawings
from irodori.training.errors import TrainingError
from irodori.training.feed import Batch, Order, Samples, fixed_batches, stream
from irodori.training.health import Seen, watched
from irodori.training.job import Job, Told, prepare
from irodori.training.lesson import Lesson, UnfitSampleError
from irodori.training.metrics import Metrics
from irodori.training.optimization import Average, freeze, rate_factor, set_rate
from irodori.training.progress import Silence, Watcher, share_done, shares_of, validated, watch
from irodori.training.recipe import Recipe
from irodori.training.runs import Run, cache_of
from irodori.training.start import load_start, read_start
from irodori.training.validation import Verdict, sample_sheet, validate

_LOG_EVERY = 25
_SHEET_ROWS = 6
_NO_LOSSES = frozenset({"gradient", "judge"})  # figures of a step that the painter does not lower


@dataclass
class Count:
    """Where a run stands: what a checkpoint holds besides weights and random states.

    best: least validation error so far; stale: validations since; drops: of the plateau schedule.
    """

    step: int = 0
    seconds: float = 0.0
    error: float = float("inf")
    best: float = float("inf")
    stale: int = 0
    drops: int = 0


def train(
    recipe: Recipe,
    folder: Path,
    *,
    tag: str | None = None,
    resume: bool = False,
    quiet: bool = False,
    told: Told | None = None,
) -> Run:
    """Train, in a new run of `folder` or in the last one like it. Raises TrainingError.

    told: is given every step's losses, and every validation; may end the run by an exception.
    """
    return work(prepare(recipe, folder, tag=tag, resume=resume, quiet=quiet, told=told))


def work(job: Job, fabric: Fabric | None = None) -> Run:
    """Train what was prepared. Raises TrainingError.

    fabric: of processes that run already; else those are started that the recipe asks for.
    """
    recipe = job.run.recipe
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it announces what we asked
    process = _work if fabric else _work_and_part
    fabric = fabric or Fabric(
        accelerator="auto" if recipe.devices == 1 else accelerator(),
        devices=recipe.devices,
        strategy=strategy(recipe.devices),
        precision=precision(recipe),
    )
    try:
        with _patient():
            fabric.launch(partial(process, job=job))  # arguments of its own Fabric would look into
    except ProcessRaisedException as error:
        for kind in (TrainingError, StorageError):
            ours = str(error).rpartition(f"{kind.__name__}: ")
            if ours[1]:
                raise kind(ours[2]) from None
        raise
    return job.run


@contextmanager
def _patient() -> Iterator[None]:
    """What does not fit in memory becomes a line that says what to do."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        text = str(error).lower()
        if isinstance(error, MemoryError) or "memory" in text:
            raise TrainingError(
                "a batch does not fit in memory; halve --batch-size, or give a smaller --size"
            ) from error
        raise


def _work(fabric: Fabric, job: Job) -> None:
    """What each process does."""
    if job.quiet or not fabric.is_global_zero:
        Trainer(fabric, job, Silence()).train()
        return
    with watch(job.run.recipe) as watcher:
        Trainer(fabric, job, watcher).train()


def _work_and_part(fabric: Fabric, job: Job) -> None:
    """The same for processes that then end: their threads must not outlive what they talk over."""
    _work(fabric, job)
    if fabric.world_size > 1 and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


class Trainer:
    """One process's part of a run."""

    def __init__(self, fabric: Fabric, job: Job, watcher: Watcher) -> None:
        self.fabric, self.job, self.watcher = fabric, job, watcher
        self.run, self.recipe = job.run, job.run.recipe
        self.count = Count()
        _seed(self.recipe.seed)
        self.design = build(self.recipe.design, job.kit)
        there = self.run.checkpoints()
        if not there and self.recipe.start is not None:
            load_start(
                self.design.network, read_start(self.recipe.start, job.runs), self.recipe.start
            )
        freeze(self.design)
        self.design.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.lesson = Lesson(fabric, self.design, self.recipe)
        self.average = Average(self.design.network, self.recipe.average)
        self._sums: dict[str, float] = {}
        self._since = self._waited = 0.0
        self._saved = -1
        self._seen: Seen = lambda losses: None
        if there:
            self._restore(there[-1])

    def train(self) -> None:
        """Until the steps, the time or the patience are used up."""
        self._began = time.monotonic() - self.count.seconds
        self._validation = self._fixed()
        with (
            self._measured() as metrics,
            self._recorded(metrics) as recorded,
            self._watched(metrics) as self._seen,
        ):
            try:
                self._go_on(metrics, recorded)
            except KeyboardInterrupt:
                self._save()
                raise
            except LabError as error:  # of the recorder: there is no room
                raise TrainingError(f"{error}, and go on with --resume") from error
        self._tag()
        if self.fabric.is_global_zero:
            self.run.keep()

    def _go_on(self, metrics: Metrics | None, recorded: Callable[[int], None]) -> None:
        recipe, count = self.recipe, self.count
        if count.step == 0:
            self._look(metrics)
            self._save()
        batches = self._batches()
        self._since = time.monotonic()
        while not self._is_over():
            waiting = time.monotonic()
            batch = next(batches)
            self._waited += time.monotonic() - waiting
            self._step(batch)
            recorded(count.step)
            count.seconds = time.monotonic() - self._began
            if count.step % _LOG_EVERY == 0 or count.step == recipe.steps:
                self._log(metrics)
            if count.step % recipe.every == 0:
                self._look(metrics)
                self._save()
        if self._saved != count.step:
            self._look(metrics)
            self._save()

    @contextmanager
    def _measured(self) -> Iterator[Metrics | None]:
        """Where figures go; only the first process writes any."""
        if not self.fabric.is_global_zero:
            yield None
            return
        metrics = Metrics(self.run.folder, self.count.step)
        try:
            yield metrics
        finally:
            metrics.close()

    @contextmanager
    def _watched(self, metrics: Metrics | None) -> Iterator[Seen]:
        """The doctor's eye, where it was asked for."""
        if metrics is None or not self.recipe.doctor or self.recipe.compile:
            yield lambda losses: None
            return
        network, optimizer = self.design.network, self.lesson.optimizer.optimizer
        with watched(network, optimizer, self.run.folder, metrics, self.watcher.say) as seen:
            yield seen

    @contextmanager
    def _recorded(self, metrics: Metrics | None) -> Iterator[Callable[[int], None]]:
        """To be called with the number of each step done: histories for `irodori inspect`."""
        if metrics is None or self.recipe.compile:  # hooks break a compiled graph
            yield lambda step: None
            return
        path, optimizer = self.run.folder / "histories.jsonl", self.lesson.optimizer.optimizer
        every = max(1, min(100, self.recipe.every))
        network, board = self.design.network, metrics.board
        with record(network, optimizer, path, every=every, board=board) as recorder:
            yield recorder.step

    def _batches(self) -> Iterator[Batch]:
        recipe, fabric = self.recipe, self.fabric
        drawings = Drawings(self.job.pairs.training, recipe.size, cache_of(self.job.runs))
        policy = replace(
            self.design.policy,
            augment=not recipe.debug,
            fixed=recipe.debug,
            contrast_from=recipe.contrast_from,
            ink_from=recipe.ink_from,
        )
        order = Order(
            drawings,
            recipe.batch,
            recipe.seed,
            start=self.count.step * fabric.world_size + fabric.global_rank,
            every=fabric.world_size,
        )
        loader = stream(Samples(drawings, policy, recipe.seed), order, recipe.workers)
        try:
            for batch in loader:
                yield self._on_device(batch)
        except StorageError as error:  # of a loader worker, with a traceback in its text
            raise StorageError(str(error).rpartition("StorageError: ")[2]) from None

    def _fixed(self) -> list[Batch]:
        """Held-back drawings with the design's own kind of hints, the same for every validation."""
        recipe = self.recipe
        drawings = Drawings(self.job.pairs.validation, recipe.size, cache_of(self.job.runs))
        samples = Samples(drawings, replace(self.design.policy, augment=False), recipe.seed)
        fixed = fixed_batches(samples, recipe.held_back, min(8, recipe.batch))
        return [self._on_device(batch) for batch in fixed]

    def _on_device(self, batch: Batch) -> Batch:
        moved = {key: self.fabric.to_device(value) for key, value in batch.items()}
        for key in ("ink", "hints", "color"):
            moved[key] = moved[key].contiguous(memory_format=torch.channels_last)
        return moved

    def _is_over(self) -> bool:
        recipe, count = self.recipe, self.count
        over = (
            (recipe.steps is not None and count.step >= recipe.steps)
            or (recipe.seconds is not None and count.seconds >= recipe.seconds)
            or (recipe.patience is not None and count.stale >= recipe.patience)
        )
        if self.fabric.world_size > 1:  # clocks differ; all stop when the first process does
            over = bool(self.fabric.broadcast(over))
        return over

    def _step(self, batch: Batch) -> None:
        recipe, count = self.recipe, self.count
        done = share_done(recipe, count.step, count.seconds)
        rate = (recipe.rate or self.design.rate) * rate_factor(
            recipe, count.step, done, count.drops
        )
        for optimizer in filter(None, (self.lesson.optimizer, self.lesson.judges_optimizer)):
            set_rate(optimizer, rate)
        try:
            figures = self.lesson.step(batch)
        except UnfitSampleError as error:
            name = self.job.pairs.training[error.entry].id
            raise TrainingError(
                f"{name}: its {error.name} holds values that are no numbers (NaN); take the "
                "picture out, or run irodori data clean"
            ) from None
        losses = {name: value for name, value in figures.items() if name not in _NO_LOSSES}
        self._seen(losses)
        self.average.update(self.design.network)
        count.step += 1
        if self.job.told is not None:
            self.job.told(count.step, losses)
        for key, value in (figures | {"rate": rate}).items():
            self._sums[key] = self._sums.get(key, 0.0) + value
        self._sums["steps"] = self._sums.get("steps", 0.0) + 1

    def _log(self, metrics: Metrics | None) -> None:
        elapsed = max(1e-9, time.monotonic() - self._since)
        steps = max(1.0, self._sums.pop("steps", 1.0))
        plain = {"judge", "gradient", "rate"}
        figures = {
            (key if key in plain else f"loss/{key}"): value / steps
            for key, value in self._sums.items()
        }
        images = steps * self.recipe.batch * self.fabric.world_size
        figures |= {"images_per_second": images / elapsed, "waiting": self._waited / elapsed}
        self._sums, self._waited, self._since = {}, 0.0, time.monotonic()
        self.watcher.step(self.count.step, self.count.seconds, figures)
        if metrics is not None:
            shares = {f"share/{name}": share for name, share in shares_of(figures).items()}
            metrics.record(self.count.step, self.count.seconds, figures | shares)

    def _look(self, metrics: Metrics | None) -> None:
        """Validate, write the sample sheet, and remember whether it got better."""
        count = self.count
        verdict = Verdict(count.error, 0.0, 0.0)
        if metrics is not None:
            with self.fabric.autocast():
                verdict = validate(self.average.network, self.design, self._validation)
                first = self._validation[0]
                rows = {key: value[:_SHEET_ROWS] for key, value in first.items()}
                sheet = sample_sheet(self.average.network, self.design, rows)
            self._write_sheet(sheet)
            figures = {f"valid/{name}": value for name, value in asdict(verdict).items()}
            metrics.record(count.step, count.seconds, figures)
            metrics.picture(count.step, "samples", np.asarray(sheet))
            metrics.picture(count.step, "filters", np.asarray(filters(self.average.network)))
            self.watcher.say(validated(count.step, figures))
        count.error = float(self.fabric.broadcast(verdict.error))
        if self.job.told is not None:
            self.job.told(count.step, {"valid/error": count.error})
        if count.error < count.best:
            count.best, count.stale = count.error, 0
        else:
            count.stale += 1
            count.drops += count.stale % 3 == 0
        count.seconds = time.monotonic() - self._began
        self._since = time.monotonic()  # looking is not training

    def _write_sheet(self, sheet: Any) -> None:
        try:
            (self.run.folder / "samples").mkdir(exist_ok=True)
            sheet.save(self.run.folder / "samples" / f"{self.count.step:08d}.png")
        except OSError as error:
            raise TrainingError(
                f"{self.run.folder}: no room for sample sheets ({error.strerror or error}); make "
                "some and go on with --resume, the checkpoints are intact"
            ) from error

    def _save(self) -> None:
        self._saved = self.count.step
        if not self.fabric.is_global_zero:
            return
        lesson, design = self.lesson, self.design
        weights = {
            "network": design.network.state_dict(),
            "average": self.average.network.state_dict(),
        }
        state: dict[str, Any] = {
            "count": asdict(self.count),
            "updates": self.average.updates,
            "optimizer": lesson.optimizer.state_dict(),
            "random": checkpoints.random_state(),
        }
        if design.judge is not None:
            weights["judge"] = design.judge.state_dict()
            state["judge"] = lesson.judges_optimizer.state_dict()
        facts = {
            "step": self.count.step,
            "error": self.count.error,
            "fingerprint": design.fingerprint(),
            "tag": self.run.tag,
        }
        folder = self.run.folder / "checkpoints"
        checkpoints.write(folder, facts, weights, state)
        checkpoints.prune(folder, self.recipe.keep)
        self.run.keep()

    def _restore(self, checkpoint: checkpoints.Checkpoint) -> None:
        state = checkpoint.state()
        self.design.network.load_state_dict(checkpoint.weights("network"))
        self.average.network.load_state_dict(checkpoint.weights("average"))
        self.average.updates = state["updates"]
        self.lesson.optimizer.load_state_dict(state["optimizer"])
        if self.design.judge is not None:
            self.design.judge.load_state_dict(checkpoint.weights("judge"))
            self.lesson.judges_optimizer.load_state_dict(state["judge"])
        self.count = Count(**state["count"])
        self._saved = self.count.step
        checkpoints.set_random_state(state["random"])

    def _tag(self) -> None:
        """The annotated git tag that leads from the checkpoint to the code, once it is trained."""
        run = self.run
        if run.tag is None or run.commit is None or not self.fabric.is_global_zero:
            return
        last = run.checkpoints()[-1]
        facts = {
            "run": run.folder.name,
            "checkpoint": last.folder.name,
            "error": round(last.error, 4),
            "sha256": checkpoints.digest(last),
        }
        code_state.make_tag(run.tag, run.commit, f"irodori run\n\n{json.dumps(facts, indent=2)}")


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
