"""Which drawings a colorist errs on, what they have in common, and what to do: `irodori errors`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from irodori.collection.manifest import NAME
from irodori.color.safe_file import replace_file
from irodori.lab import error_analysis
from irodori.lab.error_analysis import Group, LabelIssue, Sample
from irodori.lab.error_analysis.rules import CLUSTER
from irodori.lab.errors import LabError
from irodori.storage.places import place
from irodori.training.error_facts import CONTRAST, DARKNESS, Facts
from irodori.training.errors import TrainingError
from irodori.training.inspection import Inspection
from irodori.training.judging import Progress, features, judge
from irodori.training.next_steps import Standing, Step, next_steps
from irodori.training.runs import Run

MOST = 1000
"""Validation drawings that are judged, at most."""

_OF_TRAINING = 160  # drawings of training that a group's error is told by, half of them in it
_LOOKED_AT = 3000  # training drawings that are read to find a group's, at most
_TOLD = 0.75  # of each class that features must tell right, before they may speak against labels
_LABELED = 12  # drawings of a class from which on labels are checked


@dataclass(frozen=True, eq=False)
class Weakness:
    """A group that costs more than chance, how it stands in training, and what to do."""

    group: Group
    standing: Standing
    steps: Sequence[Step]


@dataclass(frozen=True, eq=False)
class ErrorReport:
    """What `analyze` finds.

    samples: the validation drawings judged, with errors that are fair between them: what white
    paper would err by is allowed for. raw: their plain errors (n,). indices: into the validation
    side. labels: tags and sources that may be wrong; `number` is a place in `samples`.
    """

    run: Run
    look: Inspection
    samples: Sequence[Sample]
    raw: NDArray[np.float64]
    indices: NDArray[np.intp]
    weaknesses: Sequence[Weakness]
    labels: Sequence[LabelIssue]

    @property
    def mean(self) -> float:
        """Mean error over the validation drawings, in even color."""
        return float(np.nanmean(self.raw))

    def told(self) -> str:
        """What was found, and the first thing to do, as lines."""
        lines = [f"{len(self.samples)} validation drawings, mean error {self.mean:.2f}"]
        if not self.weaknesses:
            lines.append("no group errs more than chance would have it; gather more of everything")
        for number, each in enumerate(self.weaknesses, 1):
            group = each.group
            lines.append(
                f"{number}. {group.rule}: {len(group.members)} drawings ({group.share:.0%}), error "
                f"{group.error:.2f} against {group.rest:.2f}, costs {group.cost:.2f} (surely "
                f"{group.least:.2f})"
            )
            if group.goes_with:
                lines.append(f"   often with {', '.join(map(str, group.goes_with))}")
        if self.weaknesses and self.weaknesses[0].steps:
            step = self.weaknesses[0].steps[0]
            lines += [f"next: {step.kind} ({step.why})", *(f"  {line}" for line in step.commands)]
        return "\n".join(lines) + "\n"


def analyze(
    run: Run,
    cache: Path,
    *,
    collection: Path | None = None,
    limit: int = MOST,
    progress: Progress | None = None,
) -> ErrorReport:
    """Judges the validation drawings of a run's collection, and finds out where errors come from.

    cache: where prepared drawings are kept. collection: where the run's own has moved to. Lists of
    each group's pictures go to `errors/` in the run. Raises TrainingError, CollectionError.
    """
    source = collection or place(run.recipe.collection)
    look = Inspection(run, cache, collection=collection, longest=run.recipe.size)
    facts = {side: Facts(source, drawings) for side, drawings in look.sides.items()}
    indices = _some(len(look.sides["validation"]), limit)
    judged = judge(look, "validation", indices.tolist(), progress)
    errors = fair(judged.errors, judged.blanks)
    entries = look.sides["validation"].entries
    samples = [
        Sample(entries[index].id, float(error), facts["validation"].all(index))
        for index, error in zip(judged.indices.tolist(), errors, strict=True)
    ]
    seen = features(look, "validation", judged.indices.tolist())
    with suppress(LabError):  # too few drawings for clusters
        samples = error_analysis.cluster_facts(samples, seen)
    try:
        groups = error_analysis.costliest(samples)
    except LabError as error:
        raise TrainingError(f"{source}: {error}; hold more pictures back") from None
    weighed = _Weighing(run, source, look, facts, (samples, seen, judged.indices))
    weaknesses = []
    for number, group in enumerate(groups, 1):
        if progress:
            progress(number, len(groups), "training's share")
        weaknesses.append(weighed.weakness(number, group))
    labels = doubtful_labels(samples, seen)
    report = ErrorReport(run, look, samples, judged.errors, judged.indices, weaknesses, labels)
    _write_json(report)
    return report


def fair(errors: NDArray[np.float64], blanks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Errors (n,) less what a drawing's colorfulness alone accounts for, with the same mean.

    blanks: what white paper errs by. A drawing full of color has more to get wrong; what goes with
    that in a straight line over all drawings (Theil and Sen, which a group of odd ones does not
    bend) is taken off, so that groups are compared evenly.
    """
    finite = np.isfinite(errors)
    if finite.sum() < 3 or np.ptp(blanks[finite]) < 1e-6:
        return errors
    slope = max(0.0, float(stats.theilslopes(errors[finite], blanks[finite])[0]))
    return np.asarray(errors - slope * (blanks - blanks[finite].mean()))


def _some(count: int, limit: int) -> NDArray[np.intp]:
    """At most so many of a side, from all over, the same each time."""
    return np.sort(np.random.default_rng(0).permutation(count)[:limit])


