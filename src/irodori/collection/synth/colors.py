"""Colors that things have, by the names that tags give them."""

from __future__ import annotations

import colorsys

import numpy as np

from irodori.collection.synth.canvas import Color

HAIR: dict[str, Color] = {
    "black": (58, 50, 60), "brown": (122, 80, 58), "blonde": (246, 214, 132), "red": (190, 62, 58),
    "orange": (236, 142, 74), "pink": (245, 168, 188), "purple": (148, 112, 184),
    "blue": (92, 132, 208), "aqua": (140, 208, 220), "green": (116, 178, 128),
    "grey": (158, 160, 172), "white": (236, 234, 240),
}  # fmt: skip
EYES: dict[str, Color] = {
    "blue": (72, 130, 214), "brown": (138, 88, 58), "green": (84, 164, 96), "red": (206, 62, 66),
    "purple": (146, 92, 196), "yellow": (232, 178, 60), "pink": (230, 110, 150),
    "aqua": (70, 180, 196), "grey": (120, 128, 142), "black": (64, 58, 72),
}  # fmt: skip
SKIN: tuple[Color, ...] = (
    (255, 234, 220), (255, 226, 206), (252, 218, 194), (242, 202, 172), (222, 174, 138),
    (186, 134, 100), (140, 96, 70),
)  # fmt: skip
FUR: tuple[Color, ...] = (
    (250, 246, 238), (244, 208, 150), (226, 160, 92), (170, 122, 88), (120, 92, 80), (96, 94, 106),
    (176, 178, 188), (246, 196, 206), (176, 206, 236), (250, 226, 120), (172, 216, 160),
)  # fmt: skip
PLAIN: tuple[Color, ...] = (
    (250, 250, 252), (246, 238, 222), (62, 66, 86), (222, 224, 232), (84, 72, 70), (44, 44, 54),
)  # fmt: skip


def named(names: dict[str, Color], random: np.random.Generator) -> tuple[str, Color]:
    """One of the colors by chance, a little off, with its name."""
    name = str(random.choice(list(names)))
    return name, varied(names[name], random, 12)


def varied(color: Color, random: np.random.Generator, reach: int = 8) -> Color:
    """The same color, each channel off by `reach` at most."""
    off = random.integers(-reach, reach + 1, 3)
    red, green, blue = (int(np.clip(c + o, 0, 255)) for c, o in zip(color, off, strict=True))
    return red, green, blue


def mixed(color: Color, other: Color, share: float) -> Color:
    """`share` of the other color in the first, 0..1."""
    red, green, blue = (
        round(a * (1 - share) + b * share) for a, b in zip(color, other, strict=True)
    )
    return red, green, blue


def lighter(color: Color, share: float = 0.4) -> Color:
    """Nearer to white."""
    return mixed(color, (255, 255, 255), share)


def darker(color: Color, share: float = 0.35) -> Color:
    """Nearer to a dark violet, as painters darken."""
    return mixed(color, (34, 22, 52), share)


def hsv(hue: float, saturation: float, value: float) -> Color:
    """A color by hue (turns), saturation and value (0..1)."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def scheme(random: np.random.Generator) -> tuple[Color, Color, Color]:
    """Three colors that go together, as of clothes: one leads, one answers, one is plain."""
    hue = random.random()
    apart = random.choice([0.06, 0.33, 0.42, 0.5, 0.58]) * random.choice([-1, 1])
    pastel = random.random() < 0.4
    strong = random.uniform(0.2, 0.42) if pastel else random.uniform(0.42, 0.82)
    bright = random.uniform(0.88, 0.98) if pastel else random.uniform(0.5, 0.92)
    lead = hsv(hue, strong, bright)
    answer = hsv(hue + apart, random.uniform(0.25, 0.75), random.uniform(0.6, 0.97))
    plain = PLAIN[int(random.integers(len(PLAIN)))]
    return lead, answer, plain


def backdrop(random: np.random.Generator) -> Color:
    """A light color that figures stand out from."""
    return hsv(random.random(), random.uniform(0.05, 0.38), random.uniform(0.88, 1))
