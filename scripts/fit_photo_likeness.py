#!/usr/bin/env python3
"""Fits src/irodori/collection/photo.npz: python scripts/fit_photo_likeness.py ART [MORE...]

ART: a folder of drawn pictures (ID.color.webp). Photographs: those that scikit-image, scikit-learn
and Matplotlib bring along. MORE: photographs that are only tested on.
Prints recall and false alarms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from irodori.collection import photo
from irodori.collection.reading import Picture, fit, read_picture

BUNDLED = [
    "rocket.jpg",
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "coins.png",
    "brick.png",
    "grass.png",
    "gravel.png",
    "clock_motion.png",
]
LEARN = ("china", "flower")
CROPS = 14  # of each photograph, besides the whole
ALARMS = 25  # drawn pictures that may be taken for photographs
EASY = 0.15  # share looked at of those composed from vector parts, which no one mistakes


def photographs() -> list[Path]:
    return [
        *(Path(str(files("skimage.data"))) / name for name in BUNDLED),
        *(
            Path(str(files("sklearn.datasets"))) / "images" / f"{name}.jpg"
            for name in ("china", "flower")
        ),
        Path(str(files("matplotlib"))) / "mpl-data/sample_data/grace_hopper.jpg",
    ]


def views(path: Path, random: np.random.Generator, crops: int) -> Iterator[Picture]:
    """The whole photograph and parts of it, stored in several ways."""
    whole = read_picture(path)
    yield fit(whole, min(photo.SIDE, max(whole.shape[:2])))
    for _ in range(crops):
        height, width = (int(side * random.uniform(0.4, 0.95)) for side in whole.shape[:2])
        top = int(random.integers(whole.shape[0] - height + 1))
        left = int(random.integers(whole.shape[1] - width + 1))
        part = np.ascontiguousarray(whole[top : top + height, left : left + width])
        part = fit(part, min(photo.SIDE, max(part.shape[:2])))
        kind, flag = ((".jpg", cv2.IMWRITE_JPEG_QUALITY), (".webp", cv2.IMWRITE_WEBP_QUALITY))[
            int(random.integers(2))
        ]
        if random.random() < 0.7:
            stored = cv2.imencode(kind, part[..., ::-1], [flag, int(random.integers(55, 96))])[1]
            part = np.ascontiguousarray(cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1])
        yield part


def hard(path: Path) -> bool:
    return not path.name.startswith(("charcreator", "dicebear", "facesjs", "openmoji", "robohash"))


def fit_weights(drawn: list[np.ndarray], taken: list[np.ndarray]) -> dict[str, np.ndarray]:
    repeats = max(1, sum(map(len, drawn)) // (2 * sum(map(len, taken))))
    squares = np.concatenate(drawn + taken * repeats)
    labels = np.repeat([0, 1], [sum(map(len, drawn)), sum(map(len, taken)) * repeats])
    scaler = StandardScaler().fit(squares)
    network = MLPClassifier((16,), alpha=0.05, max_iter=40, random_state=0)
    network.fit(scaler.transform(squares), labels)
    (first, last), (first_bias, last_bias) = network.coefs_, network.intercepts_
    return {
        "first": (first / scaler.scale_[:, None]).astype(np.float32),
        "first_bias": (first_bias - scaler.mean_ / scaler.scale_ @ first).astype(np.float32),
        "last": last[:, 0].astype(np.float32),
        "last_bias": np.float32(last_bias[0]),
        "middle": np.float32(0),
    }


def score(weights: dict[str, np.ndarray], squares: np.ndarray) -> float:
    hidden = np.maximum(squares @ weights["first"] + weights["first_bias"], 0)
    return float(np.clip(hidden @ weights["last"] + weights["last_bias"], -9, 9).mean())


def main() -> None:
    random = np.random.default_rng(0)
    art = sorted(Path(sys.argv[1]).rglob("*.color.*"))
    art = [path for path in art if hard(path) or random.random() < EASY]
    drawn = [photo.texture(read_picture(path)) for path in art]
    taken = [photo.texture(view) for path in photographs() for view in views(path, random, CROPS)]
    weights = fit_weights(drawn, taken)
    alarms = np.sort([score(weights, squares) for squares in drawn])
    weights["middle"] = np.float32(alarms[-1 - ALARMS])
    np.savez(Path(photo.__file__).with_name(photo.WEIGHTS), **weights)
    for what, paths in (("fitted on", photographs()), ("new", map(Path, sys.argv[2:]))):
        fresh = np.random.default_rng(1)
        found = [
            photo.photo_likeness(view) > 0.5 for path in paths for view in views(path, fresh, 10)
        ]
        if found:
            print(f"photographs {what}: {np.mean(found):.1%} of {len(found)} found")
    wrong = np.sum(alarms > weights["middle"])
    print(f"drawn: {wrong} of {len(alarms)}, the hardest of all, taken for photographs")


main()
