"""The tuner at work on our designs: real short trainings, told to `irodori.lab.tune`.

Lengths are in pictures, not in steps, so that a batch of 8 and one of 64 get the same training.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from irodori.lab import tune
from irodori.lab.tune.axes import Axis
from irodori.network.parts import Activation, Norm
from irodori.training.designs import WIDTHS, build
from irodori.training.drawings import Drawings
from irodori.training.errors import TrainingError
from irodori.training.feed import Batch, Samples, fixed_batches
from irodori.training.job import Job, prepare
from irodori.training.loop import work
from irodori.training.recipe import Recipe, Schedule
from irodori.training.runs import kit_for
from irodori.training.validation import validate

Said = Callable[[str], None]

_GROWTH = (1, 2, 4, 6, 8, 10)
"""How many times the first layer's width the layers have."""

_LOOKS = 4
"""Validations of a training that may be ended early."""

_BEGIN = (2, 8)
_MOST = (6, 64)  # layers, width


@dataclass(frozen=True)
class Bench:
    """What is trained again and again, and where.

    recipe: of every training, as far as nothing else is tried. folder: of all that is kept: runs
    without their weights, trials, journals, pages.
    """

    recipe: Recipe
    folder: Path

    @property
    def runs(self) -> Path:
        """Where the trainings' runs lie."""
        return self.folder / "runs"

    def claim(self, work: str, **asked: Any) -> None:
        """Say what the folder is for; results of another recipe must not be taken for this one's.

        Raises TrainingError where the folder was used for the same work with other options.
        """
        facts = {name: value for name, value in self.recipe.to_json().items() if value is not None}
        facts = json.loads(json.dumps(facts | asked, default=str))
        path = self.folder / f"{work}.json"
        try:
            before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else facts
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        except (OSError, ValueError) as error:
            raise TrainingError(f"{path}: cannot be used ({error}); give another -o") from error
        other = [name for name in facts | before if facts.get(name) != before.get(name)]
        if other:
            path.write_text(json.dumps(before, indent=2) + "\n", encoding="utf-8")
            raise TrainingError(
                f"{self.folder}: holds a {work} with other options ({', '.join(other)}); give "
                "another -o, or the options of then"
            )

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
    space = chosen_settings(over)
    bench.claim("search", over=list(over), lengths=list(lengths), way=way)
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


def widths(size: tune.Size) -> tuple[int, ...]:
    """Channels of the layers, finest first."""
    return tuple(size.width * factor for factor in _GROWTH[: size.layers])


def settings() -> dict[str, Axis]:
    """What of a recipe can be searched, and over which values."""
    pieces = tune.spaces.standard()
    ours = {
        "layers": tune.linear(2, 6, cells=4, least=2, most=6, whole=True),
        "schedule": tune.choice(*get_args(Schedule)),
        "act": tune.choice(*get_args(Activation)),
        "norm": tune.choice(*get_args(Norm)),
    }
    return {
        name: ours.get(name, axis) for name, axis in pieces.items() if name != "second_momentum"
    }


def chosen_settings(over: Sequence[str]) -> dict[str, Axis]:
    """Some of `settings()`. Raises TrainingError for names that are none."""
    every = settings()
    unknown = [name for name in over if name not in every]
    if unknown or not over:
        raise TrainingError(
            f"--over {','.join(over)}: no such setting {', '.join(unknown)}; there are "
            f"{', '.join(every)}"
        )
    return {name: every[name] for name in over}


def now(recipe: Recipe, space: tune.Space) -> tune.Values:
    """The recipe's own values on a space's axes, or the nearest that the axes allow."""
    design = build(recipe.design, kit_for(recipe, {}))
    momentum = 0.9 if design.adversary is None else 0.5
    own: dict[str, Any] = {
        "rate": design.rate if recipe.rate is None else recipe.rate,
        "momentum": momentum if recipe.momentum is None else recipe.momentum,
        "act": recipe.act or "relu",
        "norm": recipe.norm or "batch",
        "width": (recipe.widths or WIDTHS)[0],
        "layers": len(recipe.widths or WIDTHS),
    }
    values = {name: own.get(name, getattr(recipe, name, None)) for name in space}
    return {name: _allowed(space[name], value) for name, value in values.items()}


def _allowed(axis: Axis, value: Any) -> Any:
    if isinstance(axis, tune.Choice):
        return value if value in axis.options else axis.options[0]
    return min(axis.most, max(axis.least, value))


def changed(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """The recipe with values of `settings()` in it."""
    rest = dict(values)
    if "width" in rest or "layers" in rest:
        size = now(recipe, {name: settings()[name] for name in ("width", "layers")}) | rest
        rest["widths"] = widths(tune.Size(size["layers"], size["width"]))
        rest.pop("width", None)
        rest.pop("layers", None)
    return replace(recipe, **rest)


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

        changes = Bench(changed(self.bench.recipe, attempt.values), self.bench.folder)
        recipe = changes.short(attempt.length, _LOOKS, seed=attempt.seed)
        _discard(prepare(recipe, self.bench.runs, quiet=True, told=told))
        return errors[-1]


def options(recipe: Recipe, values: Mapping[str, Any]) -> str:
    """Values as options of `irodori train`."""
    better = changed(recipe, values)
    shown = {
        "lr": better.rate, "batch-size": better.batch, "momentum": better.momentum,
        "schedule": better.schedule, "l1": better.l1, "l2": better.l2,
        "weight-decay": better.weight_decay, "dropout": better.dropout,
        "widths": better.widths and ",".join(map(str, better.widths)),
        "act": better.act, "norm": better.norm,
    }  # fmt: skip
    names = {"rate": "lr", "batch": "batch-size", "width": "widths", "layers": "widths"}
    wanted = [names.get(name, name.replace("_", "-")) for name in values]
    told = [(name, shown[name]) for name in dict.fromkeys(wanted)]
    return " ".join(
        f"--{name} {value:.3g}" if isinstance(value, float) else f"--{name} {value}"
        for name, value in told
    )


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
    drawings = Drawings(entries, recipe.size, job.runs / "cache")
    samples = Samples(drawings, replace(policy, augment=False), recipe.seed)
    return fixed_batches(samples, count or recipe.held_back, count or min(8, recipe.batch))
