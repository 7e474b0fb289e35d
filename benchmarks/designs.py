"""The designs on the same data and budget, each against the one before; so the adversarial losses.

    python benchmarks/designs.py COLLECTION --out designs [--steps 200] [--size 64] [--limit 400]

Each design starts from the weights of the one before and has the same steps. All are measured on
the same held-back drawings, told three things: ten hints, a palette, nothing. The figure is the
mean distance from the artist's colors in even color, off the lines; white paper stands beside it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from irodori.color.sheet import Cell, contact_sheet
from irodori.training.design import Design
from irodori.training.designs import ADVERSARIAL
from irodori.training.drawings import Drawings
from irodori.training.feed import Batch, Policy, Samples, fixed_batches
from irodori.training.loop import train
from irodori.training.pairs import read_pairs
from irodori.training.recipe import Recipe
from irodori.training.runs import Run
from irodori.training.validation import as_bytes, extent, told_picture, validate
from plainly import plainly

TOLD = {
    "10 hints": Policy(hints=10, palette=(0, 0), augment=False),
    "a palette": Policy(unhinted=1, palette=(1, 1), augment=False),
    "nothing": Policy(unhinted=1, palette=(0, 0), augment=False),
}
ORDER = {"baseline": "10 hints", "spatial": "10 hints", "palette": "a palette", "blind": "nothing"}
"""The designs, and what each is meant to be told."""


def trained(run: Run) -> tuple[nn.Module, Design]:
    """The network of a run's last checkpoint, and its design."""
    checkpoint = run.checkpoints()[-1]
    design = run.design(checkpoint)
    design.network.load_state_dict(checkpoint.weights())
    return design.network.eval(), design


def figures(run: Run, told: dict[str, list[Batch]]) -> dict[str, float]:
    network, design = trained(run)
    return {name: validate(network, design, batches).error for name, batches in told.items()}


def best_of_proposals(run: Run, batches: list[Batch]) -> float:
    """The error of the proposal that is nearest to the artist, drawing by drawing."""
    network, design = trained(run)
    painted = replace(design, picture=lambda answer, batch: answer)
    errors = []
    for batch in batches:
        for number in range(len(batch["ink"])):
            one = {key: value[number : number + 1] for key, value in batch.items()}
            with torch.no_grad():
                _, palettes = network(one["ink"], one["hints"], one["palette"])
            errors.append(
                min(
                    validate(network.painter, painted, [one | {"palette": palettes[:, k]}]).error
                    for k in range(palettes.shape[1])
                )
            )
    return float(np.mean(errors))


def chain(recipe: Recipe, out: Path, told: dict[str, list[Batch]]) -> list[Run]:
    """Trains the designs one after another and prints their table."""
    runs: list[Run] = []
    blank = {name: validate_blank(batches) for name, batches in told.items()}
    print("| design | " + " | ".join(told) + " | its own task: before -> after |")
    print("|---|" + "---|" * (len(told) + 1))
    print("| white paper | " + " | ".join(f"{value:.2f}" for value in blank.values()) + " | |")
    before: dict[str, float] = blank
    for design, task in ORDER.items():
        start = str(runs[-1].folder) if runs else None
        runs.append(train(replace(recipe, design=design, start=start), out, quiet=True))
        found = figures(runs[-1], told)
        step = f"{before[task]:.2f} -> {found[task]:.2f}"
        row = " | ".join(f"{value:.2f}" for value in found.values())
        print(f"| {design} | {row} | {task}: {step} |", flush=True)
        before = found
    best = best_of_proposals(runs[-1], told["nothing"][:2])
    print(f"\nblind, the best of 4 proposals (mean over drawings): {best:.2f}\n", flush=True)
    return runs


def validate_blank(batches: list[Batch]) -> float:
    white = Design("blank", nn.Identity(), {}, lambda answer, batch: answer, Policy())

    class Paper(nn.Module):
        def forward(self, ink: torch.Tensor, hints: torch.Tensor, palette: torch.Tensor) -> object:
            return torch.ones(len(ink), 3, *ink.shape[2:])

    return validate(Paper(), white, batches).error


