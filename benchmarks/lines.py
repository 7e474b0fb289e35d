"""How near line art drawn from a color picture comes to the true line art of that picture.

    python benchmarks/lines.py FOLDER [--limit 200]

FOLDER: a collection, or shards of pairs with true line art. Strokes are thinned to one pixel; a
drawn stroke's pixel is right if a true stroke runs within 2 pixels of it (precision), a true one is
found if a drawn one does (recall). The reference is Canny's edge detector at OpenCV's usual
thresholds, on the same pictures in the same run; `time` is in multiples of its time. Last, pens as
`irodori data pair` chooses them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage.morphology import skeletonize

from irodori.collection.dataset import Dataset, Sample
from irodori.collection.lines import WAYS, Pen, choose_pen, draw_with
from plainly import plainly

TOLERANCE = 2.0
STROKE = 0.3  # from this much ink on a pixel belongs to a stroke


def canny(picture: np.ndarray) -> np.ndarray:
    """Edges as ink, float32 (H, W)."""
    return (cv2.Canny(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), 100, 200) > 0).astype(np.float32)


def strokes(ink: np.ndarray) -> np.ndarray:
    """bool (H, W): the middle of each stroke."""
    return np.asarray(skeletonize(ink >= STROKE))


def agreement(drawn: np.ndarray, true: np.ndarray) -> tuple[int, int, int, int]:
    """Right ones of so many drawn pixels, found ones of so many true pixels."""

    def near(one: np.ndarray, other: np.ndarray) -> int:
        if not other.any():
            return 0
        away = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, 5)
        return int((away[one] <= TOLERANCE).sum())

    return near(drawn, true), int(drawn.sum()), near(true, drawn), int(true.sum())


def ways() -> dict[str, Callable[[Sample], np.ndarray]]:
    """What is measured, by name."""
    found: dict[str, Callable[[Sample], np.ndarray]] = {"Canny": lambda sample: canny(sample.color)}
    for name, way in WAYS.items():
        pen = Pen({name: {key: sum(span) / 2 for key, span in way.ranges.items()}})
        found[name] = lambda sample, pen=pen: draw_with(pen, sample.color)
    found["pair"] = lambda sample: draw_with(
        choose_pen(np.random.default_rng(list(sample.id.encode()))), sample.color
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Drawn line art against true line art.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=200, help="pictures, evenly over the ids")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    data = Dataset(asked.folder, None, shuffle=False)
    chosen = np.linspace(0, len(data) - 1, min(asked.limit, len(data))).astype(int)
    totals = {name: np.zeros(4, np.int64) for name in ways()}
    seconds = dict.fromkeys(totals, 0.0)
    for position in chosen:
        sample = data[int(position)]
        true = strokes(sample.ink)
        for name, draw in ways().items():
            began = time.perf_counter()
            ink = draw(sample)
            seconds[name] += time.perf_counter() - began
            totals[name] += agreement(strokes(ink), true)
    print(f"{len(chosen)} pictures with true line art; strokes within {TOLERANCE:g} pixels")
    print(f"{'':10} {'precision':>9} {'recall':>7} {'F1':>6} {'of Canny':>8} {'time':>6}")
    reference = 0.0  # Canny's, which comes first
    for name, (right, drawn, found, true) in totals.items():
        precision, recall = right / max(1, drawn), found / max(1, true)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        reference = reference or f1
        cost = seconds[name] / seconds["Canny"]
        print(
            f"{name:10} {precision:9.3f} {recall:7.3f} {f1:6.3f} {f1 / reference:8.2f} {cost:6.1f}"
        )


if __name__ == "__main__":
    plainly(main)
