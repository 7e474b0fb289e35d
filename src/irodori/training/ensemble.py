"""Runs that answer as one colorist: their best checkpoints, or all the checkpoints of one run.

Colorists that vote become a `ColorTeam`: a region gets the color that many agree on. Checkpoints of
any design can be averaged in their weights instead.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from irodori.lab.ensemble import average_weights, choose, reestimate
from irodori.lab.ensemble.voting import How
from irodori.lab.errors import LabError
from irodori.measure.errors import colorfulness
from irodori.network.colornet import ColorNet
from irodori.training.checkpoints import Checkpoint
from irodori.training.design import Answer, Design
from irodori.training.drawings import Drawings
from irodori.training.errors import TrainingError
from irodori.training.export import check_free, write_colorist
from irodori.training.feed import Batch, Samples, fixed_batches
from irodori.training.pairs import read_pairs
from irodori.training.runs import Run
from irodori.training.team import ColorTeam, join, together
from irodori.training.validation import as_bytes, extent, validate
from irodori.training.votes import chosen_picture

Joining: TypeAlias = Literal["average", "confidence", "vote", "weights"]
"""How members become one: by their votes (see `lab.ensemble.voting`), or by averaging weights."""

_STATISTICS_FROM = 64  # training drawings over which normalization is measured anew


@dataclass(frozen=True)
class Member:
    """A checkpoint of a run, its network loaded."""

    name: str
    run: Run
    design: Design


@dataclass(frozen=True)
class Figures:
    """On held-back drawings. colorful: the colorfulness over that of the artists' pictures."""

    name: str
    error: float
    colorful: float
    weight: float | None = None


@dataclass(frozen=True)
class Joined:
    """Where the colorist is, and how it and each member did on the same held-back drawings."""

    colorist: Path
    members: list[Figures]
    team: Figures

    def table(self) -> str:
        """The figures as lines, the last says what was gained over the best member."""
        wide = max(len(each.name) for each in [*self.members, self.team]) + 2
        lines = [f"{'':<{wide}} error  colorful  weight"]
        for each in [*self.members, self.team]:
            weight = "" if each.weight is None else f"{each.weight:8.2f}"
            lines.append(f"{each.name:<{wide}}{each.error:6.2f}{each.colorful:10.3f}{weight}")
        best = min(self.members, key=lambda each: each.error)
        gain = 100 * (1 - self.team.error / best.error)
        side = "below" if gain >= 0 else "above"
        lines.append(f"its error is {abs(gain):.1f} % {side} that of its best member, {best.name}")
        return "\n".join(lines) + "\n"


def join_runs(
    runs: Sequence[Run],
    out: Path,
    *,
    how: Joining = "average",
    chosen: bool = False,
    collection: Path | None = None,
    force: bool = False,
) -> Joined:
    """Makes the folder `out` a colorist of several runs, or of the checkpoints of one.

    chosen: members and their weights are picked on the held-back drawings. collection: where the
    first run's pictures have moved to. Raises TrainingError: fewer than two members, designs that
    cannot vote, a folder that is there.
    """
    check_free(out, force=force)
    members = _members(runs)
    held_back = _batches(members[0], collection, training=False)
    if how == "weights":
        if chosen:
            raise TrainingError("--choose picks who votes; averaged weights are taken of all")
        weights = [1 / len(members)] * len(members)
        design = members[0].design
        network = _averaged(members, _batches(members[0], collection, training=True))
    else:
        voters, design = _voters(members), _team_design(members)
        weights = _choose(members, how, held_back) if chosen else [1 / len(members)] * len(members)
        kept = [(voter, weight) for voter, weight in zip(voters, weights, strict=True) if weight]
        network = ColorTeam([voter for voter, _ in kept], how=how, weights=[w for _, w in kept])
    figures = [
        measure(each.design.network, each.design, held_back, each.name, weight)
        for each, weight in zip(members, weights, strict=True)
    ]
    team = measure(network, design, held_back, "all together")
    size = max(member.run.recipe.size for member in members)
    name = out.name.removesuffix(".onnx")
    write_colorist(network, out, name=name, work_size=size, force=force)
    return Joined(out, figures, team)


