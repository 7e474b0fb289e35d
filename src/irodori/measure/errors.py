"""How far one picture is from another: PSNR, SSIM, CIEDE2000, and how colourful a picture is.

Pictures are uint8 (H, W, 3) sRGB. A `where` mask is bool (H, W): the pixels that count, usually
`Truth.off_lines`. A mean over no pixels is NaN, never zero, so that "nothing to measure" cannot
pass for "perfect".
"""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

PSNR_CEILING = 100.0
"""dB, for equal pictures too, so that means stay finite. One wrong level in a thumbnail is less."""

_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)
_TO_XYZ = np.array(  # IEC 61966-2-1, each row over the white point 0.95047, 1, 1.08883
    [
        [0.412453 / 0.95047, 0.357580 / 0.95047, 0.180423 / 0.95047],
        [0.212671, 0.715160, 0.072169],
        [0.019334 / 1.08883, 0.119193 / 1.08883, 0.950227 / 1.08883],
    ],
    np.float32,
)

_SSIM_SIGMA = 1.5  # the window of Wang et al. 2004: 11 x 11, Gaussian
_SSIM_RADIUS = 5


def to_lab(rgb: Picture) -> NDArray[np.float32]:
    """sRGB uint8 (..., 3) as CIE L*a*b* (D65, 2 degrees) float32 (..., 3), L in 0..100.

    OpenCV's conversion is off by up to 0.4, which is too much for errors below 1.
    """
    light = _LINEAR[rgb] @ _TO_XYZ.T  # X, Y, Z over those of white
    root = np.where(light > 216 / 24389, np.cbrt(light), light * (841 / 108) + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1).astype(np.float32)


def ciede2000(first: Floats, second: Floats) -> Floats:
    """CIEDE2000 colour difference of L*a*b* colours (..., 3), shapes broadcast: float32 (...).

    About 1 is just noticeable. After Sharma, Wu and Dalal 2005 with kL = kC = kH = 1, rearranged
    so that no hue angle is needed but one: hues are kept as unit vectors and multiples of the mean
    hue come from Chebyshev polynomials. Within 0.01 of the textbook form for sRGB colours.
    """
    l1, a1, b1 = (first[..., i] for i in range(3))
    l2, a2, b2 = (second[..., i] for i in range(3))
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    grey = 1.5 - 0.5 * np.sqrt(mean7 / (mean7 + np.float32(25.0**7)))  # 1 + G
    a1, a2 = a1 * grey, a2 * grey
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    delta_c, delta_h = c2 - c1, _hue_difference(a1, b1, a2, b2, c1 * c2)

    cos, sin = _mean_hue(a1, b1, c1, a2, b2, c2)
    weight_l, weight_c, weight_h = _weights((l1 + l2) / 2, (c1 + c2) / 2, cos, sin)
    part_c, part_h = delta_c / weight_c, delta_h / weight_h
    square = ((l2 - l1) / weight_l) ** 2 + part_c**2 + part_h**2
    square += _rotation((c1 + c2) / 2, cos, sin) * part_c * part_h
    return np.asarray(np.sqrt(np.maximum(square, 0)), np.float32)


def _hue_difference(a1: Floats, b1: Floats, a2: Floats, b2: Floats, product: Floats) -> Floats:
    """Delta H, 2 sqrt(C1 C2) sin(dh / 2), from cross and dot products; product: C1 C2.

    Each of its two forms loses its digits where the other keeps them.
    """
    cross, dot = a1 * b2 - a2 * b1, a1 * a2 + b1 * b2
    near = cross * np.sqrt(2 / np.maximum(product + dot, 1e-12))
    far = np.copysign(np.sqrt(2 * np.maximum(product - dot, 0)), cross)
    return np.where(dot >= 0, near, far)


def _mean_hue(
    a1: Floats, b1: Floats, c1: Floats, a2: Floats, b2: Floats, c2: Floats
) -> tuple[Floats, Floats]:
    """Cosine and sine of the mean hue. A grey has no hue and leaves the other's; two greys: 0."""
    safe1, safe2 = np.maximum(c1, 1e-9), np.maximum(c2, 1e-9)
    x, y = a1 / safe1 + a2 / safe2, b1 / safe1 + b2 / safe2
    length = np.hypot(x, y)
    some = length > 1e-9
    length = np.where(some, length, 1)
    return np.where(some, x / length, 1), np.where(some, y / length, 0)


