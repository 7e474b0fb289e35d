"""The bundled way of coloring against the old one: a large network that paints every pixel.

    python benchmarks/pix2pix.py COLLECTION FOLDER [--minutes 20] [--limit 24] [--colorist quick]

The old way (Isola, Zhu, Zhou, Efros, CVPR 2017): a U-Net of 54 million parameters, eight times
halved, told the ink and the hints; L1 times 100 and a conditional judge of patches; Adam at 0.0002.
It learns for so many minutes from COLLECTION at 256 px; a colorist to compare with should have had
the same collection and time (`--colorist`). On the pairs in FOLDER both get ten hints at random:
PSNR of the finished pictures, and processor time of the networks on one core, 512 px wide.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori import Colorist
from irodori.color.colorist import WORK_SIZE, folder_of
from irodori.measure.errors import Picture, psnr
from irodori.measure.pairs import Pair, Pairs
from irodori.measure.protocols import place_hints
from irodori.measure.truth import Truth
from irodori.training.drawings import Drawings
from irodori.training.export import quietly
from irodori.training.feed import Batch, Order, Policy, Samples, stream
from irodori.training.pairs import read_pairs
from limits import graphs, opened
from plainly import plainly

SIDE, WORK = 256, 512
HINTS = 4  # premultiplied RGB and mask
WIDTHS = (64, 128, 256, 512, 512, 512, 512, 512)


class Pix2pix(nn.Module):
    """ink (N, 1, H, W) and hints (N, 4, H, W), premultiplied RGB and mask -> RGB in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for number, width in enumerate(WIDTHS):
            before = WIDTHS[number - 1] if number else 1 + HINTS
            middle = 0 < number < len(WIDTHS) - 1
            self.down.append(
                nn.Sequential(
                    nn.LeakyReLU(0.2) if number else nn.Identity(),
                    nn.Conv2d(before, width, 4, 2, 1),
                    nn.BatchNorm2d(width) if middle else nn.Identity(),
                )
            )
            out = WIDTHS[number - 1] if number else 3
            inner = number == len(WIDTHS) - 1
            self.up.append(
                nn.Sequential(
                    nn.ReLU(),
                    nn.ConvTranspose2d(width if inner else 2 * width, out, 4, 2, 1),
                    nn.BatchNorm2d(out) if number else nn.Sigmoid(),
                    nn.Dropout(0.5) if number > 4 and not inner else nn.Identity(),
                )
            )

    def forward(self, ink: Tensor, hints: Tensor) -> Tensor:
        value, seen = torch.cat([ink, hints], 1), []
        for down in self.down:
            value = down(value)
            seen.append(value)
        value = self.up[-1](seen[-1])
        for number in reversed(range(len(WIDTHS) - 1)):
            value = self.up[number](torch.cat([value, seen[number]], 1))
        return value


def patch_judge() -> nn.Sequential:
    """ink, hints and a picture (N, 8, H, W) -> scores of patches of 70 pixels."""
    layers: list[nn.Module] = [nn.Conv2d(1 + HINTS + 3, 64, 4, 2, 1), nn.LeakyReLU(0.2)]
    for before, width, stride in ((64, 128, 2), (128, 256, 2), (256, 512, 1)):
        layers += [nn.Conv2d(before, width, 4, stride, 1), nn.BatchNorm2d(width), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(512, 1, 4, 1, 1))


def learn(collection: Path, minutes: float) -> Pix2pix:
    """Trained for so long; prints how far it came."""
    torch.manual_seed(1)
    painter, judge = Pix2pix(), patch_judge()
    painter.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    painters, judges = (
        torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999)) for network in (painter, judge)
    )
    began, steps = time.monotonic(), 0
    while time.monotonic() - began < 60 * minutes:
        for batch in batches(collection):
            with torch.autocast("cpu", torch.bfloat16):
                ink, hints, color = squared(batch)
                made = painter(ink, hints)
                told = torch.cat([ink, hints], 1)
                found = [judge(torch.cat([told, each], 1)) for each in (made.detach(), color)]
                judged = F.softplus(found[0]).mean() + F.softplus(-found[1]).mean()
            step(judges, judged / 2)
            with torch.autocast("cpu", torch.bfloat16):
                fooled = F.softplus(-judge(torch.cat([told, made], 1))).mean()
                loss = fooled + 100 * (made.float() - color).abs().mean()
            step(painters, loss)
            steps += 1
            if time.monotonic() - began > 60 * minutes:
                break
    print(f"the old way learnt for {minutes:g} minutes, {steps} steps of 8", flush=True)
    return painter.eval()


