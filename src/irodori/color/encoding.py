"""All that depends on the ink alone, worked out once for a drawing and kept for the next hint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.conditions import Grid
from irodori.color.drawing import Drawing
from irodori.color.propagation import parts_on_grid
from irodori.color.regions import Regions


@dataclass(frozen=True, eq=False)
class Encoding:
    """A drawing, its regions, what the network saw in it, and the grid on which it decides."""

    drawing: Drawing
    regions: Regions
    features: tuple[NDArray[np.float32], ...]
    grid: Grid

    @cached_property
    def area(self) -> NDArray[np.int64]:
        """Pixels per part, (count + 1,)."""
        return np.bincount(self.regions.parts.ravel(), minlength=self.regions.count + 1)

    @cached_property
    def cells(self) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.intp]]:
        """Cells sorted by part: flat positions, weights (how little ink they hold), parts.

        A part too small for a cell of its own has the cell in which it lies.
        """
        parts, grid_parts = self.regions.parts, self.grid.parts
        seen = np.bincount(grid_parts.ravel(), minlength=self.regions.count + 1) > 0
        missing = 1 + np.flatnonzero(~seen[1:])
        position = np.arange(grid_parts.size)
        if len(missing):
            somewhere = np.zeros(self.regions.count + 1, np.int64)
            somewhere[parts.ravel()] = np.arange(parts.size)
            row, column = np.divmod(somewhere[missing], parts.shape[1])
            row = row * grid_parts.shape[0] // parts.shape[0]
            column = column * grid_parts.shape[1] // parts.shape[1]
            position = np.concatenate([position, row * grid_parts.shape[1] + column])
        owner = np.concatenate([grid_parts.ravel(), missing]).astype(np.intp)
        order = np.argsort(owner, kind="stable")
        weight = np.maximum(1 - self.grid.ink.ravel()[position], 0.02).astype(np.float32)
        return position[order], weight[order], owner[order]

    @cached_property
    def at_border(self) -> NDArray[np.bool_]:
        """Which parts belong to a region that touches the edge of the drawing, (count + 1,)."""
        parts = self.regions.parts
        rim = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
        touching = np.zeros(int(self.regions.region_of.max()) + 1, np.bool_)
        touching[self.regions.region_of[rim]] = True
        return touching[self.regions.region_of]

    def shrunk(self, longest: int) -> Encoding:
        """The same drawing with its long side at most `longest` pixels, for a quick preview.

        Regions and everything the colorist decides by stay those of the drawing's own size; what
        is painted is smaller. Hints for it are given in its own pixels.
        """
        height, width = self.drawing.height, self.drawing.width
        scale = longest / max(height, width)
        if scale >= 1:
            return self
        size = max(8, round(width * scale)), max(8, round(height * scale))
        ink = cv2.resize(self.drawing.ink, size, interpolation=cv2.INTER_AREA)
        alpha = self.drawing.alpha
        if alpha is not None:
            alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
        small = replace(
            self,
            drawing=replace(self.drawing, ink=np.asarray(ink, np.float32), alpha=alpha),
            regions=replace(
                self.regions, parts=parts_on_grid(self.regions.parts, size[1], size[0])
            ),
            grid=replace(self.grid, drawing_size=(size[1], size[0])),
        )
        # A part may have no pixel in the small picture; it is decided as in the large one.
        small.__dict__.update(area=self.area, cells=self.cells, at_border=self.at_border)
        return small

    def with_parts(
        self, pixels: NDArray[np.int32], cells: NDArray[np.int32], cut_from: NDArray[np.intp]
    ) -> Encoding:
        """The same drawing, k parts cut out of others.

        pixels: int32 (H, W), cells: int32 (h, w), 0 or 1 … k where a new part lies; cut_from:
        (k,), the parts that they were cut out of. Those of one part make one new region, which is
        as open to the edge of the drawing as that part.
        """
        count = self.regions.count
        _, region = np.unique(cut_from, return_inverse=True)
        region_of = self.regions.region_of
        fresh = int(region_of.max()) + 1 + region
        regions = Regions(
            np.where(pixels > 0, pixels + count, self.regions.parts).astype(np.int32),
            np.concatenate([region_of, fresh]).astype(np.int32),
        )
        grid_parts = np.where(cells > 0, cells + count, self.grid.parts).astype(np.int32)
        apart = replace(
            self,
            regions=regions,
            grid=replace(self.grid, parts=grid_parts, region_of=regions.region_of),
        )
        position, weight, owner = self.cells
        cut = cells.ravel()[position]
        ours = (cut > 0) & (cut_from[cut - 1] == owner)
        owner = np.where(ours, cut + count, owner)
        order = np.argsort(owner, kind="stable")
        apart.__dict__.update(
            area=self._area_with(pixels, cut_from),
            cells=(position[order], weight[order], owner[order]),
            at_border=np.concatenate([self.at_border, self.at_border[cut_from]]),
        )
        return apart

    def _area_with(
        self, pixels: NDArray[np.int32], cut_from: NDArray[np.intp]
    ) -> NDArray[np.int64]:
        """The same where these pixels belong to new parts; the picture may be a small one."""
        cut = np.bincount(pixels[pixels > 0], minlength=len(cut_from) + 1)[1:]
        cut = np.rint(cut * (self.area.sum() / pixels.size)).astype(np.int64)
        left = self.area - np.bincount(cut_from, cut, len(self.area)).astype(np.int64)
        return np.concatenate([left, cut])

    def pool(self, cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """Means over the cells of each part, (channels, h, w) -> (count + 1, channels)."""
        position, weight, owner = self.cells
        starts = np.searchsorted(owner, np.arange(1, self.regions.count + 1))
        weighted = np.take(cells.reshape(len(cells), -1), position, axis=1)
        weighted *= weight
        means = np.add.reduceat(weighted, starts, axis=1) / np.add.reduceat(weight, starts)
        return np.concatenate([np.zeros((1, len(cells)), np.float32), means.T])
