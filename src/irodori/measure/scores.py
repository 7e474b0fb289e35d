"""All measures of one coloured drawing, and how those of many are put into one figure each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irodori.color.hints import Hints
from irodori.measure.errors import Picture, colorfulness, mean_error, psnr, ssim
from irodori.measure.flats import Obedience, bleed, obedience, uneven_flats
from irodori.measure.truth import Truth


@dataclass(frozen=True, eq=False)
class Painted:
    """What somebody made of a drawing; all uint8 (H, W, 3) sRGB."""

    image: Picture
    """The picture with its ink, on white."""
    color: Picture
    """Flats and shade, without ink."""
    flats: Picture
    """One even colour per area."""

    @classmethod
    def from_flats(cls, flats: Picture, ink: NDArray[np.float32]) -> Painted:
        """Flats without shade under ink, float32 (H, W), as a multiply layer."""
        image = np.rint(flats * (1 - ink)[..., None]).astype(np.uint8)
        return cls(image, flats, flats)


@dataclass(frozen=True, slots=True)
class Scores:
    """The measures of one picture; NaN where there was nothing to measure."""

    error: float
    """Mean CIEDE2000 off the lines."""
    psnr: float
    """dB, of the picture with its ink."""
    ssim: float
    """0..1, of the picture with its ink."""
    hint_error: float
    """Median CIEDE2000 of the flats at the centers of chromatic hints."""
    dab_error: float
    """The same over the whole dabs."""
    chroma_kept: float
    """Mean share of the chroma of chromatic hints, 0..1."""
    bleed: float
    """Share of pixels beside lines in the colour from across the line, 0..1."""
    uneven: float
    """Share of flat places that are filled unevenly, 0..1."""
    colorfulness: float
    """That of the picture over that of the truth, off the lines."""
    parts: tuple[float, float] = field(repr=False)
    """The two that were divided, for the ratio of means."""
    obeyed: Obedience = field(repr=False)
    """What became of each chromatic hint, for medians over all of them."""


MEASURES = tuple(f.name for f in fields(Scores) if f.name not in ("parts", "obeyed"))


def score(painted: Painted, truth: Truth, hints: Hints) -> Scores:
    """Measure what was painted from these hints against the truth of the same H x W."""
    where = truth.off_lines
    obeyed = obedience(painted.flats, hints, truth.ink)
    colorful = colorfulness(painted.color, where)
    return Scores(
        error=mean_error(painted.color, truth.color, where),
        psnr=psnr(painted.image, truth.color),
        ssim=ssim(painted.image, truth.color),
        hint_error=_over(np.median, obeyed.error),
        dab_error=_over(np.median, obeyed.dab_error),
        chroma_kept=_over(np.mean, obeyed.chroma),
        bleed=bleed(painted.flats, truth),
        uneven=uneven_flats(painted.flats, truth),
        colorfulness=_ratio(colorful, truth.colorfulness),
        parts=(colorful, truth.colorfulness),
        obeyed=obeyed,
    )


def summarize(scores: Sequence[Scores]) -> dict[str, float]:
    """One figure for each of `MEASURES` over many pictures.

    The two hint errors are medians and the chroma kept is the mean over all hints of all pictures,
    colourfulness is the ratio of the means (a nearly grey truth would blow up a mean of ratios),
    all others are means over the pictures in which there was something to measure.
    """
    figures = {name: _over(np.mean, [getattr(one, name) for one in scores]) for name in MEASURES}
    hints = [
        np.concatenate([getattr(s.obeyed, name) for s in scores]) for name in Obedience._fields
    ]
    figures["hint_error"] = _over(np.median, hints[0])
    figures["dab_error"] = _over(np.median, hints[1])
    figures["chroma_kept"] = _over(np.mean, hints[2])
    made, true = (_over(np.mean, [one.parts[i] for one in scores]) for i in (0, 1))
    figures["colorfulness"] = _ratio(made, true)
    return figures


def _over(function: Callable[..., Any], values: ArrayLike) -> float:
    """A mean or median of the values that are not NaN; NaN if none is."""
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    return float(function(known)) if known.size else float("nan")


def _ratio(part: float, whole: float) -> float:
    """NaN over a truth that is all but grey."""
    return part / whole if whole > 1 else float("nan")
