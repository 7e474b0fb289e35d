"""Transfer against a start from nothing, with few drawings and with more.

    python benchmarks/transfer.py COLLECTION [--target asp,openmoji] [--steps 500] [--size 64]

A ResNet18 first learns to tell the sources of a collection apart, all but those of `--target`, from
their colors and their lines. Its weights, in torchvision's format, are what the design `transfer`
starts from; beside it the same network from nothing, and one that goes on from a colorist of the
other sources (`--from`). All color drawings of the target, 100 and 1,000 of them, for the same
number of steps, and are measured on drawings that are held back. What was frozen is compared with
the file, bit for bit.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori.collection.entries import Entry, Place
from irodori.network.encoders import ResNet18
from irodori.training.drawings import Drawings
from irodori.training.loop import train
from irodori.training.pairs import read_pairs
from irodori.training.recipe import Recipe
from irodori.training.runs import Run
from plainly import plainly

WIDTH = 24  # of the ResNet, as the design has it without a file


def picture(drawings: Drawings, index: int, size: int, *, color: bool) -> Tensor:
    """(3, size, size) in 0..1: the colors, or black lines on white."""
    arrays = drawings.read(index)
    ink = 1 - torch.from_numpy(arrays["ink"]).float() / 255
    shown = (
        torch.from_numpy(arrays["color"]).permute(2, 0, 1).float() / 255 * ink
        if color
        else ink.expand(3, *ink.shape)
    )
    return F.interpolate(shown[None], (size, size), mode="area")[0]


def taught(entries: list[Entry], size: int, steps: int, cache: Path) -> tuple[ResNet18, float]:
    """A ResNet18 that tells sources apart, and the share it gets right of 256 held-back ones."""
    names = sorted({str(entry.facts["source"]) for entry in entries})
    drawings = Drawings(entries, size, cache)
    sources = torch.tensor([names.index(str(entry.facts["source"])) for entry in entries])
    order = torch.randperm(len(entries), generator=torch.Generator().manual_seed(0))
    apart, learning = order[:256], order[256:]
    torch.manual_seed(0)
    seer, head = ResNet18(WIDTH), nn.Linear(8 * WIDTH, len(names))
    optimizer = torch.optim.AdamW([*seer.parameters(), *head.parameters()], 1e-3)

    def answer(chosen: Tensor, *, color: bool) -> Tensor:
        batch = [picture(drawings, int(index), size, color=color) for index in chosen]
        logits: Tensor = head(seer(torch.stack(batch))[-1].mean((2, 3)))
        return logits

    for step in range(steps):
        chosen = learning[torch.randint(len(learning), (32,))]
        loss = F.cross_entropy(answer(chosen, color=step % 2 == 0), sources[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seer.eval()
    with torch.no_grad():
        right = answer(apart, color=False).argmax(1) == sources[apart]
    return seer, float(right.float().mean())


def gather(entries: list[Entry], folder: Path) -> None:
    """The pairs as loose files, so that each picture is a group of its own."""
    folder.mkdir()
    for entry in entries:
        name = hashlib.sha256(entry.id.encode()).hexdigest()[:12]
        for kind, place in (("color", entry.color), ("line", entry.lines[0])):
            (folder / f"{name}.{kind}.webp").write_bytes(read(place))


def read(place: Place) -> bytes:
    with place.path.open("rb") as file:
        file.seek(place.start)
        return file.read(place.size)


def frozen(run: Run, file: Path) -> tuple[int, int]:
    """(frozen tensors of the last checkpoint that equal the file's, all frozen tensors)."""
    weights, given = run.checkpoints()[-1].weights(), torch.load(file, weights_only=True)
    kept = [n for n in given if n.startswith(("conv1.", "bn1.", "layer1.")) and "num_" not in n]
    return sum(torch.equal(weights[f"seer.{name}"], given[name]) for name in kept), len(kept)


def best_error(run: Run) -> float:
    """The least validation error on the way."""
    errors: list[float] = [line["valid/error"] for line in run.metrics() if "valid/error" in line]
    return min(errors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", type=Path)
    parser.add_argument("--target", default="asp,openmoji", help="sources to color")
    parser.add_argument("--lesson-steps", type=int, default=400, help="of telling sources apart")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    target = asked.target.split(",")
    pairs = read_pairs(asked.collection)
    entries = [*pairs.training, *pairs.validation]
    ours = [entry for entry in entries if entry.facts.get("source") in target]
    others = [entry for entry in entries if entry.facts.get("source") not in target]
    with tempfile.TemporaryDirectory() as kept:
        folder = asked.out or Path(kept)
        seer, right = taught(others, asked.size, asked.lesson_steps, folder / "cache")
        file = folder / "resnet18.pth"
        torch.save(seer.state_dict(), file)
        print(f"ResNet18 on {len(others)} pictures of other sources: {right:.0%} told apart")
        gather(ours, folder / "target")
        gather(others[:: max(1, len(others) // 1000)], folder / "others")
        recipe = Recipe(
            design="transfer",
            collection=str(folder / "target"),
            steps=asked.steps,
            size=asked.size,
            batch=16,
            held_back=96,
            every=asked.steps,
            average=0.98,
            warmup=20,
            workers=0,
            seed=1,
        )
        there = replace(recipe, collection=str(folder / "others"))
        elsewhere = train(there, folder / "runs", quiet=True)
        print("| pictures | from nothing | ResNet18 | colorist of others | frozen unchanged |")
        print("|---|---|---|---|---|")
        for count in (100, 1000):
            recipe = replace(recipe, limit=count)
            plain = train(recipe, folder / "runs", quiet=True)
            transfer = train(replace(recipe, pretrained=str(file)), folder / "runs", quiet=True)
            on = train(replace(recipe, start=str(elsewhere.folder)), folder / "runs", quiet=True)
            errors = [best_error(run) for run in (plain, transfer, on)]
            same, all_of_them = frozen(transfer, file)
            figures = " | ".join(f"{error:.2f}" for error in errors)
            print(f"| {count} | {figures} | {same} of {all_of_them} |", flush=True)


if __name__ == "__main__":
    plainly(main)
