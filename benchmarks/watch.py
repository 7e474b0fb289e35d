"""What watching costs a training step, beside the usual ways, and whether memory stays flat.

    python benchmarks/watch.py [--rounds 30] [--memory-steps 10000]

All monitors train the same network from the same weights, taking turns of ten steps in one process
on one thread; a ratio is the processor time of a monitor's turn over that of the unmonitored loop
beside it. The median over all rounds is printed, and the average, which spreads work that is done
only now and then over all steps. "unwatched again" is a second unmonitored
loop: what it differs from 1 is the noise of the measurement.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from irodori.lab import doctor, inspect
from table import Table, parser

TURN = 10
After = Callable[[int, Tensor], None]


def cnn() -> tuple[nn.Module, Tensor]:
    """Three convolutions and three dense layers, and 32 pictures of 3 x 32 x 32."""
    model = nn.Sequential(
        nn.Conv2d(3, 64, 5), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        nn.Conv2d(64, 96, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        nn.Conv2d(96, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.Flatten(),
        nn.Linear(128 * 9, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10),
    )  # fmt: skip
    return model, torch.randn(32, 3, 32, 32)


def mlp() -> tuple[nn.Module, Tensor]:
    """Four dense layers, and 64 rows of 128."""
    model = nn.Sequential(
        nn.Linear(128, 192), nn.ReLU(), nn.Linear(192, 192), nn.ReLU(),
        nn.Linear(192, 96), nn.ReLU(), nn.Linear(96, 10),
    )  # fmt: skip
    return model, torch.randn(64, 128)


def nothing(model: nn.Module, optimizer: torch.optim.Optimizer, held: ExitStack) -> After:
    return lambda step, loss: None


def watched(model: nn.Module, optimizer: torch.optim.Optimizer, held: ExitStack) -> After:
    watch = held.enter_context(doctor.watch(model, optimizer, every=10))
    return lambda step, loss: watch.step(loss)


def recorded(model: nn.Module, optimizer: torch.optim.Optimizer, held: ExitStack) -> After:
    """The inspector's histories, at its default sampling."""
    folder = held.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    recorder = held.enter_context(inspect.record(model, optimizer, Path(folder, "h.jsonl")))
    return lambda step, loss: recorder.step()


def tensorboard(model: nn.Module, optimizer: torch.optim.Optimizer, held: ExitStack) -> After:
    """Histograms of all weights and gradients every tenth step."""
    folder = held.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    writer = SummaryWriter(folder)
    held.callback(writer.close)

    def after(step: int, loss: Tensor) -> None:
        if step % 10 == 0:
            writer.add_scalar("loss", loss.item(), step)
            for name, weight in model.named_parameters():
                writer.add_histogram(f"weight/{name}", weight, step)
                writer.add_histogram(f"grad/{name}", weight.grad, step)

    return after


def naive(every: int) -> Callable[..., After]:
    """Hooks for each layer's mean, deviation and share of zeros, and the norms of all weights."""

    def monitor(model: nn.Module, optimizer: torch.optim.Optimizer, held: ExitStack) -> After:
        now, seen = [0], []

        def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
            if now[0] % every == 0:
                zeros = (output == 0).float().mean()
                seen.append([output.mean().item(), output.std().item(), zeros.item()])

        for module in model:
            held.callback(module.register_forward_hook(hook).remove)

        def after(step: int, loss: Tensor) -> None:
            if step % every == 0:
                for weight in model.parameters():
                    seen.append([weight.norm().item(), weight.grad.norm().item()])
            now[0] = step + 1

        return after

    return monitor


WATCHED = "doctor.watch, every 10th"
MONITORS: dict[str, Callable[..., After]] = {
    "unwatched": nothing,
    "unwatched again": nothing,
    WATCHED: watched,
    "inspect.record, every 100th": recorded,
    "naive hooks, every 10th": naive(10),
    "naive hooks, every step": naive(1),
    "TensorBoard, every 10th": tensorboard,
}


class Loop:
    """One training loop that goes on where it stopped."""

    def __init__(self, network: Callable[[], tuple[nn.Module, Tensor]]) -> None:
        torch.manual_seed(0)
        self.model, self.inputs = network()
        self.targets = torch.randint(0, 10, (len(self.inputs),))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)
        self.steps = 0

    def run(self, steps: int, after: After) -> float:
        """Processor seconds per step of that many steps more."""
        started = time.process_time()
        for _ in range(steps):
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(self.inputs), self.targets)
            loss.backward()
            self.optimizer.step()
            after(self.steps, loss)
            self.steps += 1
        return (time.process_time() - started) / steps


def compare(
    network: Callable[[], tuple[nn.Module, Tensor]], rounds: int, turn: int
) -> dict[str, list[float]]:
    """Seconds per step of every monitor in every round."""
    seconds: dict[str, list[float]] = {name: [] for name in MONITORS}
    spare = Loop(network)
    with ExitStack() as held:
        loops = {name: Loop(network) for name in MONITORS}
        afters = {
            name: monitor(loops[name].model, loops[name].optimizer, held)
            for name, monitor in MONITORS.items()
        }
        for number in range(-1, rounds):
            order = list(MONITORS)
            order = order[number % len(order) :] + order[: number % len(order)]
            for name in order:
                # Every turn finds the same caches.
                spare.run(turn // 2, lambda step, loss: None)
                taken = loops[name].run(turn, afters[name])
                if name.startswith("TensorBoard"):
                    time.sleep(0.5)  # its writer's thread comes to rest
                if number >= 0:  # the first round warms up
                    seconds[name].append(taken)
    return seconds


def memory(steps: int) -> list[tuple[int, float, float]]:
    """(step, MiB that Python holds, MiB resident) of a watched MLP along the way."""
    loop, seen = Loop(mlp), []
    page = 4096 / 2**20
    with doctor.watch(loop.model, loop.optimizer, every=10) as watch:
        loop.run(200, lambda step, loss: watch.step(loss))
        tracemalloc.start()
        for _ in range(10):
            loop.run(steps // 10, lambda step, loss: watch.step(loss))
            gc.collect()
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * page
            seen.append((loop.steps, tracemalloc.get_traced_memory()[0] / 2**20, resident))
        tracemalloc.stop()
    return seen


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--memory-steps", type=int, default=10_000)
    options = arguments.parse_args()
    table = Table()
    torch.set_num_threads(1)
    for title, network, turn, most in (("CNN", cnn, TURN, 1.02), ("MLP", mlp, 10 * TURN, 1.10)):
        seconds = compare(network, options.rounds, turn)
        plain = seconds["unwatched"]
        print(f"{title}: {1000 * statistics.median(plain):.2f} ms a step, at most {most} watched")
        print(f"  {'':<28}{'median':>7}{'average':>9}")
        for name, taken in seconds.items():
            ratios = [ours / bare for ours, bare in zip(taken, plain, strict=True)]
            average = sum(taken) / sum(plain)
            print(f"  {name:<28}{statistics.median(ratios):>7.3f}{average:>9.3f}", flush=True)
        watching = [a / b for a, b in zip(seconds[WATCHED], plain, strict=True)]
        name = f"doctor.watch on a {title}"
        table.add(name, statistics.median(watching), against="an unwatched loop", limit=most)
    print(f"{'steps':>7} {'Python MiB':>11} {'resident MiB':>13}   (MLP, watched)")
    for step, held, resident in memory(options.memory_steps):
        print(f"{step:>7} {held:>11.3f} {resident:>13.1f}")
    table.write(options.json)


if __name__ == "__main__":
    main()
