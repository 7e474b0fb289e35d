"""Runs: numbered folders that say what was asked for and what came of it.

runs/00003-spatial-evening/
run.json           everything asked for, design, git commit, tag, versions
metrics.jsonl      a line for each record: losses, validation error, images per second
tensorboard/       the same for TensorBoard
samples/           sheets of the same drawings, one for each validation
checkpoints/       the last and the best
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from irodori.storage.places import place, remote
from irodori.storage.working import CACHE, Mirror, mirror_of
from irodori.training import checkpoints, code_state
from irodori.training.checkpoints import Checkpoint
from irodori.training.design import Design, Kit
from irodori.training.designs import build
from irodori.training.errors import TrainingError
from irodori.training.recipe import Recipe

_FACTS = ("run.json", "metrics.jsonl", "checkpoint.json")
"""What says something about a run and is small."""


@dataclass(frozen=True)
class Run:
    """A run's folder and what its `run.json` says.

    mirror: of the folder with all runs, where they are kept elsewhere; `folder` is local even then.
    """

    folder: Path
    recipe: Recipe
    fingerprint: str
    commit: str | None
    tag: str | None
    mirror: Mirror | None = None

    @property
    def address(self) -> str:
        """Where it is kept."""
        return str(self.folder if self.mirror is None else self.mirror.there / self.folder.name)

    @property
    def home(self) -> Path:
        """Where it is kept with all other runs, as `open_run` takes it."""
        return self.folder.parent if self.mirror is None else place(str(self.mirror.there))

    def keep(self) -> None:
        """Send what is new to where the run is kept, if that is elsewhere. Raises StorageError."""
        if self.mirror is not None:
            self.mirror.send(self.folder.name)

    def checkpoints(self) -> list[Checkpoint]:
        """Those that lie there, by step; may be none."""
        return checkpoints.found(self.folder / "checkpoints")

    def best(self) -> Checkpoint:
        """The checkpoint with the least validation error. Raises TrainingError without any."""
        there = self.checkpoints()
        if not there:
            raise TrainingError(
                f"{self.folder.name}: has no checkpoint yet; let it train on with --resume"
            )
        return checkpoints.best(there)

    def at(self, step: int) -> Checkpoint:
        """The checkpoint of that step. Raises TrainingError, with the steps there are."""
        there = {checkpoint.step: checkpoint for checkpoint in self.checkpoints()}
        if step not in there:
            steps = ", ".join(map(str, there)) or "none yet"
            raise TrainingError(
                f"{self.folder.name}: has no checkpoint of step {step}; there are {steps}"
            )
        return there[step]

    def metrics(self) -> list[dict[str, Any]]:
        """The lines of `metrics.jsonl`; one that a crash cut off is left out."""
        path = self.folder / "metrics.jsonl"
        lines = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return lines

    def design(self, checkpoint: Checkpoint) -> Design:
        """The design that a checkpoint of this run belongs to, its network not loaded yet.

        Raises TrainingError, with the tag or commit to check out, if the code's design of that
        name is another one by now.
        """
        then = self.tag or (self.commit or "")[:40]
        back = f"git checkout {then}" if then else "go back to the code that made it"
        try:
            design = build(self.recipe.design, kit_for(self.recipe, checkpoint.weights()))
        except TrainingError as error:
            if "no such design" not in str(error):
                raise
            raise TrainingError(f"{self.folder.name}: {error}; it was made with: {back}") from None
        if design.fingerprint() != checkpoint.fingerprint:
            raise TrainingError(
                f"{self.folder.name}: the design {self.recipe.design} has changed since this "
                f"checkpoint was made; {back}, or train anew"
            )
        return design


def kit_for(recipe: Recipe, weights: Mapping[str, torch.Tensor]) -> Kit:
    """What the design of these weights was built from."""
    folded = "encoder.stem.0.0.bias" in weights  # a convolution before normalization has none
    return Kit(
        colors=weights.get("bins", torch.zeros(1, 3)),
        adversarial=recipe.adversarial,
        conditional=recipe.conditional,
        pretrained=None if recipe.pretrained is None else Path(recipe.pretrained),
        folded=folded,
        debug=recipe.debug,
        widths=recipe.widths,
        norm=recipe.norm,
        act=recipe.act,
        dropout=recipe.dropout,
        frozen=() if recipe.freeze is None else (recipe.freeze,),
    )


def create(runs: Path, recipe: Recipe, design: Design, tag: str | None) -> Run:
    """A new numbered folder. Raises TrainingError if it cannot be made, or the tag is taken."""
    if tag is not None:
        code_state.check_tag(tag)
    commit = code_state.commit()
    label = re.sub(r"[^A-Za-z0-9._-]+", "-", tag) if tag else ""
    mirror, here = _mirrored(runs)
    try:
        runs.mkdir(parents=True, exist_ok=True)
        while True:
            there = [*runs.iterdir(), *here.iterdir()]
            number = 1 + max((_number(path) for path in there), default=-1)
            folder = here / "-".join(filter(None, [f"{number:05d}", recipe.design, label]))
            try:
                folder.mkdir()
                break
            except FileExistsError:  # another run took the number meanwhile
                continue
        facts = {
            "asked": recipe.to_json(),
            "design": recipe.design,
            "fingerprint": design.fingerprint(),
            "losses": {name: term.weight for name, term in design.terms.items()},
            "adversary": design.adversary and design.adversary.name,
            "parameters": sum(weight.numel() for weight in design.network.parameters()),
            "commit": commit,
            "tag": tag,
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("torch", "lightning-fabric", "numpy")},
            },
        }
        text = json.dumps(facts, indent=2) + "\n"
        beside = folder / ".run.json.part"
        beside.write_text(text, encoding="utf-8")
        beside.replace(folder / "run.json")
    except OSError as error:
        raise TrainingError(
            f"{runs}: no run can be kept there ({error.strerror or error}); choose another folder "
            "with --runs"
        ) from error
    run = Run(folder, recipe, design.fingerprint(), commit, tag, mirror)
    run.keep()
    return run


def open_run(which: str | Path, runs: Path) -> Run:
    """A run by its folder, or by its name or number among `runs`. Raises TrainingError.

    One that is kept elsewhere is brought here first.
    """
    if there := remote(place(which)):
        runs, which = place(str(there.parent)), there.name
    mirror, here = _facts_of(runs)
    run = _open(which, here)
    if mirror is None:
        return run
    mirror.fetch(run.folder.name)
    return replace(run, mirror=mirror)


def _open(which: str | Path, runs: Path) -> Run:
    folder = Path(which)
    if not (folder / "run.json").exists():
        named = [run.name for run in (sorted(runs.iterdir()) if runs.is_dir() else [])]
        text = str(which)
        matching = [
            name
            for name in named
            if name == text or (text.isdigit() and name.split("-")[0] == f"{int(text):05d}")
        ]
        if not matching:
            there = [name for name in named if (runs / name / "run.json").exists()]
            raise TrainingError(
                f"{which}: no such run in {runs}; irodori runs lists them"
                + (f" ({', '.join(there[-3:])})" if there else "")
            )
        folder = runs / matching[0]
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        recipe = Recipe(**facts["asked"])
        return Run(folder, recipe, facts["fingerprint"], facts["commit"], facts["tag"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{folder}: its run.json cannot be read ({error}); it is not a run of this version"
        ) from error


def all_runs(runs: Path) -> list[Run]:
    """Every run in the folder, by number; of those kept elsewhere what is small is brought here."""
    mirror, here = _facts_of(runs)
    folders = sorted(here.iterdir()) if here.is_dir() else []
    found = [_open(folder, here) for folder in folders if (folder / "run.json").exists()]
    return [replace(run, mirror=mirror) for run in found]


def to_resume(runs: Path, recipe: Recipe, tag: str | None) -> Run | None:
    """The last run of the same design and collection (and tag, if given), with its own recipe.

    How long it goes on is the new recipe's to say, all else stays as it was.
    """
    for run in reversed(all_runs(runs)):
        same = run.recipe.design == recipe.design and run.recipe.collection == recipe.collection
        if same and (tag is None or run.tag == tag):
            longer = replace(
                run.recipe, steps=recipe.steps, seconds=recipe.seconds, price=recipe.price
            )
            if run.mirror is not None:
                run.mirror.fetch(run.folder.name)
            return replace(run, recipe=longer)
    return None


def cache_of(runs: Path) -> Path:
    """Where prepared drawings are kept for these runs: always a local folder."""
    return _mirrored(runs)[1] / CACHE


def _mirrored(runs: Path) -> tuple[Mirror | None, Path]:
    """The mirror of runs that are kept elsewhere, and their local folder."""
    mirror = mirror_of(runs)
    return mirror, runs if mirror is None else mirror.here


def _facts_of(runs: Path) -> tuple[Mirror | None, Path]:
    """The same, what is small of all runs brought here."""
    mirror, here = _mirrored(runs)
    if mirror is not None:
        mirror.fetch(wanted=lambda name: name.endswith(_FACTS))
    return mirror, here


def _number(path: Path) -> int:
    match = re.match(r"(\d{5})-", path.name)
    return int(match[1]) if match else -1