def _weights(
    lightness: Floats, chroma: Floats, cos: Floats, sin: Floats
) -> tuple[Floats, Floats, Floats]:
    """SL, SC and SH."""
    cos2, sin2 = cos * cos - sin * sin, 2 * sin * cos
    cos3, sin3 = cos2 * cos - sin2 * sin, sin2 * cos + cos2 * sin
    cos4, sin4 = cos2 * cos2 - sin2 * sin2, 2 * sin2 * cos2

    def shifted(c: Any, s: Any, degrees: float) -> Any:  # cos(angle - degrees)
        shift = np.deg2rad(degrees)
        return c * np.float32(np.cos(shift)) + s * np.float32(np.sin(shift))

    t = 1 - 0.17 * shifted(cos, sin, 30) + 0.24 * cos2
    t += 0.32 * shifted(cos3, sin3, -6) - 0.20 * shifted(cos4, sin4, 63)
    off = (lightness - 50) ** 2
    return 1 + 0.015 * off / np.sqrt(20 + off), 1 + 0.045 * chroma, 1 + 0.015 * chroma * t


def _rotation(chroma: Floats, cos: Floats, sin: Floats) -> Floats:
    """RT: saturated blues are measured along a tilted ellipse."""
    blue = np.deg2rad(275.0)
    c, s = np.float32(np.cos(blue)), np.float32(np.sin(blue))
    away = np.rad2deg(np.arctan2(sin * c - cos * s, cos * c + sin * s))  # hue - 275, -180..180
    theta = np.float32(np.deg2rad(60.0)) * np.exp(-((away / 25) ** 2))
    power = chroma**7
    scale = -2 * np.sqrt(power / (power + np.float32(25.0**7)))
    return np.asarray(scale * np.sin(theta))


def color_difference(first: Picture, second: Picture) -> Floats:
    """CIEDE2000 between sRGB colours, uint8 (..., 3) each: float32 (...)."""
    return ciede2000(to_lab(first), to_lab(second))


def psnr(result: Picture, truth: Picture) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and channels: 10 log10(255^2 / MSE).

    At most `PSNR_CEILING`, which equal pictures have.
    """
    square = float(np.mean((result.astype(np.float32) - truth.astype(np.float32)) ** 2))
    if square == 0:
        return PSNR_CEILING
    return min(PSNR_CEILING, float(10 * np.log10(255**2 / square)))


def ssim(result: Picture, truth: Picture) -> float:
    """Structural similarity, 1 for equal pictures: the mean over R, G and B.

    Wang, Bovik, Sheikh and Simoncelli 2004: Gaussian window of 11 x 11 with sigma 1.5, K1 = 0.01,
    K2 = 0.03, over the pixels whose window lies inside. NaN under 11 pixels a side.
    """
    if min(result.shape[:2]) <= 2 * _SSIM_RADIUS:
        return float("nan")
    x, y = result.astype(np.float32), truth.astype(np.float32)
    mean_x, mean_y = _blur(x), _blur(y)
    var_x, var_y = _blur(x * x) - mean_x**2, _blur(y * y) - mean_y**2
    both = _blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_x * mean_y + c1) * (2 * both + c2)
    values = top / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    inner = slice(_SSIM_RADIUS, -_SSIM_RADIUS)
    return float(np.mean(values[inner, inner], dtype=np.float64))


def _blur(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    size = 2 * _SSIM_RADIUS + 1
    return cast("NDArray[np.float32]", cv2.GaussianBlur(picture, (size, size), _SSIM_SIGMA))


def mean_error(result: Picture, truth: Picture, where: Mask) -> float:
    """Mean CIEDE2000 over the pixels in `where` (H, W); NaN where there are none."""
    if not where.any():
        return float("nan")
    return float(np.mean(color_difference(result[where], truth[where]), dtype=np.float64))


def colorfulness(picture: Picture, where: Mask | None = None) -> float:
    """How colourful a picture is, 0 for greys, about 15 'slightly' and 80 'highly'.

    Hasler and Suesstrunk 2003: with rg = R - G and yb = (R + G) / 2 - B in 0..255,
    sqrt(var rg + var yb) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2). NaN where `where` is empty.
    """
    pixels = picture.reshape(-1, 3) if where is None else picture[where]
    if not len(pixels):
        return float("nan")
    red, green, blue = pixels.astype(np.float32).T
    rg, yb = red - green, (red + green) / 2 - blue
    spread = np.hypot(np.std(rg, dtype=np.float64), np.std(yb, dtype=np.float64))
    return float(spread + 0.3 * np.hypot(rg.mean(dtype=np.float64), yb.mean(dtype=np.float64)))
