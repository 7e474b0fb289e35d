"""Several ways to color a drawing: as palettes, so that what is picked can be seen and edited."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

import numpy as np

from irodori.color.coloring import Coloring
from irodori.color.colorist import Colorist
from irodori.color.hints import RGB, Hints
from irodori.color.palette import MOST_COLORS, Palette
from irodori.color.space import to_lab
from irodori.studio.models import Proposal
from irodori.studio.pictures import webp_thumb
from irodori.studio.sheet import to_swatches
from irodori.studio.shelf import Prepared

_TURN = 35.0  # degrees of hue that a color of "more like this" may turn
_LIGHTER = 0.12  # and how much lighter or darker it may be, of 1


def propose(
    colorist: Colorist, prepared: Prepared, hints: Hints, palette: Palette, *, n: int, first: int
) -> list[Proposal]:
    """`n` proposals from seed `first` on; seed 0 is the likeliest. hints: in the frame's pixels."""
    palettes = colorist.inspire(prepared.frame, n, hints, palette, seed=first)
    return [_shown(colorist, prepared, hints, each) for each in palettes]


def more_like(
    colorist: Colorist, prepared: Prepared, hints: Hints, liked: Palette, *, n: int, first: int
) -> list[Proposal]:
    """`n` proposals near the one with the palette `liked`: most colors stay, some turn a little."""
    colors = liked.colors()
    if not colors:
        colors = main_colors(colorist.colorize(prepared.frame, hints)).colors()
    seeds = range(first, first + n)
    varied = [_varied(colors, np.random.default_rng([7, seed])) for seed in seeds]
    return [_shown(colorist, prepared, hints, each) for each in varied]


def main_colors(coloring: Coloring, n: int = 8) -> Palette:
    """The colors that a coloring is mostly made of, with their areas as weights; paper left out."""
    area = np.bincount(coloring.labels.ravel(), minlength=len(coloring.colors)).astype(np.float64)
    area[0] = 0
    area[coloring.paper] = 0
    table, index = np.unique(coloring.colors, axis=0, return_inverse=True)
    share = np.bincount(index.ravel(), area, len(table))
    lab = to_lab(table / 255.0)
    kept: list[tuple[RGB, float]] = []
    places: list[int] = []
    for place in np.argsort(-share):
        near = [k for k, other in enumerate(places) if np.linalg.norm(lab[place] - lab[other]) < 6]
        if share[place] <= 0 or len(kept) == min(n, MOST_COLORS):
            break
        if not near:
            r, g, b = table[place].tolist()
            kept.append(((r, g, b), float(share[place])))
            places.append(int(place))
    largest = max((weight for _, weight in kept), default=1.0)
    return Palette(tuple((color, max(weight / largest, 0.01)) for color, weight in kept))


def _varied(colors: Sequence[RGB], random: np.random.Generator) -> Palette:
    """About half of the colors turned in hue, a little lighter or darker."""
    import colorsys

    turned = random.random(len(colors)) < 0.5
    turned[random.integers(len(colors))] = True
    result: list[RGB] = []
    for color, turn in zip(colors, turned, strict=True):
        hue, light, rich = colorsys.rgb_to_hls(*(channel / 255 for channel in color))
        if turn:
            hue = (hue + random.uniform(-_TURN, _TURN) / 360) % 1
            light = min(1.0, max(0.0, light + random.uniform(-_LIGHTER, _LIGHTER)))
        r, g, b = (round(channel * 255) for channel in colorsys.hls_to_rgb(hue, light, rich))
        result.append((r, g, b))
    return Palette.of(result)


def _shown(colorist: Colorist, prepared: Prepared, hints: Hints, palette: Palette) -> Proposal:
    coloring = colorist.colorize(prepared.frame, hints, palette)
    picture = b64encode(webp_thumb(coloring)).decode()
    return Proposal(seed=0, palette=to_swatches(palette), image=f"data:image/webp;base64,{picture}")