def _members(runs: Sequence[Run]) -> list[Member]:
    if len({run.folder.resolve() for run in runs}) < len(runs):
        raise TrainingError("a run is named twice; its vote would count twice")
    if len(runs) == 1:
        there = [(runs[0], checkpoint) for checkpoint in runs[0].checkpoints()]
        if len(there) < 2:
            raise TrainingError(
                f"{runs[0].folder.name}: has {len(there)} checkpoint, and a team needs two; name "
                "more runs, or train with --keep 5"
            )
        return [_member(run, each, f"{run.folder.name} step {each.step}") for run, each in there]
    return [_member(run, run.best(), run.folder.name) for run in runs]


def _member(run: Run, checkpoint: Checkpoint, name: str) -> Member:
    design = run.design(checkpoint)
    design.network.load_state_dict(checkpoint.weights())
    design.network.eval()
    return Member(name, run, design)


def _batches(member: Member, collection: Path | None, *, training: bool) -> list[Batch]:
    """The run's own held-back drawings, or some it trains on, with its design's kind of hints."""
    recipe = member.run.recipe
    pairs = read_pairs(collection or Path(recipe.collection))
    side, count = (
        (pairs.training, _STATISTICS_FROM) if training else (pairs.validation, recipe.held_back)
    )
    drawings = Drawings(side, recipe.size, member.run.folder.parent / "cache")
    samples = Samples(drawings, replace(member.design.policy, augment=False), recipe.seed)
    return fixed_batches(samples, count, min(8, recipe.batch))


def _averaged(members: Sequence[Member], batches: list[Batch]) -> nn.Module:
    try:
        averaged = average_weights([each.design.network.state_dict() for each in members])
    except LabError as error:
        raise TrainingError(str(error)) from None
    network = copy.deepcopy(members[0].design.network)
    network.load_state_dict(averaged)
    reestimate(network, batches, call=_call)
    return network.eval()


def _choose(members: Sequence[Member], how: How, batches: list[Batch]) -> list[float]:
    """Weights with which the team errs least on these batches; each member answers them once."""
    networks = _voters(members)
    design = _team_design(members)
    _, places = together([network.bins for network in networks])
    answers = list(zip(*(_answers(network, batches) for network in networks), strict=True))

    def error(weights: Sequence[float]) -> float:
        joint = [join(of_batch, places, how, weights) for of_batch in answers]
        return validate(_Recalled(joint), design, batches).error

    return choose(len(networks), error)


def _voters(members: Sequence[Member]) -> list[ColorNet]:
    """Their networks. Raises TrainingError for one that does not vote."""
    networks = []
    for member in members:
        network = member.design.network
        if not isinstance(network, ColorNet):
            raise TrainingError(
                f"{member.name}: the design {member.design.name} answers with a picture, and the "
                "mean of pictures is mud; give runs of the design quick, which votes, or average "
                "the weights of one run with --how weights"
            )
        networks.append(network)
    return networks


def _team_design(members: Sequence[Member]) -> Design:
    """The first member's design, its picture made of the common colors of all."""
    bins, _ = together([network.bins for network in _voters(members)])
    return replace(
        members[0].design, picture=lambda answer, batch: chosen_picture(answer, batch, bins)
    )


def measure(
    network: nn.Module, design: Design, batches: list[Batch], name: str, weight: float | None = None
) -> Figures:
    """Validation error, and colorfulness (Hasler, Suesstrunk 2003) off the lines over the truth's.

    The mean over drawings is divided by the mean over the artists' pictures.
    """
    answers = _answers(network, batches)
    made = true = 0.0
    for answer, batch in zip(answers, batches, strict=True):
        picture = design.picture(answer, batch).clamp(0, 1)
        for number in range(len(picture)):
            height, width = extent(batch, number)
            off_line = batch["weight"][number, 0, :height, :width].numpy() > 0
            made += colorfulness(as_bytes(picture[number], height, width), off_line)
            true += colorfulness(as_bytes(batch["color"][number], height, width), off_line)
    verdict = validate(_Recalled(answers), design, batches)
    return Figures(name, verdict.error, made / max(true, 1e-9), weight)


@torch.no_grad()
def _answers(network: nn.Module, batches: list[Batch]) -> list[Answer]:
    network.eval()
    return [_call(network, batch) for batch in batches]


def _call(network: nn.Module, batch: Batch) -> Answer:
    return network(batch["ink"], batch["hints"], batch["palette"])


class _Recalled(nn.Module):
    """Gives answers that a network gave before, in their order."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._next = iter(answers)

    def forward(self, *inputs: Tensor) -> Answer:
        return next(self._next)