def step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def batches(collection: Path) -> Iterator[Batch]:
    with tempfile.TemporaryDirectory() as cache:
        drawings = Drawings(read_pairs(collection).training, SIDE, Path(cache))
        samples = Samples(drawings, Policy(unhinted=0.2, palette=(0, 0)), 1)
        yield from stream(samples, Order(drawings, 8, 1), 0)


def squared(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Ink, hints on its grid, and the picture with its ink; padded to the side."""
    ink, color = batch["ink"], batch["color"]
    hints = F.interpolate(batch["hints"][:, :HINTS], size=ink.shape[2:], mode="nearest")
    pad = (0, SIDE - ink.shape[3], 0, SIDE - ink.shape[2])
    return F.pad(ink, pad), F.pad(hints, pad), F.pad(color, pad, value=1.0)


def painted(painter: Pix2pix, pair: Pair, truth: Truth) -> Picture:
    """Its picture at the drawing's own size, the lines laid over it anew."""
    rows, columns = pair.drawing.ink.shape
    scale = SIDE / max(rows, columns)
    height, width = max(1, round(rows * scale)), max(1, round(columns * scale))
    canvas, told = np.zeros((1, SIDE, SIDE), np.float32), np.zeros((HINTS, SIDE, SIDE), np.float32)
    canvas[0, :height, :width] = cv2.resize(
        pair.drawing.ink, (width, height), interpolation=cv2.INTER_AREA
    )
    hints = place_hints("10", truth, pair.id)
    told[:, :height, :width] = hints.rasterize(
        height, width, drawing_height=rows, drawing_width=columns
    )
    with torch.inference_mode():
        made = painter(torch.from_numpy(canvas[None]), torch.from_numpy(told[None]))[0]
    small = np.ascontiguousarray(made[:, :height, :width].permute(1, 2, 0).float().numpy())
    large = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.rint(255 * large * (1 - pair.drawing.ink[..., None])).clip(0, 255).astype(np.uint8)


def compare(painter: Pix2pix, colorist: Colorist, pairs: Pairs, limit: int) -> None:
    old, ours = [], []
    for name in pairs.ids(limit):
        pair = pairs.read(name)
        truth = Truth(pair.color, pair.drawing.ink)
        old.append(psnr(painted(painter, pair, truth), truth.color))
        made = colorist.colorize(pair.drawing, place_hints("10", truth, name)).image()
        ours.append(psnr(np.asarray(made.convert("RGB")), truth.color))
    gain = statistics.mean(ours) - statistics.mean(old)
    print(
        f"{len(old)} drawings, ten hints: {statistics.mean(ours):.2f} dB, the old way "
        f"{statistics.mean(old):.2f} dB: {gain:+.2f} dB  (at least +3)"
    )


def time_networks(painter: Pix2pix, folder: Path, rounds: int = 5) -> None:
    """Seconds of one core for each graph, 512 px wide, by the same runtime."""
    given = (torch.zeros(1, 1, WORK, WORK), torch.zeros(1, HINTS, WORK, WORK))
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept, "pix2pix.onnx")
        with quietly():
            torch.onnx.export(
                painter, given, path, input_names=["ink", "hints"], dynamo=True, verbose=False
            )
        session = opened(path)
    feeds = {"ink": given[0].numpy(), "hints": given[1].numpy()}
    work = {"old": (session, feeds)}
    for side in (WORK, WORK_SIZE):
        for name, (graph, told) in graphs(folder, side).items():
            work[f"{name} {side}"] = (opened(graph), told)
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, (graph, told) in work.items():
            started = time.process_time()
            graph.run(None, told)
            taken[name].append(time.process_time() - started)
    spent = {name: statistics.median(each) for name, each in taken.items()}
    old, color = spent["old"], spent[f"color {WORK}"]
    used = spent[f"encode {WORK_SIZE}"] + spent[f"color {WORK_SIZE}"]
    both = spent[f"encode {WORK}"] + color
    print(f"one core, a drawing of {WORK} px: the old way {old * 1e3:.0f} ms")
    print(
        f"both graphs as they are used, looking at {WORK_SIZE} px  {used / old:.3f}  (at most 0.1)"
    )
    print(f"both graphs, looking at {WORK} px                {both / old:.3f}")
    print(f"color, looking at {WORK} px                      {color / old:.3f}  (at most 0.2)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--limit", type=int, default=24)
    parser.add_argument("--colorist", default="quick")
    asked = parser.parse_args()
    painter = learn(asked.collection, asked.minutes)
    size = sum(weight.numel() for weight in painter.parameters())
    print(f"its generator has {size / 1e6:.1f} million parameters")
    compare(painter, Colorist.load(asked.colorist), Pairs(asked.folder), asked.limit)
    time_networks(painter, folder_of(asked.colorist))


if __name__ == "__main__":
    plainly(main)
