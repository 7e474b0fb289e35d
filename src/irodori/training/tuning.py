"""The tuner at work on our designs: real short trainings, told to `irodori.lab.tune`.

Lengths are in pictures, not in steps, so that a batch of 8 and one of 64 get the same training.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from irodori.lab import tune
from irodori.storage.working import Mirror, mirror_of
from irodori.training import runs
from irodori.training.drawings import Drawings
from irodori.training.errors import TrainingError
from irodori.training.feed import Batch, Samples, fixed_batches
from irodori.training.job import Job, plan, prepare
from irodori.training.loop import work
from irodori.training.recipe import Recipe
from irodori.training.settings import changed, chosen, now, widths
from irodori.training.validation import validate

Said = Callable[[str], None]

_LOOKS = 4
"""Validations of a training that may be ended early."""

_BEGIN = (2, 8)
_MOST = (6, 64)  # layers, width


@dataclass(frozen=True)
class Bench:
    """What is trained again and again, and where.

    recipe: of every training, as far as nothing else is tried. folder: of all that is kept: runs
    without their weights, trials, journals, pages. mirror: of it, where it is kept elsewhere.
    """

    recipe: Recipe
    folder: Path
    mirror: Mirror | None = None

    @classmethod
    def at(cls, folder: Path, recipe: Recipe) -> Bench:
        """The bench in a folder; one that is kept elsewhere is brought here to work at."""
        mirror = mirror_of(folder)
        if mirror is None:
            return cls(recipe, folder)
        mirror.fetch()
        return cls(recipe, mirror.here, mirror)

    def keep(self) -> None:
        """Send what is new to where the bench is kept, if that is elsewhere."""
        if self.mirror is not None:
            self.mirror.send()

    def address(self, path: Path) -> str:
        """Where a file of the bench is kept."""
        name = path.relative_to(self.folder).as_posix()
        return str(path if self.mirror is None else self.mirror.there / name)

    @property
    def runs(self) -> Path:
        """Where the trainings' runs lie."""
        return self.folder / "runs"

    def claim(self, work: str, **asked: Any) -> None:
        """Say what the folder is for; results of another recipe must not be taken for this one's.

        Raises TrainingError where nothing could be trained at all, before anything is tried, and
        where the folder was used for the same work with other options.
        """
        plan(self.recipe, self.runs)
        facts = {name: value for name, value in self.recipe.to_json().items() if value is not None}
        facts = json.loads(json.dumps(facts | asked, default=str))
        path = self.folder / f"{work}.json"
        try:
            before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
            if before is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                beside = path.with_name(f".{work}.{os.getpid()}.part")  # others may be reading
                beside.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
                beside.replace(path)
                return
        except (OSError, ValueError) as error:
            raise TrainingError(f"{path}: cannot be used ({error}); give another -o") from error
        other = [name for name in facts | before if facts.get(name) != before.get(name)]
        if other:
            raise TrainingError(
                f"{self.folder}: holds a {work} with other options ({', '.join(other)}); give "
                "another -o, or the options of then"
            )

    def claim_search(self, over: Sequence[str], lengths: tuple[int, int], way: tune.Way) -> None:
        """The same for a search over some settings, which `find_settings` does."""
        self.claim("search", over=list(over), lengths=list(lengths), way=way)

    def short(self, pictures: int, looks: int = 1, **changed: Any) -> Recipe:
        """The recipe for a training over so many pictures, validated so often after its begin."""
        recipe = replace(self.recipe, **changed)
        steps = max(looks, pictures // recipe.batch)
        return replace(
            recipe,
            steps=steps,
            seconds=None,
            every=max(1, steps // looks),
            warmup=min(recipe.warmup, max(1, steps // 10)),
            keep=0,
        )


def find_rate(bench: Bench, pictures: int, said: Said) -> tune.Rates:
    """Short trainings with rates from 1 to 1e-7; the losses of every step are looked at."""
    bench.claim("rate", pictures=pictures)

    def train(rate: float, report: Callable[[float], None]) -> None:
        def told(step: int, figures: Mapping[str, float]) -> None:
            if "valid/error" not in figures:
                report(sum(figures.values()))

        recipe = bench.short(pictures, rate=rate, schedule="constant")
        _discard(prepare(recipe, bench.runs, quiet=True, told=told))

    return tune.rate(train, journal=bench.folder / "rates.jsonl", said=said)


def find_settings(
    bench: Bench,
    over: Sequence[str],
    trials: int,
    lengths: tuple[int, int],
    *,
    storage: str | None,
    way: tune.Way,
    isolated: bool,
    said: Said,
) -> tune.Search:
    """A search over some of our settings, by their names in `settings()`.

    isolated: each training in a process of its own, so that one that dies takes nothing with it.
    """
    space = chosen(over)
    bench.claim_search(over, lengths, way)
    return tune.search(
        tune.isolated(Training(bench)) if isolated else Training(bench),
        space,
        trials,
        lengths=lengths,
        storage=storage or f"sqlite:///{bench.folder / 'trials.db'}",
        name=bench.recipe.design,
        start=now(bench.recipe, space),
        groups=tune.spaces.groups(space),
        way=way,
        seed=bench.recipe.seed,
        said=said,
    )


def find_margin(bench: Bench, found: tune.Search, seeds: int, said: Said) -> tune.Margin:
    """The recipe as it was against the best settings, trained anew with seeds of their own."""
    return tune.confirm(
        Training(bench),
        now(bench.recipe, found.space),
        found.best.params,
        length=found.lengths[1],
        seeds=[bench.recipe.seed + 1 + n for n in range(seeds)],
        journal=bench.folder / "margin.jsonl",
        said=said,
    )


def find_capacity(bench: Bench, pictures: int, worth: float, said: Said) -> tune.Capacity:
    """Layers and widths of a design step by step, then weight decay."""
    bench.claim("capacity", pictures=pictures, worth=worth)

    def train(size: tune.Size, strength: float) -> tune.Fit:
        recipe = bench.short(pictures, widths=widths(size), weight_decay=strength)
        return _fitted(recipe, bench.runs)

    return tune.capacity(
        train,
        start=tune.Size(*_BEGIN),
        most=tune.Size(*_MOST),
        worth=worth,
        strength=0.01,
        journal=bench.folder / "sizes.jsonl",
        said=said,
    )


@dataclass(frozen=True)
class Training:
    """An objective: the validation error of a training with an attempt's values."""

    bench: Bench

    def __call__(self, attempt: tune.Attempt) -> float:
        """Train. Raises what the training raises."""
        errors: list[float] = []

        def told(step: int, figures: Mapping[str, float]) -> None:
            if "valid/error" in figures and step:
                errors.append(figures["valid/error"])
                if len(errors) <= _LOOKS:  # in pictures: batches differ, and so do steps
                    attempt.report(attempt.length * len(errors) // _LOOKS, errors[-1])

        changes = replace(self.bench, recipe=changed(self.bench.recipe, attempt.values))
        recipe = changes.short(attempt.length, _LOOKS, seed=attempt.seed)
        _discard(prepare(recipe, self.bench.runs, quiet=True, told=told))
        self.bench.keep()
        return errors[-1]


def _discard(job: Job) -> None:
    """Train; of the run its figures and sheets are kept, its weights are not."""
    try:
        work(job)
    finally:
        shutil.rmtree(job.run.folder / "checkpoints", ignore_errors=True)


def _fitted(recipe: Recipe, runs: Path) -> tune.Fit:
    """Train, and measure both errors in the same way, on drawings that are not augmented."""
    job = prepare(recipe, runs, quiet=True)
    try:
        run = work(job)
        checkpoint = run.checkpoints()[-1]
        design = run.design(checkpoint)
        design.network.load_state_dict(checkpoint.weights("average"))
        errors = [
            validate(design.network, design, _still(job, side, design.policy)).error
            for side in (job.pairs.training, job.pairs.validation)
        ]
        seconds = max(line["seconds"] for line in run.metrics())
        batch = _still(job, job.pairs.training, design.policy, recipe.batch)[0]
        design.network.train()
        told = batch["ink"], batch["hints"], batch["palette"]
        memory = tune.training_memory(design.network, lambda: design.network(*told))
        return tune.Fit(errors[0], errors[1], memory, seconds)
    finally:
        shutil.rmtree(job.run.folder / "checkpoints", ignore_errors=True)


def _still(job: Job, entries: Any, policy: Any, count: int | None = None) -> list[Batch]:
    """Batches of unaugmented drawings, the same every time; with `count` one batch of so many."""
    recipe = job.run.recipe
    drawings = Drawings(entries, recipe.size, runs.cache_of(job.runs))
    samples = Samples(drawings, replace(policy, augment=False), recipe.seed)
    return fixed_batches(samples, count or recipe.held_back, count or min(8, recipe.batch))
