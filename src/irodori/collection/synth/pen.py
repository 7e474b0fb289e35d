"""Pens: how wide a line is and how it changes, wavers, breaks, and takes to the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.collection.synth.curves import Path, normals


@dataclass(frozen=True)
class Pen:
    """What all lines of a picture have in common.

    width: in pixels of a picture of 512. varying: how much a line swells, 0..1. tapered: lines end
    in points. wavering: pixels that the hand strays. broken: share of long lines with a gap.
    """

    kind: Literal["technical", "brush", "ballpoint", "pencil", "scan"]
    width: float
    varying: float = 0.0
    tapered: bool = False
    wavering: float = 0.0
    broken: float = 0.0

    def widths(self, length: float, count: int, random: np.random.Generator) -> NDArray[np.float64]:
        """How wide a line of `length` pixels is along its way: (count,), 1 on average."""
        if not self.varying:
            return np.ones(count)
        return 1 + self.varying * _wander(length, count, 60, random)

    def by_hand(self, line: Path, length: float, random: np.random.Generator) -> Path:
        """The line as a hand draws it."""
        if not self.wavering:
            return line
        stray = _wander(length, len(line), 30, random) * self.wavering
        return np.asarray(line + normals(line) * stray[:, None])

    def pieces(self, line: Path, length: float, random: np.random.Generator) -> list[Path]:
        """The line in one piece, or in two with a gap between."""
        if length < 50 or random.random() >= self.broken:
            return [line]
        gap = max(1, round(len(line) * random.uniform(2, 6) / length))
        at = int(random.integers(len(line) // 5, max(len(line) * 4 // 5 - gap, len(line) // 5 + 1)))
        return [piece for piece in (line[:at], line[at + gap :]) if len(piece) > 1]

    def on_paper(
        self, ink: NDArray[np.float32], random: np.random.Generator
    ) -> NDArray[np.float32]:
        """What the paper takes of the ink: float32 (H, W), 0 paper .. 1 ink; 0 where it was 0."""
        if self.kind == "pencil":
            grain = random.random(ink.shape, np.float32)
            grain = cv2.GaussianBlur(grain, (0, 0), 0.7) - 0.5
            ink = ink * np.clip(0.8 + 0.9 * grain, 0.2, 1)
        elif self.kind == "ballpoint":
            ink = ink * np.float32(random.uniform(0.65, 0.9))
        elif self.kind == "scan":
            ink = cv2.GaussianBlur(ink, (0, 0), 0.6) * np.float32(random.uniform(0.8, 1))
            ink[ink < 0.02] = 0
        return np.asarray(ink, np.float32)


def choose_pen(random: np.random.Generator) -> Pen:
    """A pen at random."""
    kinds = {"technical": 0.3, "brush": 0.3, "ballpoint": 0.1, "pencil": 0.18, "scan": 0.12}
    kind = str(random.choice(list(kinds), p=list(kinds.values())))
    broken = float(random.choice([0, 0, 0, 0.2, 0.5]))
    width = float(random.uniform(1.1, 2.6))
    if kind == "technical":
        return Pen("technical", width, 0, bool(random.random() < 0.3), 0, broken)
    if kind == "brush":
        return Pen("brush", width * 1.25, random.uniform(0.15, 0.4), True, 0.3, broken)
    if kind == "ballpoint":
        return Pen("ballpoint", random.uniform(0.9, 1.4), 0.08, False, 0.5, broken)
    if kind == "pencil":
        return Pen("pencil", width * 1.15, 0.2, True, random.uniform(0.3, 0.8), broken)
    return Pen("scan", width, 0.15, bool(random.random() < 0.5), 0.3, broken)


def _wander(
    length: float, count: int, wave: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """A slow change along a line, about -1..1, with a turn every `wave` pixels."""
    knots = random.uniform(-1, 1, max(4, round(length / wave) + 2))
    at = np.linspace(0, len(knots) - 1, count)
    left = np.minimum(at.astype(int), len(knots) - 2)
    share = (1 - np.cos((at - left) * np.pi)) / 2
    return np.asarray(knots[left] * (1 - share) + knots[left + 1] * share)
