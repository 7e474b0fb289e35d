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
from torch import nn

from irodori.lab.ensemble import average_weights, choose, reestimate
from irodori.lab.ensemble.voting import How
from irodori.lab.errors import LabError
from irodori.network.colornet import ColorNet
from irodori.storage.places import place
from irodori.training.checkpoints import Checkpoint
from irodori.training.design import Answer, Design, Kit
from irodori.training.designs import quick
from irodori.training.drawings import Drawings
from irodori.training.errors import TrainingError
from irodori.training.export import check_free, write_colorist
from irodori.training.feed import Batch, Samples, fixed_batches
from irodori.training.measuring import PROTOCOLS, Quality, Tell, colorist_of, measure, some
from irodori.training.pairs import Pairs, read_pairs
from irodori.training.runs import Run
from irodori.training.team import ColorTeam, join, logarithms, together
from irodori.training.votes import Votes

Joining: TypeAlias = Literal["average", "confidence", "vote", "weights"]
"""How members become one: by their votes (see `lab.ensemble.voting`), or by averaging weights."""

_HEADINGS = ("no hints", "10 hints", "colorful")
_STATISTICS_FROM = 64  # training drawings over which normalization is measured anew


@dataclass(frozen=True)
class Member:
    """A checkpoint of a run, its network loaded."""

    name: str
    run: Run
    design: Design


@dataclass(frozen=True)
class Joined:
    """Where the colorist is; how it and each member did on the same held-back drawings.

    weights: of each member, sum 1.
    """

    colorist: Path
    members: dict[str, Quality]
    weights: list[float]
    team: Quality

    def table(self) -> str:
        """The figures as lines; the last says what was gained over the best member."""
        rows = self.members | {"all together": self.team}
        wide = max(len(name) for name in rows) + 2
        lines = ["".join([f"{'':<{wide}}", *(f"{h:>11}" for h in _HEADINGS), "   weight"])]
        weights = [*(f"{weight:9.2f}" for weight in self.weights), ""]
        for (name, each), weight in zip(rows.items(), weights, strict=True):
            errors = "".join(f"{each.errors[protocol]:11.2f}" for protocol in PROTOCOLS)
            lines.append(f"{name:<{wide}}{errors}{each.colorful:11.3f}{weight}")
        best, off = min((each.mean_error, name) for name, each in self.members.items())[::-1]
        gain = 100 * (1 - self.team.mean_error / off)
        side = "less" if gain >= 0 else "more"
        lines.append(f"the mean error is {abs(gain):.1f} % {side} than that of the best, {best}")
        return "\n".join(lines) + "\n"


def join_runs(
    runs: Sequence[Run],
    out: Path,
    *,
    how: Joining = "average",
    chosen: bool = False,
    collection: Path | None = None,
    limit: int = 64,
    force: bool = False,
    tell: Tell = lambda done, total, name: None,
) -> Joined:
    """Makes the folder `out` a colorist of several runs, or of the checkpoints of one.

    chosen: members and their weights are picked on the held-back drawings. collection: where the
    first run's pictures have moved to. limit: so many held-back pictures are measured at most.
    tell: is told how far that is. Raises TrainingError: fewer than two members, designs that
    cannot vote, a folder that is there.
    """
    check_free(out, force=force)
    members = _members(runs)
    size = max(member.run.recipe.size for member in members)
    weights = [1 / len(members)] * len(members)
    network: nn.Module
    if how == "weights":
        if chosen:
            raise TrainingError("--choose picks who votes; averaged weights are taken of all")
        network = _averaged(members, _batches(members[0], collection, training=True))
    else:
        voters = _voters(members)
        if chosen:
            weights = _choose(voters, how, _batches(members[0], collection, training=False))
        kept = [(voter, weight) for voter, weight in zip(voters, weights, strict=True) if weight]
        network = ColorTeam([voter for voter, _ in kept], how=how, weights=[w for _, w in kept])
    held_back = some(_pairs(members[0], collection).validation, limit)
    qualities = {
        each.name: measure(colorist_of(each.design.network, size), held_back, each.name, tell)
        for each in members
    }
    team = measure(colorist_of(network, size), held_back, "all together", tell)
    name = out.name.removesuffix(".onnx")
    write_colorist(network, out, name=name, work_size=size, force=force)
    return Joined(out, qualities, weights, team)


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


def _pairs(member: Member, collection: Path | None) -> Pairs:
    return read_pairs(collection or place(member.run.recipe.collection))


def _batches(member: Member, collection: Path | None, *, training: bool) -> list[Batch]:
    """The run's own held-back drawings, or some it trains on, with its design's kind of hints."""
    recipe, pairs = member.run.recipe, _pairs(member, collection)
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


def _choose(voters: Sequence[ColorNet], how: How, batches: list[Batch]) -> list[float]:
    """Weights with which the true colors are likeliest; each member answers every batch once."""
    bins, places = together([voter.bins for voter in voters])
    loss = quick(Kit(bins)).terms["votes"].loss
    with torch.no_grad():
        answers = [[_votes(voter, batch) for voter in voters] for batch in batches]

    def error(weights: Sequence[float]) -> float:
        losses = [
            float(loss(logarithms(join(each, places, how, weights)), batch)) * len(batch["ink"])
            for each, batch in zip(answers, batches, strict=True)
        ]
        return sum(losses)

    return choose(len(voters), error)


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


def _votes(voter: ColorNet, batch: Batch) -> Votes:
    fine, coarse = voter.encoder(batch["ink"])
    return voter.painter.votes(fine, coarse, batch["hints"], batch["palette"])


def _call(network: nn.Module, batch: Batch) -> Answer:
    return network(batch["ink"], batch["hints"], batch["palette"])
