"""How light the paper is at every place of a picture, and the picture with that divided out.

The light on a page changes slowly, ink does not. So the paper is looked for on a coarse grid of
cells: each cell's light tone, then a smooth surface through the lightest of them (a lamp, a lens'
dark corners), then what the surface misses (a fold, a shadow), as far as it stays close to it.
OpenCV is imported where it is used: a clean digital drawing never comes here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PAPER = 224
"""Level of paper after `flatten`; the room up to 255 keeps the paper's noise symmetric."""

_GRID = 128  # cells along the longer side
_BAND = 512  # rows flattened at a time, so that a page costs no second page of memory

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def page_light(picture: Bytes) -> Floats:
    """The paper's light under a drawn or photographed page.

    `picture`: uint8 (H, W, C). Returns float32 (h, w, C), 16 and up, on a grid of at most
    `_GRID` cells a side that spans the picture.
    """
    import cv2

    cells = _cell_tones(picture)
    lines_wide = max(3, max(cells.shape[:2]) // 14 | 1)
    square = np.ones((lines_wide, lines_wide), np.uint8)
    closed = cv2.morphologyEx(cells, cv2.MORPH_CLOSE, square, borderType=cv2.BORDER_REPLICATE)
    light = np.empty_like(cells)
    for channel, tones in enumerate(np.atleast_3d(closed).transpose(2, 0, 1)):
        surface = _upper_surface(tones)
        ratio = _without_solids(tones / surface)
        light[..., channel] = surface * cv2.GaussianBlur(ratio, (0, 0), lines_wide / 3)
    return np.clip(light, 16, 255)


def _without_solids(ratio: Floats) -> Floats:
    """`ratio` (h, w) of tone to surface with 1 where it's drawn, not lit: solid areas, washes.

    A shadow on paper fades out over several cells; what somebody filled ends in one.
    """
    import cv2

    low = (ratio < 0.9).astype(np.uint8)
    count, labels = cv2.connectedComponents(low)
    square = np.ones((3, 3), np.uint8)
    rims = low > cv2.erode(low, square, borderValue=1)
    jumps = cv2.dilate(ratio, square) - cv2.erode(ratio, square) > 0.07
    sharp = np.bincount(labels[rims & jumps], minlength=count)
    solid = sharp > 0.5 * np.bincount(labels[rims], minlength=count)
    solid[0] = False
    drawn = solid[labels] | (ratio < 0.5) | (ratio > 1.3)
    return np.where(drawn, np.float32(1), ratio)


def local_light(grey: Bytes) -> Floats:
    """The tone around every line of a painted picture, where "paper" is each area's own colour.

    `grey`: uint8 (H, W, 1). Returns float32 (h, w, 1), 16 and up, on a grid that spans it.
    """
    import cv2

    small = _shrunk(grey, 1024)
    wide = max(3, max(small.shape[:2]) // 48 | 1)
    square = np.ones((wide, wide), np.uint8)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, square, borderType=cv2.BORDER_REPLICATE)
    light = np.asarray(closed, np.float32).reshape(*closed.shape[:2], 1)
    return np.clip(light, 16, 255)


def flatten(picture: Bytes, light: Floats) -> Bytes:
    """The picture divided by its paper's light, in the channel that is darkest at each pixel.

    `picture`: uint8 (H, W, C); `light`: float32 (h, w, C) on a coarser grid.
    Returns uint8 (H, W): `PAPER` where there's paper, 0 full ink. The darkest channel counts
    colour as ink too: a blue or red line is as far from white paper as its darkest channel is.
    """
    import cv2

    height, width = picture.shape[:2]
    across = cv2.resize(light, (width, light.shape[0])).reshape(light.shape[0], width, -1)
    flat = np.empty((height, width), np.uint8)
    for top in range(0, height, _BAND):
        rows = np.arange(top, min(top + _BAND, height))
        # The centres of the grid's rows, as cv2.resize has them.
        at = np.clip((rows + 0.5) * light.shape[0] / height - 0.5, 0, light.shape[0] - 1)
        above = at.astype(np.int64)
        below = np.minimum(above + 1, light.shape[0] - 1)
        part = (at - above).astype(np.float32)[:, None, None]
        paper = across[above] * (1 - part) + across[below] * part
        band = picture[rows[0] : rows[-1] + 1] * (np.float32(PAPER) / paper)
        flat[rows] = np.clip(band.min(axis=2) + 0.5, 0, 255)
    return flat


def has_color_areas(picture: Bytes, light: Floats) -> bool:
    """Whether areas, not lines alone, have a colour other than the paper's.

    `picture`: uint8 (H, W, C); `light`: its `page_light`.
    """
    import cv2

    if picture.shape[2] == 1:
        return False
    small = _shrunk(picture, 256).astype(np.float32)
    paper = cv2.resize(light, small.shape[1::-1])
    flat = np.clip(small / paper, 0, 1)
    flat = cv2.morphologyEx(flat, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    chroma = flat.max(axis=2) - flat.min(axis=2)
    return bool((chroma > 0.22).mean() > 0.08)


def _shrunk(picture: Bytes, longest: int) -> Bytes:
    """A copy with its longer side at most `longest` pixels, uint8 (h, w, C), means of areas."""
    import cv2

    height, width, channels = picture.shape
    scale = longest / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8).reshape(size[1], size[0], channels)


def _cell_tones(picture: Bytes) -> Floats:
    """float32 (h, w, C): the light tone of each cell, which is the paper if it shows any."""
    small = _shrunk(picture, 8 * _GRID)
    height, width, channels = small.shape
    side = -(-max(height, width) // _GRID)
    pad = ((0, -height % side), (0, -width % side), (0, 0))
    small = np.pad(small, pad, mode="edge")
    cells = small.reshape(-(-height // side), side, -(-width // side), side, channels)
    cells = cells.transpose(0, 2, 4, 1, 3).reshape(*cells.shape[::2], side * side)
    # Four in five pixels of a cell with a line through it are paper or darker: noise is not it.
    rank = int(0.8 * (side * side - 1) + 0.5)
    tones: Floats = np.partition(cells, rank, axis=-1)[..., rank].astype(np.float32)
    return tones


def _upper_surface(tones: Floats) -> Floats:
    """A quadratic surface through the lightest of `tones` (h, w), of the same shape.

    Refitted a few times to the cells that are not far below it, so that ink, however much of it
    there is, leaves it where the paper is.
    """
    height, width = tones.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    flat = tones.ravel().astype(np.float64)
    top = float(np.percentile(flat, 95))
    surface = np.full(flat.shape, top)
    for share in (0.45, 0.6, 0.75, 0.85, 0.9, 0.9):
        near = flat > share * surface
        if near.sum() < 24:  # too little paper to see a slope in
            break
        factors = np.linalg.lstsq(terms[near], flat[near], rcond=None)[0]
        # Where no paper was seen the surface is a guess, which must stay sane.
        surface = np.clip(terms @ factors, 0.3 * top, 1.1 * top)
    paper: Floats = np.maximum(surface, 16).reshape(height, width).astype(np.float32)
    return paper
