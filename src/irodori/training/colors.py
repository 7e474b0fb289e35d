"""The common colors that a voting network votes for."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from irodori.color.space import to_even
from irodori.training.augment import with_inside
from irodori.training.cells import on_grid
from irodori.training.drawings import Drawings

COUNT = 96


def common_colors(drawings: Drawings, seed: int, *, count: int = COUNT, look: int = 1000) -> Tensor:
    """RGB (count, 3) in 0..1: white, then centers of a k-means over `look` training drawings.

    A color counts by the square root of its frequency, so that rare lively ones get a place too.
    """
    random = np.random.default_rng(seed)
    chosen = random.permutation(len(drawings))[:look]
    cells = np.concatenate([_some_cells(drawings, int(index), random) for index in chosen])
    coarse, frequency = np.unique(cells // 6, axis=0, return_counts=True)
    share = np.sqrt(frequency)
    picked = coarse[random.choice(len(coarse), 60_000, p=share / share.sum())] * 6 + 3
    rgb = np.minimum(picked, 255).astype(np.float32) / 255
    rgb += random.normal(0, 1e-4, rgb.shape).astype(np.float32)  # k-means wants distinct points
    cv2.setRNGSeed(seed % 2**31)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 60, 0.01)
    start = np.zeros((len(rgb), 1), np.int32)
    _, labels, _ = cv2.kmeans(to_even(rgb), count - 1, start, criteria, 2, cv2.KMEANS_PP_CENTERS)
    label = np.asarray(labels)[:, 0]
    centers = [rgb[label == number].mean(0) for number in np.unique(label)]
    centers += [np.ones(3)] * (count - 1 - len(centers))
    return torch.tensor(np.clip(np.array([np.ones(3), *centers]), 0, 1), dtype=torch.float32)


def _some_cells(drawings: Drawings, index: int, random: np.random.Generator) -> NDArray[np.uint8]:
    cells = on_grid(with_inside(drawings.read(index)))
    off_line = cells.color[cells.weight > 0.8].astype(np.uint8)
    return np.asarray(random.permutation(off_line)[:150], np.uint8)
