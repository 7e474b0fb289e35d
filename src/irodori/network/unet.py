"""The autoencoder with skip connections: fine lines go around the code (U-Net).

Source: Ronneberger, Fischer, Brox, MICCAI 2015. There the skipped features are concatenated before
a convolution; here a 1 x 1 convolution of them is added, which is the same sum. The skips begin at
zero, so a U-Net that starts from an autoencoder's weights starts as that autoencoder.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from irodori.network.autoencoder import Autoencoder
from irodori.network.parts import PLAIN, Style, upsampled


class UNet(Autoencoder):
    """Ink, hints (and a palette that it does not look at) -> RGB (N, 3, H, W) in 0..1."""

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 96, 128, 160),
        style: Style = PLAIN,
    ) -> None:
        super().__init__(widths, style)
        skips = [nn.Conv2d(width, width, 1) for width in widths[-2::-1]]
        for skip in skips:
            nn.init.zeros_(skip.weight)
            nn.init.zeros_(skip.bias)  # type: ignore[arg-type]
        self.skip = nn.ModuleList(skips)

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> Tensor:
        """See the class."""
        x = self.features(ink, hints)
        return torch.sigmoid(self.to_rgb(x))[:, :, : ink.shape[2], : ink.shape[3]]

    def features(self, ink: Tensor, hints: Tensor) -> Tensor:
        """(N, widths[0], H, W) of the padded ink, from which colors are read."""
        x, seen = self.encode(ink, hints)
        for up, mix, skip in zip(self.up, self.mix, self.skip, strict=True):
            x = mix(up(upsampled(x)) + skip(seen.pop()))
        return x
