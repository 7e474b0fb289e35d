"""How fast training is, against a plain loop over the same network in the same run.

    python benchmarks/training.py COLLECTION [--designs spatial,quick] [--rounds 5] [--processes]

Three figures: images per second of a step (bf16 where the processor has it, channels last) and of a
plain fp32 step on the same batch, taking turns, so that other work on the machine meets both; the
share of time that a real run spends waiting for samples, once the drawings are prepared; with
--processes, images per second of two processes over those of one.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch
from lightning_fabric import Fabric

from irodori.training.colors import common_colors
from irodori.training.design import Design, Kit
from irodori.training.designs import build
from irodori.training.devices import precision
from irodori.training.drawings import Drawings
from irodori.training.feed import Batch, Samples, fixed_batches
from irodori.training.lesson import Lesson
from irodori.training.loop import train
from irodori.training.pairs import read_pairs
from irodori.training.recipe import Recipe
from plainly import plainly
from table import Table, parser


def plain_step(design: Design, optimizer: torch.optim.Optimizer, batch: Batch) -> None:
    """What anybody would write."""
    design.network.train()
    answer = design.network(batch["ink"], batch["hints"], batch["palette"])
    loss = sum(term.weight * term.loss(answer, batch) for term in design.terms.values())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def speeds(recipe: Recipe, kit: Kit, batch: Batch, rounds: int) -> tuple[float, float]:
    """Images per second, (ours, plain), medians over rounds that take turns."""
    fabric = Fabric(accelerator="cpu", devices=1, precision=precision(recipe))
    ours = build(recipe.design, replace(kit, adversarial="none"))
    plain = build(recipe.design, replace(kit, adversarial="none"))
    ours.network.to(memory_format=torch.channels_last)
    lesson = Lesson(fabric, ours, recipe)
    optimizer = torch.optim.AdamW(plain.network.parameters(), 1e-3)
    close = {
        key: value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
        for key, value in batch.items()
    }
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for times, step in (
            (took[0], lambda: lesson.step(close)),
            (took[1], lambda: plain_step(plain, optimizer, batch)),
        ):
            began = time.perf_counter()
            step()
            if turn:  # the first round warms up
                times.append(time.perf_counter() - began)
    count = len(batch["ink"])
    return count / statistics.median(took[0]), count / statistics.median(took[1])


def of_run(recipe: Recipe, folder: Path) -> tuple[float, float]:
    """Images per second and share of time waiting, of a run's later half."""
    run = train(recipe, folder, quiet=True)
    lines = [line for line in run.metrics() if "waiting" in line]
    later = lines[len(lines) // 2 :]
    return (
        statistics.median(line["images_per_second"] for line in later),
        statistics.median(line["waiting"] for line in later),
    )


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("collection")
    arguments.add_argument("--designs", default="spatial,quick")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--size", type=int, default=256)
    arguments.add_argument("--batch", type=int, default=8)
    arguments.add_argument("--steps", type=int, default=100, help="of the run that waits for data")
    arguments.add_argument("--processes", action="store_true", help="two processes against one")
    asked = arguments.parse_args()
    table = Table()
    pairs = read_pairs(Path(asked.collection))
    print(f"{asked.batch} drawings at {asked.size} px, {torch.get_num_threads()} threads")
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        recipe = Recipe(
            design="spatial",
            collection=asked.collection,
            steps=asked.steps,
            size=asked.size,
            batch=asked.batch,
            limit=64,
            held_back=4,
            every=asked.steps,
        )
        drawings = Drawings(pairs.training[:64], asked.size, folder / "cache")
        colors = common_colors(drawings, 1, look=64)
        print(f"{'design':<10} {'ours':>8} {'plain fp32':>11}  images/s")
        for name in asked.designs.split(","):
            design = build(name, Kit(colors=colors))
            batch = fixed_batches(Samples(drawings, design.policy, 1), asked.batch, asked.batch)[0]
            ours, plain = speeds(
                replace(recipe, design=name), Kit(colors=colors), batch, asked.rounds
            )
            print(f"{name:<10} {ours:>8.2f} {plain:>11.2f}")
            against = "a plain fp32 step"
            table.add(f"training, {name}", ours / plain, against=against, limit=2, at_least=True)
        one, waiting = of_run(recipe, folder)
        print(f"a run: {one:.2f} images/s")
        table.add("training, waiting for data", waiting, against="the whole time", limit=0.05)
        if asked.processes:
            torch.set_num_threads(1)
            two, _ = of_run(replace(recipe, devices=2), folder)
            one, _ = of_run(recipe, folder)
            table.add("training, two processes", two / one, against="one process")
    table.write(asked.json)


if __name__ == "__main__":
    plainly(main)
