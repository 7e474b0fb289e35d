"""Hints of one page on the next: how many find their region, against hints left where they were.

    python benchmarks/matching.py

The next page is the same figure moved, turned, scaled and bent; where each region went is known.
Counted over regions of at least 0.1 % of the page. "offered": the share that is sure enough to be
offered; "right": of those, the share in the right region.
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from irodori import Colorist, Drawing
from irodori.studio.matching import match
from irodori.studio.models import DabHint
from irodori.studio.shelf import Prepared, prepare
from pages import scaled

NAMES = ("adventurer", "farmer", "pufferfish", "sailor", "student", "witch")
STRENGTHS = {"a little": 0.3, "clearly": 1.0, "much": 2.0}


def warp(strength: float, size: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Where every pixel of the new page comes from, (H, W) x and y in pixels of the old one."""
    width, height = size
    random = np.random.default_rng(seed)
    turn = np.radians(random.uniform(-8, 8) * strength)
    scale = 1 + random.uniform(-0.12, 0.12) * strength
    shift = random.uniform(-0.08, 0.08, 2) * strength * max(size)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    dx, dy = x - width / 2 - shift[0], y - height / 2 - shift[1]
    sx = (np.cos(turn) * dx + np.sin(turn) * dy) / scale + width / 2
    sy = (-np.sin(turn) * dx + np.cos(turn) * dy) / scale + height / 2
    bend = random.normal(0, 1, (2, 4, 4)).astype(np.float32) * 0.015 * strength * max(size)
    bends = [cv2.resize(each, size, interpolation=cv2.INTER_CUBIC) for each in bend]
    return (sx + bends[0]).astype(np.float32), (sy + bends[1]).astype(np.float32)


def count(colorist: Colorist, name: str, strength: float, seed: int) -> tuple[int, int, int, int]:
    """(regions, offered, right, right if left where they were)."""
    picture = scaled(name, 512).convert("L")
    x, y = warp(strength, picture.size, seed)
    moved = cv2.remap(
        np.asarray(picture), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    old, new = (
        prepare(Drawing.load(each), colorist, work_size=256, live_work_size=256)
        for each in (picture, Image.fromarray(moved))
    )
    places = _places(old)
    hints = [
        DabHint(id=str(number), kind="dab", x=px, y=py, color="#C03040", radius=2)
        for number, (px, py) in enumerate(places)
    ]
    found = {int(hint.id.removeprefix("match-")): hint for hint in match(old, hints, new)}
    labels = new.encoding.regions.labels()
    right = stayed = known = offered = 0
    for number, (px, py) in enumerate(places):
        went = np.hypot(x - px, y - py)
        if went.min() > 1.5:
            continue  # it left the page
        known += 1
        truth = labels[np.unravel_index(went.argmin(), went.shape)]
        stayed += int(labels[int(py), int(px)] == truth)
        if number in found:
            offered += 1
            right += int(labels[int(found[number].y), int(found[number].x)] == truth)
    return known, offered, right, stayed


def _places(page: Prepared) -> list[tuple[float, float]]:
    """The innermost place of every region that is not tiny."""
    labels = page.encoding.regions.labels()
    places = []
    for region in np.unique(labels):
        inside = (labels == region).astype(np.uint8)
        if inside.sum() >= 0.001 * inside.size:
            away = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
            row, column = divmod(int(away.argmax()), away.shape[1])
            places.append((column + 0.5, row + 0.5))
    return places


def main() -> None:
    colorist = Colorist.load(threads=1)
    print(
        f"{'moved and bent':>14} {'regions':>8} {'offered':>8} {'right':>7} {'left in place':>14}"
    )
    for word, strength in STRENGTHS.items():
        sums = np.zeros(4, int)
        for name in NAMES:
            for seed in range(3):
                sums += count(colorist, name, strength, seed)
        known, offered, right, stayed = sums.tolist()
        print(
            f"{word:>14} {known:>8} {offered / known:>8.0%} {right / max(offered, 1):>7.0%} "
            f"{stayed / known:>14.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
