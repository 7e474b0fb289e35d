"""Colours as numbers in which equal distances look about equally different.

The coordinates are CIE L*a*b* (D65) with chroma compressed by ln(1 + 0.045 C) / 0.045, so that
their plain Euclidean distance follows CIE94 (whose chroma weight is 1 + 0.045 C) and comes close
to CIEDE2000 without its cost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TO_XYZ = np.array(
    [
        [0.412391, 0.357584, 0.180481],
        [0.212639, 0.715169, 0.072192],
        [0.019331, 0.119195, 0.950532],
    ],
    np.float32,
)
_WHITE = _TO_XYZ.sum(1)
_CHROMA = 0.045


def to_lab(rgb: NDArray[np.floating]) -> NDArray[np.float32]:
    """sRGB (..., 3) in 0..1 -> CIE L*a*b* (..., 3) float32, D65. L in 0..100."""
    rgb = np.asarray(rgb, np.float32)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = (linear @ _TO_XYZ.T) / _WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (xyz * (24389 / 27) + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1).astype(np.float32)


def to_even(rgb: NDArray[np.floating]) -> NDArray[np.float32]:
    """sRGB (..., 3) in 0..1 -> evenly spaced coordinates (..., 3) float32.

    The first, L*, lies in 0..100, the others in about -45..45.
    """
    lab = to_lab(rgb)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    scale = np.log1p(_CHROMA * chroma) / (_CHROMA * np.maximum(chroma, 1e-6))
    lab[..., 1:] *= scale[..., None]
    return lab
