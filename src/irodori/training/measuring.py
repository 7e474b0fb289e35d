"""How good a colorist is on held-back pairs, colored as a user's drawing is: region by region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from irodori.collection.entries import Entry
from irodori.collection.pictures import decode
from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.measure.errors import Picture, colorfulness, mean_error
from irodori.measure.protocols import place_hints
from irodori.measure.truth import Truth
from irodori.network.colornet import STRIDE, ColorNet
from irodori.network.proposer import Blind
from irodori.training.export import ColorGraph, PictureGraph
from irodori.training.team import ColorTeam

PROTOCOLS = ("0", "10")
"""Hints that drawings are measured with, as `irodori evaluate` names them."""

Tell = Callable[[int, int, str], None]
"""Is told what is done, what there is in all, and a name."""


@dataclass(frozen=True)
class Quality:
    """Means over drawings: CIEDE2000 off the lines, by protocol; colorfulness over the truth's.

    colorful: of what was painted without hints, the mean over that of the artists' pictures.
    """

    errors: dict[str, float]
    colorful: float

    @property
    def mean_error(self) -> float:
        """Over the protocols."""
        return float(np.mean(list(self.errors.values())))


def read_pair(entry: Entry) -> tuple[Drawing, Truth]:
    """An entry's first line art as a drawing, and the artist's picture."""
    color: Picture = decode(entry.color.read(), "RGB", entry.id)
    lines = decode(entry.lines[0].read(), "L", entry.id)
    drawing = Drawing(np.asarray(1 - lines / np.float32(255), np.float32))
    return drawing, Truth(color, drawing.ink)


def some(entries: Sequence[Entry], count: int) -> list[Entry]:
    """At most `count` from all over a list, the same every time."""
    chosen = np.random.default_rng(0).permutation(len(entries))[:count]
    return [entries[index] for index in sorted(chosen.tolist())]


def measure(colorist: Colorist, entries: Sequence[Entry], name: str, tell: Tell) -> Quality:
    """Colors every entry with the hints of each protocol and compares; `name` is told to `tell`."""
    errors: dict[str, list[float]] = {protocol: [] for protocol in PROTOCOLS}
    made, true = [], []
    for number, entry in enumerate(entries):
        tell(number, len(entries), name)
        drawing, truth = read_pair(entry)
        encoding = colorist.encode(drawing)
        for protocol in PROTOCOLS:
            hints = place_hints(protocol, truth, entry.id, 0)
            painted = colorist.colorize(encoding, hints).color()
            errors[protocol].append(mean_error(painted, truth.color, truth.off_lines))
            if protocol == "0":
                made.append(colorfulness(painted, truth.off_lines))
                true.append(truth.colorfulness)
    return Quality(
        {protocol: float(np.nanmean(found)) for protocol, found in errors.items()},
        float(np.nanmean(made)) / max(float(np.nanmean(true)), 1e-9),
    )


def colorist_of(network: nn.Module, work_size: int) -> Colorist:
    """A design's network, or a team, in use without being exported."""
    network.eval()
    card: dict[str, Any] = {"name": "network", "stride": STRIDE, "work_size": work_size}
    if isinstance(network, ColorNet | ColorTeam):
        graphs: dict[str, Any] = {
            "encode": _Graph(network.encoder, ["ink"], ["fine", "coarse"]),
            "color": _Graph(
                ColorGraph(network).eval(),
                ["fine", "coarse", "hints", "palette"],
                ["votes", "shade", "color", "confidence"],
            ),
        }
        return Colorist(graphs, card | {"bins": network.bins.tolist()})
    painter = network.painter if isinstance(network, Blind) else network
    graphs = {"color": _Graph(PictureGraph(painter).eval(), ["ink", "hints", "palette"], ["color"])}
    if isinstance(network, Blind):
        graphs["propose"] = _Graph(network.proposer, ["ink", "noise"], ["palette"])
    return Colorist(graphs, card | {"answer": "picture"})


class _Graph:
    """A module called as an onnxruntime session is."""

    def __init__(self, module: nn.Module, inputs: list[str], outputs: list[str]) -> None:
        self._module, self._inputs, self._outputs = module, inputs, outputs

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in self._inputs]

    @torch.no_grad()
    def run(
        self, names: Sequence[str], given: dict[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        answer = self._module(
            *(torch.from_numpy(np.ascontiguousarray(given[name])) for name in self._inputs)
        )
        answers: Sequence[Tensor] = [answer] if isinstance(answer, Tensor) else answer
        named = dict(zip(self._outputs, answers, strict=True))
        return [named[name].numpy() for name in names]
