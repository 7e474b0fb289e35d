"""A U-Net that is told colors without places: a palette, a set in no order.

The code attends to the palette's slots (Vaswani et al., 2017), so that each place can ask which of
the colors is meant for it; at the end every pixel may name one of them exactly (a pointer: Vinyals
et al., 2015) instead of mixing its own. Both begin near silence, so that the network starts as the
U-Net whose weights it is given.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from irodori.network.parts import PLAIN, PaletteSet, Style, upsampled
from irodori.network.unet import UNet


class PaletteUNet(UNet):
    """Ink, hints and palette -> RGB (N, 3, H, W) in 0..1. The palette's order does not matter."""

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 96, 128, 160),
        style: Style = PLAIN,
        *,
        slot: int = 64,
    ) -> None:
        super().__init__(widths, style)
        self.palette_set = PaletteSet(slot)
        self.code_query = nn.Conv2d(widths[-1], slot, 1)
        self.from_slots = nn.Conv2d(slot, widths[-1], 1)
        self.pointer_query = nn.Conv2d(widths[0], slot, 1)
        self.pointer_key = nn.Linear(slot, slot)
        self.trust = nn.Conv2d(widths[0], 1, 1)
        nn.init.zeros_(self.from_slots.weight)
        nn.init.zeros_(self.from_slots.bias)  # type: ignore[arg-type]
        nn.init.constant_(self.trust.bias, -2.0)  # type: ignore[arg-type]

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> Tensor:
        """See the class."""
        slots, filled = self.palette_set(palette)
        x, seen = self.encode(ink, hints)
        meant = attend(self.code_query(x), slots, filled)  # (N, 16, h, w)
        x = x + self.from_slots(torch.einsum("nshw,nsc->nchw", meant, slots))
        for up, mix, skip in zip(self.up, self.mix, self.skip, strict=True):
            x = mix(up(upsampled(x)) + skip(seen.pop()))
        named = attend(self.pointer_query(x), self.pointer_key(slots), filled)
        color = torch.einsum("nshw,nsc->nchw", named, palette[:, :, :3].to(named.dtype))
        trust = torch.sigmoid(self.trust(x)) * filled.amax(1)[:, :, None, None]
        answer: Tensor = trust * color + (1 - trust) * torch.sigmoid(self.to_rgb(x))
        return answer[:, :, : ink.shape[2], : ink.shape[3]]


def attend(query: Tensor, keys: Tensor, filled: Tensor) -> Tensor:
    """How much each place looks at each slot: (N, 16, h, w), sums to 1, 0 for empty slots.

    query: (N, C, h, w); keys: (N, 16, C); filled: (N, 16, 1), 1 or 0. No slot filled: all 0.
    """
    scores = torch.einsum("nchw,nsc->nshw", query, keys).float() / query.shape[1] ** 0.5
    mask = filled.float()[:, :, :, None]
    looks: Tensor = (scores + (mask - 1) * 1e4).softmax(1) * mask
    return looks
