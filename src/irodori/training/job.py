"""All that is found out, and may be refused, before a run begins to learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch

from irodori.storage.places import place
from irodori.training import runs, table
from irodori.training.colors import COUNT, common_colors
from irodori.training.design import Kit
from irodori.training.designs import build
from irodori.training.drawings import Drawings
from irodori.training.pairs import Pairs, read_pairs
from irodori.training.recipe import Recipe
from irodori.training.runs import Run
from irodori.training.start import load_start, read_start

Told: TypeAlias = Callable[[int, Mapping[str, float]], None]
"""Told the number of a step and its figures: losses by name, or after a validation valid/error."""


@dataclass(frozen=True)
class Job:
    """What every process of a run is given."""

    run: Run
    pairs: Pairs
    kit: Kit
    runs: Path
    quiet: bool
    told: Told | None = None


def plan(recipe: Recipe, folder: Path, *, resume: bool = False) -> str:
    """What `train` would do, as text; makes nothing. Raises TrainingError as `train` does."""
    pairs = read_pairs(place(recipe.collection))
    found = runs.to_resume(folder, recipe, None) if resume else None
    recipe = recipe if found is None else found.recipe
    weights = {} if recipe.start is None else read_start(recipe.start, folder)
    design = build(recipe.design, runs.kit_for(recipe, weights))
    if recipe.start is not None:
        load_start(design.network, weights, recipe.start)
    parameters = sum(weight.numel() for weight in design.network.parameters())
    losses = [f"{term.weight:g} {name}" for name, term in design.terms.items()]
    if design.adversary is not None:
        losses.append(f"{design.adversary.weight:g} {design.adversary.name} (adversarial)")
    facts = {
        "training": f"{len(pairs.training)} pictures",
        "held back": f"{len(pairs.validation)} pictures",
        "network": f"{parameters / 1e6:.2f} million parameters",
        "losses": ", ".join(losses),
        "run": "a new one" if found is None else found.address,
    }
    return table.described(recipe.to_json() | facts)


def prepare(
    recipe: Recipe,
    folder: Path,
    *,
    tag: str | None = None,
    resume: bool = False,
    quiet: bool = False,
    told: Told | None = None,
) -> Job:
    """Everything that can be refused before training begins; makes the run's folder."""
    pairs = read_pairs(place(recipe.collection))
    if recipe.limit is not None:
        # The same few for every seed, from all over the collection, which is sorted by id.
        some = np.random.default_rng(0).permutation(len(pairs.training))[: recipe.limit]
        few = [pairs.training[index] for index in sorted(some.tolist())]
        pairs = Pairs(few, few if recipe.debug else pairs.validation)
    found = runs.to_resume(folder, recipe, tag) if resume else None
    if found is not None:
        recipe = found.recipe
    kit = _kit(recipe, pairs, folder, found)
    torch.manual_seed(recipe.seed)
    design = build(recipe.design, kit)
    if found is None:
        found = runs.create(folder, recipe, design, tag)
    else:
        for checkpoint in found.checkpoints()[-1:]:
            found.design(checkpoint)
    return Job(found, pairs, kit, folder, quiet, told)


def _kit(recipe: Recipe, pairs: Pairs, folder: Path, found: Run | None) -> Kit:
    """What the design is built from; colors are looked for where it votes for them."""
    weights: dict[str, torch.Tensor] = {}
    there = [] if found is None else found.checkpoints()
    if there:
        weights = there[-1].weights()
    elif recipe.start is not None:
        weights = read_start(recipe.start, folder)
    kit = runs.kit_for(recipe, weights)
    if recipe.design == "quick" and "bins" not in weights:
        drawings = Drawings(pairs.training, recipe.size, runs.cache_of(folder))
        kit = replace(kit, colors=common_colors(drawings, recipe.seed, count=COUNT))
    return kit
