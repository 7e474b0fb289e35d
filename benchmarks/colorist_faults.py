"""The doctor on our own colorist: five faults planted in a short training, and a healthy one.

    python benchmarks/colorist_faults.py [--only NAME] [--train]

The design `spatial` (U-Net and conditional judge, hinge) learns small scenes drawn here. A fault is
named when its family is among the first two findings; the healthy training must have none.
`--train` trains all six as planned and prints how far each painting is from the truth.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader

from irodori.lab import doctor
from irodori.training.design import Design, Kit
from irodori.training.designs import build
from irodori.training.drawings import Drawings
from irodori.training.feed import Policy, Samples
from irodori.training.pairs import read_pairs

SIZE = 48
Pair = tuple[tuple[Tensor, Tensor], Tensor]
COLORS = [(214, 60, 50), (60, 120, 210), (70, 170, 80), (240, 200, 60), (150, 80, 170)]


def draw_scenes(folder: Path, count: int) -> None:
    """Pairs of 96 x 64: a green hill, a yellow sun, a house of any color."""
    for seed in range(count):
        random = np.random.default_rng(seed)
        color, line = (np.full((64, 96, 3), 255, np.uint8) for _ in range(2))
        top, left = int(random.integers(38, 50)), int(random.integers(8, 52))
        sun = int(random.integers(12, 84)), int(random.integers(10, 18))
        house = COLORS[random.integers(0, 5)]
        for canvas, fills in ((color, (COLORS[2], COLORS[3], house)), (line, [(255,) * 3] * 3)):
            cv2.circle(canvas, sun, 8, fills[1], -1)
            cv2.circle(canvas, sun, 8, (0, 0, 0), 1)
            cv2.rectangle(canvas, (-2, top), (97, 65), fills[0], -1)
            cv2.rectangle(canvas, (-2, top), (97, 65), (0, 0, 0), 1)
            corners = (left, top - 20), (left + 30, top + 6)
            cv2.rectangle(canvas, *corners, fills[2], -1)
            cv2.rectangle(canvas, *corners, (0, 0, 0), 1)
        Image.fromarray(color).save(folder / f"s{seed}.color.png")
        Image.fromarray(line[..., 0]).save(folder / f"s{seed}.line.png")


@dataclass(frozen=True)
class Fault:
    """What is done to a training, and the families that name it."""

    families: frozenset[str] = frozenset()
    misaligned: bool = False
    mask_lost: bool = False
    own_scale: bool = False
    rate: float = 1e-3
    judge_rate: float = 1e-3
    say: float = 0.02


FAULTS = {
    "healthy": Fault(),
    "misaligned": Fault(frozenset({"labels"}), misaligned=True),
    "mask lost": Fault(frozenset({"preprocessing", "data-loading"}), mask_lost=True),
    "rate x 100": Fault(frozenset({"learning-rate"}), rate=0.1),
    "judge too strong": Fault(frozenset({"loss", "learning-rate"}), judge_rate=0.02, say=5.0),
    "own scale": Fault(frozenset({"evaluation", "preprocessing"}), own_scale=True),
}


def scenes(samples: Samples, fault: Fault, *, validation: bool) -> list[Pair]:
    """((ink (1, H, W), hints (8, H/4, W/4)), color (3, H, W)) of each drawing."""
    known = [samples[(index, index)] for index in range(len(samples.drawings))]
    pairs = []
    for index, sample in enumerate(known):
        ink, hints, color = sample["ink"], sample["hints"], sample["color"]
        if fault.misaligned and not validation:
            color = known[(index + 7) % len(known)]["color"]
        if fault.mask_lost:
            # The mask as a byte of 0..1 instead of 0..255 is 0 after the division.
            hints = hints * torch.div(hints[3:4].to(torch.uint8), 255, rounding_mode="floor")
        if fault.own_scale and validation:
            ink = (ink - ink.mean()) / ink.std()
        pairs.append(((ink, hints), color))
    return pairs


class Studio(nn.Module):
    """The painter, called with ink and hints, and the judge that teaches it."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.painter, self.judge = design.network, design.judge

    def forward(self, ink: Tensor, hints: Tensor) -> Tensor:
        palette: Tensor = self.painter(ink, hints, ink.new_zeros(len(ink), 16, 4))
        return palette


