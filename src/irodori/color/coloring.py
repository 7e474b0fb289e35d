"""A result: flats, shade and confidence at full resolution, ready to become picture or layers."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from irodori.color import layers
from irodori.color.drawing import Drawing
from irodori.color.hints import Hints
from irodori.color.marks import format_color
from irodori.color.palette import Palette

if TYPE_CHECKING:
    from PIL.Image import Image

_SHOWN = 1024  # pixels, the long side of a picture in a notebook: a page would weigh its cells down

_SWATCH = '<span style="background:%s;border:1px solid #0003">&emsp;</span> '


@dataclass(frozen=True, eq=False)
class Coloring:
    """One drawing, coloured. H x W are the drawing's own pixels.

    `labels`: int32 (H, W), 1 … n, the areas of one flat colour each; every line is shared by its
    sides.
    `colors`: uint8 (n + 1, 3), sRGB of each area; entry 0 is unused.
    `certainty`: float32 (n + 1,), 0..1, how much the colourist stands behind each colour; 1 where
    a hint decided.
    `shade`: uint8 (H, W), the multiply layer that darkens the flats, 255 where there is none.
    `paper`: bool (n + 1,), the areas that were left as paper.
    """

    drawing: Drawing
    labels: NDArray[np.int32]
    colors: NDArray[np.uint8]
    certainty: NDArray[np.float32]
    shade: NDArray[np.uint8]
    paper: NDArray[np.bool_]
    hints: Hints = field(default_factory=Hints)
    palette: Palette = field(default_factory=lambda: Palette.of([]))

    @cached_property
    def flats(self) -> NDArray[np.uint8]:
        """uint8 (H, W, 3), sRGB: one even colour per area, also under the ink."""
        return np.take(self.colors, self.labels, axis=0)

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """float32 (H, W), 0..1."""
        return np.take(self.certainty, self.labels)

    def color(self) -> NDArray[np.uint8]:
        """uint8 (H, W, 3), sRGB: the flats with their shade, without ink."""
        return layers.composite(self.flats, self.shade)

    def image(self) -> Image:
        """The picture at the drawing's own size; RGBA where the drawing has transparency."""
        return layers.flatten(self)

    def alpha(self) -> NDArray[np.uint8] | None:
        """uint8 (H, W), what the picture keeps of the drawing's transparency; None if it had none.

        Where a drawing was ink on transparent paper, what was coloured becomes opaque and what
        was left as paper stays transparent.
        """
        alpha = self.drawing.alpha
        if alpha is None or not self.drawing.ink_in_alpha:
            return alpha
        return np.where(self.paper[self.labels], alpha, np.uint8(255))

    def save(
        self,
        target: str | PathLike[str] | BinaryIO,
        *,
        format: str | None = None,
        force: bool = False,
    ) -> None:
        """Writes PNG, WebP, PSD or ORA; see `layers.write`. Raises OutputError."""
        layers.write(self, target, format=format, force=force)

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture, scaled down if it is large, and a line about it."""
        from html import escape

        picture = self.image()
        picture.thumbnail((_SHOWN, _SHOWN))
        buffer = BytesIO()
        picture.save(buffer, "PNG")
        said = [f"{self.drawing.width} x {self.drawing.height} pixels"]
        if self.hints:
            said.append("1 hint" if len(self.hints) == 1 else f"{len(self.hints)} hints")
        swatches = "".join(_SWATCH % format_color(color) for color in self.palette.colors())
        data = b64encode(buffer.getvalue()).decode()
        return (
            f'<figure style="margin:0"><img alt="{escape(self.drawing.name)}, colored" '
            f'style="max-width:100%;height:auto" src="data:image/png;base64,{data}">'
            f"<figcaption>{escape(self.drawing.name)}: {', '.join(said)} {swatches}"
            "</figcaption></figure>"
        )

    def _repr_png_(self) -> bytes:
        """What a front end without HTML shows."""
        buffer = BytesIO()
        layers.write(self, buffer, format="png")
        return buffer.getvalue()