def adversaries(recipe: Recipe, out: Path, start: Run, told: dict[str, list[Batch]]) -> list[Run]:
    """The spatial design from the baseline's weights with each adversarial loss; prints a table."""
    runs = []
    print("| adversarial loss | conditional | 10 hints | liveliness |\n|---|---|---|---|")
    for name, conditional in [
        ("none", True),
        *((each, True) for each in ADVERSARIAL),
        ("hinge", False),
    ]:
        asked = replace(
            recipe,
            design="spatial",
            adversarial=name,
            conditional=conditional,
            start=str(start.folder),
            every=recipe.steps or 1,
        )
        runs.append(train(asked, out, quiet=True))
        found = figures(runs[-1], {"10 hints": told["10 hints"]})["10 hints"]
        kind = "-" if name == "none" else "yes" if conditional else "no"
        print(f"| {name} | {kind} | {found:.2f} | {liveliness(runs[-1], told):.2f} |", flush=True)
    return runs


@torch.no_grad()
def liveliness(run: Run, told: dict[str, list[Batch]]) -> float:
    """Mean of (largest - smallest of R, G, B) over the artist's, off the lines."""
    network, design = trained(run)
    ours = theirs = 0.0
    for batch in told["10 hints"]:
        answer = network(batch["ink"], batch["hints"], batch["palette"])
        for picture, sign in ((design.picture(answer, batch), 0), (batch["color"], 1)):
            chroma = float(((picture.amax(1) - picture.amin(1)) * batch["weight"][:, 0]).sum())
            ours, theirs = (ours + chroma, theirs) if sign == 0 else (ours, theirs + chroma)
    return ours / theirs


@torch.no_grad()
def sheet(runs: list[Run], told: dict[str, list[Batch]], path: Path, rows: int = 6) -> None:
    """The same drawings by each design, each told what it is meant to be told."""
    networks = [(run.recipe.design, *trained(run)) for run in runs]
    lines = []
    for number in range(rows):
        cells, one = [], {}
        for name, network, design in networks:
            batch = told[ORDER[name]][number]
            one = {key: value[:1] for key, value in batch.items()}
            answer = network(one["ink"], one["hints"], one["palette"])
            picture = design.picture(answer, one)[0] * (1 - one["ink"][0])
            size = extent(one, 0)
            if not cells:
                cells.append(Cell(as_bytes(told_picture(one, 0), *size), "told to the first two"))
            cells.append(Cell(as_bytes(picture, *size), f"told {ORDER[name]}"))
        cells.append(Cell(as_bytes(one["color"][0], *extent(one, 0)), "the artist's"))
        lines.append(cells)
    contact_sheet(["drawing", *(name for name, *_ in networks), "truth"], lines).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection")
    parser.add_argument("--out", type=Path, default=Path("designs"))
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--adversarial-steps", type=int, default=None, help="else as --steps")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--held-back", type=int, default=48)
    asked = parser.parse_args()
    recipe = Recipe(
        design="baseline",
        collection=asked.collection,
        steps=asked.steps,
        size=asked.size,
        batch=asked.batch,
        limit=asked.limit,
        held_back=asked.held_back,
        every=asked.steps,
        average=0.98,
        warmup=20,
        workers=0,
    )
    pairs = read_pairs(Path(asked.collection))
    drawings = Drawings(pairs.validation, asked.size, asked.out / "cache")
    told = {
        name: fixed_batches(Samples(drawings, policy, 1), asked.held_back, 8)
        for name, policy in TOLD.items()
    }
    print(
        f"{asked.steps} steps of {asked.batch} drawings at {asked.size} px, "
        f"{asked.limit} pictures, {asked.held_back} held back\n"
    )
    runs = chain(recipe, asked.out, told)
    sheet(runs, told, asked.out / "designs.png")
    shorter = replace(recipe, steps=asked.adversarial_steps or asked.steps)
    adversaries(shorter, asked.out, runs[0], told)


if __name__ == "__main__":
    plainly(main)
