"""Train every program and its twin as planned, over several seeds, and print how well they do.

    python benchmarks/faults/verify.py [--set known|unseen] [--only NAME] [--seeds 3]

The figure is validation accuracy (classification), balanced accuracy (binary, multilabel) or R²
(regression, image), or what the program's own `symptom(program) -> float` returns after training:
higher is better. A twin counts when it is ahead in every seed by the margin.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))
MARGIN = 0.05


def default_step(
    model: nn.Module, batch: Any, loss: Callable[..., Tensor], optimizer: torch.optim.Optimizer
) -> Tensor:
    inputs, targets = batch
    optimizer.zero_grad()
    value = loss(model(inputs), targets)
    value.backward()
    optimizer.step()
    return value


def train(program: dict[str, Any]) -> None:
    """The plan, carried out."""
    step = program["train_step"] or default_step
    if program["train_step"] is None:
        program["model"].train()
    for _ in range(program["epochs"]):
        for batch in program["train_loader"]:
            step(program["model"], batch, program["loss"], program["optimizer"])


def score(program: dict[str, Any]) -> float:
    """How good the trained model is on its own validation data (training data without any)."""
    model = program["model"].eval()
    pairs = [(model(x), y) for x, y in program["val_loader"] or program["train_loader"]]
    outputs = torch.cat([output.detach() for output, _ in pairs])
    targets = torch.cat([target for _, target in pairs])
    if program["task"] == "classification":
        truth = targets.argmax(1) if targets.ndim == outputs.ndim else targets
        return (outputs.argmax(1) == truth).float().mean().item()
    if program["task"] in ("binary", "multilabel"):
        logits = isinstance(program["loss"], nn.BCEWithLogitsLoss)
        guess = outputs.flatten() > (0.0 if logits else 0.5)
        truth = targets.flatten() > 0.5
        sides = [(guess == truth)[truth == side].float().mean().item() for side in (False, True)]
        return sum(sides) / 2
    targets = targets.view(outputs.shape)
    spread = (targets - targets.mean(0)).square().sum()
    return 1 - ((outputs - targets).square().sum() / spread).item()


def measured(build: Callable[[], dict[str, Any]], symptom: Any, seed: int) -> tuple[float, float]:
    """(figure, seconds) of one training."""
    torch.manual_seed(seed)
    program = build()
    started = time.perf_counter()
    train(program)
    seconds = time.perf_counter() - started
    figure = symptom(program) if symptom else score(program)
    return (figure if figure == figure else float("-inf")), seconds


def line(module: Any, name: str, seeds: int) -> str:
    """One program's row: both twins' figures, their seconds, in how many seeds the twin wins."""
    symptom = getattr(module, "symptom", None)
    faulty, fixed = (
        [measured(build, symptom, seed) for seed in range(seeds)]
        for build in (module.faulty, module.fixed)
    )
    wins = sum(b[0] > a[0] + MARGIN for a, b in zip(faulty, fixed, strict=True))
    columns = "".join(
        f"{' '.join(f'{figure:.3g}' for figure, _ in runs):>28}" for runs in (faulty, fixed)
    )
    times = "".join(f"{statistics.median(s for _, s in runs):>6.1f}" for runs in (faulty, fixed))
    return f"{name:<20}{columns}{times}  {wins}/{seeds}"


def healthy_line(build: Callable[[], dict[str, Any]], seeds: int) -> str:
    runs = [measured(build, None, seed) for seed in range(seeds)]
    figures = " ".join(f"{figure:.3g}" for figure, _ in runs)
    return f"{build.__name__:<20}{figures:>28}{statistics.median(s for _, s in runs):>6.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Do the fixed twins train better?")
    parser.add_argument("--set", choices=["known", "unseen"], default="known")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    room = "faults" if options.set == "known" else "faults_unseen"
    programs = importlib.import_module(room)
    print(f"{'program':<20}{'faulty':>28}{'fixed':>28}{'s':>6}{'s':>6}  twin better")
    for name in programs.names():
        if not options.only or name in options.only:
            print(line(programs.program(name), name, options.seeds), flush=True)
    print(f"\n{'healthy':<20}{'figure':>28}{'s':>6}")
    for build in importlib.import_module(f"{room}.healthy").PROGRAMS:
        if not options.only or build.__name__ in options.only:
            print(healthy_line(build, options.seeds), flush=True)


if __name__ == "__main__":
    main()