class _Weighing:
    """How groups of validation drawings stand in training."""

    def __init__(
        self,
        run: Run,
        source: Path,
        look: Inspection,
        facts: dict[str, Facts],
        judged: tuple[Sequence[Sample], NDArray[np.float32], NDArray[np.intp]],
    ) -> None:
        self.run, self.source, self.look, self.facts = run, source, look, facts
        self.samples, self.seen, self.indices = judged
        training = look.sides["training"].entries
        self.training = _some(len(training), _LOOKED_AT).tolist()
        self.weights = np.array([entry.weight for entry in training], float)

    def weakness(self, number: int, group: Group) -> Weakness:
        """The group's standing in training and the next steps; writes its list of pictures."""
        inside = self._members(group)
        own = [index for index, holds in zip(self.training, inside, strict=True) if holds]
        folder = self.run.folder / "errors"
        ids = folder / f"group-{number}.txt"
        names = [self.look.sides["training"].entries[index].id for index in own]
        names += [self.samples[place].id for place in group.members.tolist()]
        text = "".join(f"{name}\n" for name in dict.fromkeys(names))
        _write(ids, text)
        standing = Standing(
            rules=(group.rule, *group.alike),
            ids=ids,
            share=group.share,
            pictures=len(own),
            seen=float(self.weights[own].sum() / max(1e-9, self.weights[self.training].sum())),
            excess=group.error - group.rest,
            excess_seen=self._excess(inside),
            levels=self._levels(group),
        )
        managed = (self.source / NAME).exists()
        return Weakness(
            group, standing, next_steps(standing, self.run, self.source, managed=managed)
        )

    def _members(self, group: Group) -> list[bool]:
        """For each training drawing looked at whether the group's rule holds."""
        if group.rule.fact == CLUSTER:
            clusters = error_analysis.find_clusters(self.seen)
            own = clusters.predict(features(self.look, "training", self.training))
            return [str(number) == group.rule.value for number in own.tolist()]
        known = self.facts["training"].of_rule(group.rule.fact, self.training)
        return [group.rule.holds(facts) for facts in known]

    def _excess(self, inside: Sequence[bool]) -> float | None:
        """The group's mean error in training less that of others; None for a group not there."""
        half = _OF_TRAINING // 2
        random = np.random.default_rng(0)
        shuffled = random.permutation(len(self.training))
        within = [self.training[i] for i in shuffled if inside[i]][:half]
        without = [self.training[i] for i in shuffled if not inside[i]][:half]
        if len(within) < 4 or len(without) < 4:
            return None
        judged = judge(self.look, "training", [*within, *without])
        errors = dict(zip(judged.indices.tolist(), fair(judged.errors, judged.blanks), strict=True))
        means = (np.mean([errors[index] for index in side]) for side in (within, without))
        return float(next(means) - next(means))

    def _levels(self, group: Group) -> dict[str, float]:
        """The group's low figures over the middle of all, for what augmentation can fade."""
        levels = {}
        for fact in (CONTRAST, DARKNESS):
            values = np.array([float(sample.facts[fact]) for sample in self.samples])
            low = float(np.quantile(values[group.members], 0.1))
            levels[fact] = low / max(1e-9, float(np.median(values)))
        return levels


def doubtful_labels(samples: Sequence[Sample], seen: NDArray[np.float32]) -> list[LabelIssue]:
    """Sources and tags that the network's features speak against, by confident learning.

    Only those that the features can tell at all: three of four drawings of each class right.
    """
    sources = [str(sample.facts.get("source") or "") for sample in samples]
    kept = [i for i, source in enumerate(sources) if source and sources.count(source) >= _LABELED]
    issues = _doubts([sources[i] for i in kept], kept, seen)
    tags = [list(sample.facts.get("tags") or ()) for sample in samples]
    counts = Counter(tag for own in tags for tag in set(own))
    for tag in sorted(counts):
        if _LABELED <= counts[tag] <= len(tags) - _LABELED:
            labels = [tag if tag in own else f"not {tag}" for own in tags]
            issues += _doubts(labels, range(len(labels)), seen)
    return sorted(issues, key=lambda issue: issue.quality)


def _doubts(
    labels: Sequence[str], places: Sequence[int], seen: NDArray[np.float32]
) -> list[LabelIssue]:
    """Those among the labels of the samples at `places`."""
    if len(set(labels)) < 2:
        return []
    table, names = error_analysis.cross_validated(seen[list(places)], labels)
    given = np.array([names.index(label) for label in labels])
    right = table.argmax(1) == given
    if min(right[given == number].mean() for number in range(len(names))) < _TOLD:
        return []
    found = error_analysis.label_issues(labels, table, names)
    return [replace(issue, number=places[issue.number]) for issue in found]


def _write_json(report: ErrorReport) -> None:
    """What was found as plain values, for programs."""
    found = [
        {
            "rule": str(each.group.rule),
            "alike": [str(rule) for rule in each.group.alike],
            "goes with": [str(rule) for rule in each.group.goes_with],
            "drawings": len(each.group.members),
            "share": each.group.share,
            "error": each.group.error,
            "rest": each.group.rest,
            "cost": each.group.cost,
            "surely": each.group.least,
            "training": {"pictures": each.standing.pictures, "seen": each.standing.seen},
            "steps": [asdict(step) for step in each.steps],
        }
        for each in report.weaknesses
    ]
    errors = {sample.id: float(raw) for sample, raw in zip(report.samples, report.raw, strict=True)}
    facts = {"mean": report.mean, "groups": found, "errors": errors}
    _write(report.run.folder / "errors" / "errors.json", json.dumps(facts, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    def fill(file: BinaryIO) -> None:
        file.write(text.encode())

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{path.parent}: cannot be made ({error.strerror})") from error
    replace_file(str(path), fill, force=True)
