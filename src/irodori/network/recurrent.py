"""A painter that works in steps: it looks somewhere, thinks, and lays a patch of color somewhere.

After DRAW (Gregor, Danihelka, Graves, Rezende, Wierstra, ICML 2015): a recurrent network reads and
writes through grids of Gaussian filters whose place and width it chooses itself. Two differences:
it paints one picture for the ink and hints it is given, so there is nothing to sample; and it keeps
a summary of the whole drawing beside the glimpse.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from irodori.network.parts import HINTS, PLAIN, Block, Style, padded


class RecurrentPainter(nn.Module):
    """Ink, hints (and a palette that it does not look at) -> RGB (N, 3, H, W) in 0..1.

    steps: patches laid on the canvas; patch: their height and width in filters.
    """

    def __init__(
        self,
        steps: int = 12,
        patch: int = 12,
        memory: int = 256,
        style: Style = PLAIN,
    ) -> None:
        super().__init__()
        self.steps, self.patch = steps, patch
        self.survey = nn.Sequential(
            Block(1 + HINTS, 32, 2, style=style),
            Block(32, 48, 2, style=style),
            Block(48, 64, 2, style=style),
            nn.Conv2d(64, 64, 3, 2, 1),
        )
        glimpse = (1 + HINTS + 3) * patch * patch
        self.cell = nn.LSTMCell(glimpse + 64, memory)
        self.start = nn.Linear(64, memory)
        self.where_to_read = nn.Linear(memory, 4)
        self.where_to_write = nn.Linear(memory, 4)
        self.what_to_write = nn.Linear(memory, 3 * patch * patch)
        with torch.no_grad():  # the first strokes are faint, or their sum would be all there is
            self.what_to_write.weight.mul_(0.1)
        self.canvas = nn.Parameter(torch.full((3, 1, 1), 2.0))  # near white paper

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> Tensor:
        """See the class."""
        height, width = ink.shape[2], ink.shape[3]
        scene = torch.cat(padded(ink, hints), 1)  # (N, 9, H, W)
        drawing = self.survey(scene).mean((2, 3))
        thought = torch.tanh(self.start(drawing))
        memory = torch.zeros_like(thought)
        canvas = self.canvas.expand(len(ink), 3, *scene.shape[2:])
        for _ in range(self.steps):
            seen = torch.cat([scene, torch.sigmoid(canvas)], 1)
            across, down = self._filters(self.where_to_read(thought), seen)
            glimpse = torch.einsum("nph,nchw,nqw->ncpq", down, seen, across).flatten(1)
            thought, memory = self.cell(torch.cat([glimpse, drawing], 1), (thought, memory))
            across, down = self._filters(self.where_to_write(thought), seen)
            patch = 4 * torch.tanh(self.what_to_write(thought))
            patch = patch.view(-1, 3, self.patch, self.patch)
            peak = across.amax(2)[:, None, None, :] * down.amax(2)[:, None, :, None]
            canvas = canvas + torch.einsum("nph,ncpq,nqw->nchw", down, patch / peak, across)
        return torch.sigmoid(canvas)[:, :, :height, :width]

    def _filters(self, where: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Gaussian filters across (N, patch, W) and down (N, patch, H); each sums to 1.

        where: (N, 4): center x and y, 0 the middle and +-1 the edges; the logs of the grid's
        extent (0: the whole drawing) and of the filters' width (0: their distance).
        """
        extent, width = (
            torch.exp(where[:, 2:3].clamp(-3.0, 0.5)),
            torch.exp(where[:, 3:4].clamp(-2.0, 1.0)),
        )
        grid = (torch.arange(self.patch, device=seen.device) + 0.5) / self.patch * 2 - 1
        spread = width * extent * 2 / self.patch  # (N, 1)
        out = []
        for side, center in ((seen.shape[3], where[:, 0:1]), (seen.shape[2], where[:, 1:2])):
            place = (torch.arange(side, device=seen.device) + 0.5) / side * 2 - 1
            means = torch.tanh(center) + grid * extent  # (N, patch)
            apart = (place - means[:, :, None]) / spread[:, :, None]
            weights = torch.exp(-0.5 * apart.float() ** 2) + 1e-8
            out.append((weights / weights.sum(2, keepdim=True)).to(seen.dtype))
        return out[0], out[1]
