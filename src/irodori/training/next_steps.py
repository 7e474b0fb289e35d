"""What to do about a group that costs most, as commands: weigh, augment, gather, leave out."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from irodori.lab.error_analysis import Rule
from irodori.training.error_facts import CONTRAST, DARKNESS
from irodori.training.recipe import Recipe
from irodori.training.runs import Run

_RARE = 0.1  # share of an epoch below which a group is seen rarely
_WANTED = 0.25  # share of an epoch that weighing aims at
_MANY = 0.25  # share of all drawings from which on leaving them out is no remedy
_MOST_TIMES = 12.0
_ENOUGH = 4  # training pictures from which on seeing them more often teaches more than that few
_FLAGS = {
    "start": "--from",
    "seconds": "--max-time",
    "batch": "--batch-size",
    "rate": "--lr",
    "variation": "--total-variation",
    "price": "--price-per-hour",
}
_AUGMENTED = {CONTRAST: "contrast_from", DARKNESS: "ink_from"}


@dataclass(frozen=True)
class Standing:
    """How a group stands in training.

    ids: file that lists its pictures. share: of validation. pictures: in training; seen: share of
    an epoch that they make up. error, rest: mean errors of training drawings within and without,
    None where none were judged. levels: for each fact that augmentation can change, the group's
    figure over that of all.
    """

    rules: Sequence[Rule]
    ids: Path
    share: float
    pictures: int
    seen: float
    excess: float
    excess_seen: float | None
    levels: dict[str, float]

    @property
    def rare(self) -> bool:
        """Whether training meets the group rarely, by itself or against validation."""
        return self.seen < _RARE or self.seen < self.share / 2


@dataclass(frozen=True)
class Step:
    """One thing to do: a word, why, and commands in their order."""

    kind: str
    why: str
    commands: tuple[str, ...]


def next_steps(group: Standing, run: Run, collection: Path, *, managed: bool) -> list[Step]:
    """All that may help, the best first. managed: the pictures lie in a collection with a manifest.

    Seen rarely: let it be seen, by weight where there are pictures, by augmentation where that
    makes such, else by gathering. Seen often and as wrong in training: look, and leave out.
    """
    steps = {step.kind: step for step in _steps(group, run, collection, managed=managed)}
    if group.rare:
        order = ["weigh", "augment", "gather", "leave"]
        if group.pictures < _ENOUGH:
            order = ["augment", "gather", "weigh", "leave"]
    elif group.share > _MANY or (
        group.excess_seen is not None and group.excess_seen < group.excess / 2
    ):
        order = ["gather", "augment", "weigh", "leave"]
    else:
        order = ["leave", "augment", "gather", "weigh"]
    return [steps[kind] for kind in order if kind in steps]


def _steps(group: Standing, run: Run, collection: Path, *, managed: bool) -> list[Step]:
    steps = [step for step in (_augment(group, run, collection),) if step]
    if not managed:
        return steps
    data, ids = shlex.quote(str(collection)), shlex.quote(str(group.ids))
    again = train_command(run, collection)
    if group.pictures:
        times = min(_MOST_TIMES, max(2.0, _times(group.seen)))
        why = (
            f"training draws such a picture {group.seen:.1%} of the time; with this "
            f"{times * group.seen / (1 + (times - 1) * group.seen):.0%}"
        )
        weigh = f"irodori data weigh {data} --ids {ids} --times {times:.2g}"
        steps.append(Step("weigh", why, (weigh, again)))
    why = f"training has {group.pictures} such pictures"
    steps.append(Step("gather", why, (_gather(group.rules, data),)))
    reason = shlex.quote(f"not handled: {group.rules[0]}")
    leave = f"irodori data leave {data} --ids {ids} --reason {reason}"
    why = "if this product need not handle them, or their colors are wrong; nothing is deleted"
    if not group.rare:
        why = "training sees them often and they stay wrong; look at them: " + why
    steps.append(Step("leave", why, (leave, again)))
    return steps


def _times(seen: float) -> float:
    """By how much to multiply weights so that a share becomes the one that is wanted."""
    return _WANTED * (1 - seen) / max(1e-9, (1 - _WANTED) * seen)


def _augment(group: Standing, run: Run, collection: Path) -> Step | None:
    recipe = run.recipe
    changes: dict[str, float] = {}
    for rule in group.rules:
        name = _AUGMENTED.get(rule.fact)
        if name is None or rule.kind != "below" or rule.fact not in group.levels:
            continue
        least = max(0.05, round(0.9 * group.levels[rule.fact], 2))
        if least < getattr(recipe, name):
            changes[name] = least
    if not changes:
        return None
    what = " and ".join({"contrast_from": "colors", "ink_from": "lines"}[name] for name in changes)
    now = ", ".join(f"{getattr(recipe, name):g}" for name in changes)
    why = f"augmentation fades {what} to {now} of what they are, which is not as pale as these"
    return Step("augment", why, (train_command(run, collection, **changes),))


def _gather(rules: Sequence[Rule], data: str) -> str:
    tag = next((rule.value for rule in rules if rule.fact == "tags"), None)
    if tag is not None:
        wanted = shlex.quote(str(tag))
        return f"irodori data crawl {data} --site danbooru --tags {wanted} --limit 200"
    return f"irodori data import {data} FOLDER"


def train_command(run: Run, collection: Path, **changes: Any) -> str:
    """The command that trains another run like this, with changes; what is usual is not said."""
    recipe = run.recipe
    asked = recipe.to_json() | changes
    words = ["irodori", "train", recipe.design, str(collection)]
    for field in fields(Recipe):
        value = asked[field.name]
        if field.name in ("design", "collection") or value == field.default:
            continue
        flag = _FLAGS.get(field.name, "--" + field.name.replace("_", "-"))
        if isinstance(value, bool):
            words.append(flag if value else flag.replace("--", "--no-", 1))
        elif field.name == "clip" and value is None:
            words += [flag, "0"]
        elif value is not None:
            words += [flag, _clock(value) if field.name == "seconds" else _plain(value)]
    if not any(word == "--seed" for word in words):
        words += ["--seed", str(recipe.seed)]
    if run.home != Path("runs"):
        words += ["--runs", str(run.home)]
    return shlex.join(words)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
