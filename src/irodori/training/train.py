"""The loop that grows the shipped colourist: `python -m irodori.training.train PREPARED RUN`.

It is given time, not steps, since what a laptop has is a night. Pictures may grow in stages
(progressive resizing); the rate falls along a cosine to zero at the end of the time. A run
that was stopped goes on from its last checkpoint, with the time that it had left.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import torch
import typer
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from irodori.color.space import to_even
from irodori.network.colornet import ColorNet
from irodori.network.losses.votes import distances, vote_loss
from irodori.training.feed import Policy, Prepared, Sample, Samples, collate

BINS = 96
STAGES = ((0.0, 256),)  # from this share of the time on, this work size
SHADE_WEIGHT = 2.0


@dataclass(frozen=True)
class Recipe:
    """Everything a run was asked for.

    `minutes`: wall-clock time of training; `rate`: the highest learning rate.
    """

    minutes: float
    seed: int = 1
    batch: int = 16
    rate: float = 1.5e-3
    weight_decay: float = 0.01
    ema_decay: float = 0.998
    threads: int = 2


def common_colors(prepared: Prepared, count: int, seed: int) -> Tensor:
    """RGB (count, 3) in 0..1: white, then centres of a k-means over the training colours.

    A colour counts by the square root of its frequency, so that rare lively ones get a bin too.
    """
    random = np.random.default_rng(seed)
    chosen = random.permutation(np.flatnonzero(~prepared.validation))[:3000]
    cells = np.concatenate([_some_cells(prepared, int(index), random) for index in chosen])
    coarse, frequency = np.unique(cells // 6, axis=0, return_counts=True)
    share = np.sqrt(frequency)
    picked = coarse[random.choice(len(coarse), 60_000, p=share / share.sum())] * 6 + 3
    rgb = np.minimum(picked, 255).astype(np.float32) / 255
    cv2.setRNGSeed(seed)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 60, 0.01)
    start = np.zeros((len(rgb), 1), np.int32)
    _, labels, _ = cv2.kmeans(to_even(rgb), count - 1, start, criteria, 2, cv2.KMEANS_PP_CENTERS)
    label = np.asarray(labels)
    centres = [rgb[label[:, 0] == number].mean(0) for number in range(count - 1)]
    return torch.tensor(np.array([np.ones(3), *centres]), dtype=torch.float32)


def _some_cells(prepared: Prepared, index: int, random: np.random.Generator) -> NDArray[np.uint8]:
    drawing = prepared[index]
    off_line = drawing["target"][drawing["weight"] > 200]
    return np.asarray(random.permutation(off_line)[:150], np.uint8)


def source_weights(sources: NDArray[np.str_]) -> NDArray[np.float64]:
    """How often each drawing is drawn, summing to 1.

    A source's share grows with its size to the power 0.6, so that sets composed from one kit of
    parts do not drown the many hands of the small ones.
    """
    _, inverse, counts = np.unique(sources, return_inverse=True, return_counts=True)
    weight = (counts ** (0.6 - 1.0))[inverse]
    return np.asarray(weight / weight.sum())


def _order(prepared: Prepared, length: int, batch: int, seed: int) -> NDArray[np.intp]:
    """Indices of `length` training samples; batches hold drawings of like shape."""
    random = np.random.default_rng(seed)
    training = np.flatnonzero(~prepared.validation)
    drawn = random.choice(training, length, p=source_weights(prepared.sources[training]))
    aspects = np.array([prepared.aspect(int(index)) for index in training])
    aspect_of = dict(zip(training.tolist(), aspects.tolist(), strict=True))
    out = []
    for start in range(0, length - batch + 1, batch * 16):
        chunk = drawn[start : start + batch * 16]
        chunk = chunk[np.argsort([aspect_of[int(index)] for index in chunk], kind="stable")]
        groups = [chunk[i : i + batch] for i in range(0, len(chunk) - batch + 1, batch)]
        out += [groups[i] for i in random.permutation(len(groups))]
    return np.concatenate(out)


def stream(prepared: Prepared, recipe: Recipe, start: int) -> Iterator[Sample]:
    """Batches without end from batch number `start` on, the same ones for the same seed."""
    round_length = 64 * 16 * recipe.batch
    number = start // (round_length // recipe.batch)
    skip = start % (round_length // recipe.batch)
    while True:
        seed = recipe.seed * 100_003 + number
        order = _order(prepared, round_length, recipe.batch, seed)
        samples = Samples(prepared, order, Policy(), seed)
        positions = np.arange(len(order)).reshape(-1, recipe.batch)[skip:]
        loader: DataLoader[Sample] = DataLoader(
            samples,
            batch_sampler=positions.tolist(),
            collate_fn=collate,
            num_workers=1,
            prefetch_factor=6,
            worker_init_fn=_single_thread,
            multiprocessing_context="spawn",  # a forked worker hangs on the parent's thread pools
        )
        yield from loader
        number, skip = number + 1, 0


def _single_thread(_: int) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def sample_loss(
    network: torch.nn.Module, batch: Sample, bins_even: Tensor
) -> tuple[Tensor, Tensor]:
    """Vote loss and shade loss of a batch."""
    ink = batch["ink"].contiguous(memory_format=torch.channels_last)
    hints = batch["hints"].contiguous(memory_format=torch.channels_last)
    log_votes, shade = network(ink, hints, batch["palette"])
    apart = distances(batch["target_even"], bins_even, batch["palette_even"], batch["flow_even"])
    votes = vote_loss(log_votes.float(), apart, batch["weight"])
    off = (shade.float() - batch["shade"]).abs() * batch["weight"]
    return votes, off.sum() / batch["weight"].sum().clamp(min=1)


@torch.no_grad()
def validate(
    network: torch.nn.Module, prepared: Prepared, bins_even: Tensor, *, hints: int, count: int
) -> dict[str, float]:
    """Mean loss and mean distance from the truth on `count` held-back drawings."""
    held = np.flatnonzero(prepared.validation)
    chosen = np.random.default_rng(0).permutation(held)[:count]
    chosen = np.array(sorted(chosen, key=lambda index: prepared.aspect(int(index))))
    policy = Policy(palette=(0, 0), augment=False, hints=hints)
    loader = DataLoader(Samples(prepared, chosen, policy, 0), batch_size=8, collate_fn=collate)
    network.eval()
    total = np.zeros(4)
    for batch in loader:
        with torch.autocast("cpu", torch.bfloat16):
            log_votes, _ = network(batch["ink"], batch["hints"], batch["palette"])
        apart = distances(
            batch["target_even"], bins_even, batch["palette_even"], batch["flow_even"]
        )
        weight = batch["weight"]
        loss = vote_loss(log_votes.float(), apart, weight)
        error = (apart.gather(1, log_votes.argmax(1, keepdim=True)) * weight).sum()
        white = (apart[:, :1] * weight).sum()
        share = float(weight.sum())
        total += [float(loss) * share, float(error), float(white), share]
    network.train()
    loss_mean, error_mean, white_mean = total[:3] / total[3]
    return {"loss": loss_mean, "error": error_mean, "blank": white_mean}


@dataclass
class State:
    """What a checkpoint holds besides the networks."""

    step: int = 0
    seconds: float = 0.0


def save(path: Path, network: ColorNet, average: Any, optimizer: Any, state: State) -> None:
    """Writes a checkpoint; a crash leaves the one before."""
    temporary = path.with_suffix(".tmp")
    torch.save(
        {
            "network": network.state_dict(),
            "average": average.module.state_dict(),
            "averaged": average.n_averaged,
            "optimizer": optimizer.state_dict(),
            "state": asdict(state),
        },
        temporary,
    )
    temporary.replace(path)


def train(prepared_folder: Path, run: Path, recipe: Recipe) -> None:
    """Trains until the time is used up, going on from `run/checkpoint.pt` if there is one."""
    run.mkdir(parents=True, exist_ok=True)
    (run / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n")
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    fabric = Fabric(accelerator="cpu", devices=1, precision="bf16-mixed")
    sets = {size: Prepared(prepared_folder / str(size)) for _, size in STAGES}
    smallest = sets[STAGES[0][1]]
    network = ColorNet(common_colors(smallest, BINS, recipe.seed))
    average = AveragedModel(
        network,
        multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.rate, weight_decay=recipe.weight_decay
    )
    state = State()
    checkpoint = run / "checkpoint.pt"
    if checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(kept["network"])
        average.module.load_state_dict(kept["average"])
        average.n_averaged = kept["averaged"]
        optimizer.load_state_dict(kept["optimizer"])
        state = State(**kept["state"])
    bins_even = torch.from_numpy(to_even(network.bins.numpy()))
    model, fabric_optimizer = fabric.setup(network, optimizer)
    budget = recipe.minutes * 60
    while state.seconds < budget:
        stage = max(i for i, (share, _) in enumerate(STAGES) if state.seconds >= share * budget)
        until = STAGES[stage + 1][0] * budget if stage + 1 < len(STAGES) else budget
        prepared = sets[STAGES[stage][1]]
        for batch in stream(prepared, recipe, state.step):
            began = time.monotonic()
            rate = _rate(recipe.rate, state.seconds / budget, state.step)
            for group in optimizer.param_groups:
                group["lr"] = rate
            votes, shade = sample_loss(model, batch, bins_even)
            fabric_optimizer.zero_grad()
            fabric.backward(votes + SHADE_WEIGHT * shade)
            norm = fabric.clip_gradients(model, fabric_optimizer, max_norm=1.0)
            fabric_optimizer.step()
            average.update_parameters(network)
            state.step += 1
            if state.step % 25 == 0:
                _log(
                    run,
                    state,
                    rate=rate,
                    votes=votes.item(),
                    shade=shade.item(),
                    norm=float(norm if norm is not None else 0),
                )
            if state.step % 500 == 0:
                save(checkpoint, network, average, optimizer, state)
                for hints in (0, 10):
                    figures = validate(average.module, prepared, bins_even, hints=hints, count=160)
                    _log(run, state, hints=hints, **figures)
            state.seconds += time.monotonic() - began
            if state.seconds >= until:
                break
        save(checkpoint, network, average, optimizer, state)


def _rate(highest: float, progress: float, step: int) -> float:
    return highest * min(1, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * min(1, progress)))


def _log(run: Path, state: State, **figures: float) -> None:
    line = json.dumps(
        {"step": state.step, "seconds": round(state.seconds, 1)}
        | {key: round(value, 6) for key, value in figures.items()}
    )
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    print(line, flush=True)


def main(
    prepared: Path,
    run: Path,
    minutes: Annotated[float, typer.Option(min=0.1)] = 90,
    seed: int = 1,
    threads: int = 2,
) -> None:
    """Grow a colourist from the folder that `python -m irodori.training.prepare` wrote."""
    train(prepared, run, Recipe(minutes=minutes, seed=seed, threads=threads))


if __name__ == "__main__":
    typer.run(main)