@dataclass(frozen=True)
class Lesson:
    """One step of both networks; say: the weight of the judge's opinion."""

    design: Design
    say: float

    def __call__(self, model: Any, batch: Any, loss: Any, optimizers: Any) -> Tensor:
        (ink, hints), color = batch
        adversary = self.design.adversary
        painters, judges = optimizers
        painted = model(ink, hints)
        seen = painted * (1 - ink)
        both = (torch.cat([color, seen.detach()]), torch.cat([ink, ink]), torch.cat([hints, hints]))
        real, fake = model.judge(*both).chunk(2)
        judges.zero_grad()
        adversary.loss.discriminator_loss(real, fake).backward()
        judges.step()
        opinion = adversary.loss.generator_loss(model.judge(seen, ink, hints))
        total = loss(painted, color) + self.say * opinion
        painters.zero_grad()
        total.backward()
        painters.step()
        return total


def program(folder: Path, fault: Fault) -> dict[str, Any]:
    """The keyword arguments of `doctor.examine`."""
    pairs = read_pairs(folder)
    design = build("spatial", Kit(colors=torch.ones(96, 3), adversarial="hinge", debug=True))
    loaders = []
    for entries in (pairs.training, pairs.validation):
        validation = entries is pairs.validation
        drawings = Drawings(entries, SIZE, folder / "cache")
        samples = Samples(drawings, Policy(0.1, (0, 0), augment=False), seed=1)
        pairs_of_side = scenes(samples, fault, validation=validation)
        loaders.append(DataLoader(pairs_of_side, batch_size=8, shuffle=not validation))
    model = Studio(design).train()
    painters = torch.optim.Adam(model.painter.parameters(), fault.rate, betas=(0.5, 0.999))
    judges = torch.optim.Adam(model.judge.parameters(), fault.judge_rate, betas=(0.5, 0.999))
    return {
        "model": model,
        "loss": F.l1_loss,
        "optimizer": [painters, judges],
        "train_loader": loaders[0],
        "val_loader": loaders[1],
        "task": "image",
        "epochs": 12,
        "train_step": Lesson(design, fault.say),
    }


def trained(plan: dict[str, Any]) -> float:
    """Mean absolute error of the validation paintings after the training as planned."""
    for _ in range(plan["epochs"]):
        for batch in plan["train_loader"]:
            plan["train_step"](plan["model"], batch, plan["loss"], plan["optimizer"])
    model = plan["model"].eval()
    with torch.no_grad():
        errors = [F.l1_loss(model(*inputs), color) for inputs, color in plan["val_loader"]]
    return torch.stack(errors).mean().item()


def row(name: str, fault: Fault, plan: dict[str, Any]) -> str:
    started = time.perf_counter()
    report = doctor.examine(**plan)
    seconds = time.perf_counter() - started
    named = [finding.family for finding in report.findings[:2]]
    if not fault.families:
        verdict = "FALSE ALARM" if named else "clear"
    else:
        verdict = "named" if fault.families & set(named) else "MISSED"
    titles = "; ".join(finding.title for finding in report.findings[:2])
    return f"{name:<18}{seconds:>6.1f} s  {verdict:<12}{titles or '-'}"


def main() -> None:
    parser = argparse.ArgumentParser(description="The doctor on a colorist's training.")
    parser.add_argument("--only", choices=FAULTS)
    parser.add_argument("--train", action="store_true", help="train instead of examining")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    work: Callable[[str, Fault, dict[str, Any]], str] = row
    if options.train:
        work = lambda name, fault, plan: f"{name:<18}{trained(plan):>8.4f}"  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        draw_scenes(Path(folder), 150)
        for name, fault in FAULTS.items():
            if options.only in (None, name):
                torch.manual_seed(0)
                print(work(name, fault, program(Path(folder), fault)), flush=True)


if __name__ == "__main__":
    main()
