"""Hair: what hangs behind, what falls over the brow, and strands in it. In a head's units."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import lighter
from irodori.collection.synth.curves import (
    Path,
    Point,
    bend,
    ellipse,
    mirrored,
    path,
    ribbon,
    shifted,
    spline,
    union,
)

BACKS = (
    "short", "bob", "medium", "long", "wavy", "twintails", "ponytail", "side_ponytail", "buns",
    "braids", "spiked", "curly",
)  # fmt: skip
FRINGES = ("blunt", "parted", "swept", "messy", "pointed", "open", "curtain")


@dataclass(frozen=True)
class Hair:
    """A head of hair. Lengths in units; side: where it is parted or swept to, -1 or 1."""

    color: Color
    back: str
    fringe: str
    length: float
    volume: float
    side: int
    locks: int
    cowlick: bool
    ring: bool
    band: Color

    def tags(self) -> list[str]:
        """What boards call it."""
        names = {
            "short": "short_hair", "bob": "bob_cut", "medium": "medium_hair", "long": "long_hair",
            "wavy": "wavy_hair", "buns": "double_bun", "braids": "twin_braids",
            "spiked": "spiked_hair", "curly": "curly_hair",
        }  # fmt: skip
        fringes = {"blunt": "blunt_bangs", "parted": "parted_bangs", "swept": "swept_bangs"}
        found = [names.get(self.back, self.back)]
        found += [fringes[self.fringe]] if self.fringe in fringes else []
        return [*found, "ahoge"] if self.cowlick else found


def choose_hair(random: np.random.Generator, color: Color, band: Color, *, girl: bool) -> Hair:
    """Hair at random."""
    if girl:
        odds = [0.05, 0.12, 0.1, 0.2, 0.08, 0.13, 0.08, 0.06, 0.06, 0.06, 0.01, 0.05]
    else:
        odds = [0.42, 0.04, 0.06, 0.03, 0.02, 0, 0.05, 0.02, 0, 0, 0.28, 0.08]
    return Hair(
        color=color,
        back=str(random.choice(BACKS, p=odds)),
        fringe=str(random.choice(FRINGES, p=[0.16, 0.14, 0.18, 0.2, 0.16, 0.06, 0.1])),
        length=random.uniform(60, 190),
        volume=random.uniform(4, 10),
        side=int(random.choice([-1, 1])),
        locks=int(random.integers(4, 8)),
        cowlick=bool(random.random() < 0.25),
        ring=bool(random.random() < 0.45),
        band=band,
    )


def draw_back(canvas: Canvas, hair: Hair, turn: float) -> None:
    """What is behind the head and body."""
    draw = {
        "twintails": _tails, "ponytail": _ponytail, "side_ponytail": _ponytail, "buns": _buns,
        "braids": _braids, "curly": _curls,
    }.get(hair.back)  # fmt: skip
    if hair.back in ("twintails", "buns", "braids", "ponytail", "side_ponytail"):
        canvas.shape(_cap(hair, turn, 34), hair.color, depth=6)
    if draw:
        draw(canvas, hair)
    else:
        _hanging(canvas, hair, turn)


def draw_front(canvas: Canvas, hair: Hair, turn: float) -> None:
    """What falls over the brow, with its strands and its light."""
    if hair.cowlick:
        lift = canvas.random.uniform(10, 24)
        crown = (turn * 6, -60 - hair.volume)
        tip = (crown[0] + hair.side * 18, crown[1] - lift)
        curl = ribbon(path(crown, (crown[0] - hair.side * 4, crown[1] - lift), tip), (4, 3, 0.3))
        canvas.shape(curl, hair.color)
    edge = _fringe_edge(hair, turn, canvas.random)
    top = _crown(hair, turn, edge[0], edge[-1])
    outline = np.vstack([edge, top])
    canvas.shadow(shifted(outline, -canvas.style.light[0] * 3, 5))
    canvas.fill(outline, hair.color)
    canvas.shade(outline, 7)
    if hair.ring:
        with canvas.inside(outline):
            _ring(canvas, hair, turn)
    canvas.line(edge, 1)
    canvas.line(top, 1.15, ends=(False, False))
    _strands(canvas, hair, edge, turn)


def _crown(hair: Hair, turn: float, end: Path, start: Path) -> Path:
    """Over the top of the head, from one temple to the other."""
    rise = 46 + hair.volume
    right, left = tuple(start), tuple(end)
    arc = ellipse((turn * 2, -14), (50 + hair.volume * 0.7, rise), 360 - 12, 180 + 12, steps=20)
    return np.vstack([path(right), arc, path(left)])


def _cap(hair: Hair, turn: float, low: float) -> Path:
    """The back of the head, down to `low`."""
    wide = 48 + hair.volume * 0.6
    arc = ellipse((turn * 2, -14), (wide, 44 + hair.volume), 180, 360, steps=22)
    lower = spline(path((wide, -8), (wide - 2, low * 0.5), (30, low), (-30, low),
                        (-wide + 2, low * 0.5), (-wide, -8)))  # fmt: skip
    return np.vstack([arc, lower])


def _hanging(canvas: Canvas, hair: Hair, turn: float) -> None:
    """Loose hair to any length, its lower edge in locks."""
    random = canvas.random
    low = {"short": 30.0, "bob": 46.0, "medium": 72.0, "spiked": 34.0}.get(hair.back, hair.length)
    wide = 50 + hair.volume + (low - 40) * 0.14 * random.uniform(0.4, 1.4)
    wave = 6 if hair.back == "wavy" else 0
    ys = np.linspace(-6, low, 8)
    sway = wave * np.sin(np.arange(8) * 1.7) + np.linspace(50 + hair.volume * 0.7, wide, 8)
    right = np.stack([sway, ys], 1)
    tips = int(random.integers(5, 9))
    xs = np.linspace(wide, -wide, 2 * tips + 1)
    depth = {"bob": 5.0, "short": 12.0, "spiked": 20.0}.get(hair.back, 16.0)
    lift = np.where(np.arange(2 * tips + 1) % 2, random.uniform(0.4, 1, 2 * tips + 1), 0.0)
    curve = (1 - (xs / wide) ** 2) * 10
    lower = np.stack([xs + random.uniform(-3, 3, len(xs)), low + curve - lift * depth], 1)
    arc = ellipse((turn * 2, -14), (50 + hair.volume * 0.7, 46 + hair.volume), 180, 350, steps=22)
    if hair.back == "spiked":
        arc = _spikes(arc, random)
        spikes = path(*(tuple(p) for p in shifted(right[::3], random.uniform(4, 10), 4)))
        right = np.vstack([right[:1], spikes[1:]])
    body = np.vstack([arc, spline(right), lower[1:-1], spline(mirrored(right)[::-1])])
    canvas.shape(body, hair.color, depth=8)
    if low > 40:
        for x in random.uniform(-0.85, 0.85, 7) * wide:
            start = low * random.uniform(0.35, 0.6)
            canvas.line(bend((x * 0.9, start), (x * 1.02, low * 0.7), (x, low - 6)), 0.7)


def _spikes(arc: Path, random: np.random.Generator) -> Path:
    """The arc with points that stand away from it."""
    spots = arc[::2]
    middle = np.array([0, -10])
    away = spots - middle
    stretch = np.where(np.arange(len(spots)) % 2, random.uniform(1.14, 1.34, len(spots)), 1.0)
    return np.asarray(middle + away * stretch[:, None])


def _tails(canvas: Canvas, hair: Hair) -> None:
    random = canvas.random
    swing, high = random.uniform(10, 40), random.uniform(-44, -8)
    length = max(hair.length, 80)
    for side in (-1, 1):
        middle = path((46, high), (66 + swing * 0.6, high + 16), (64 + swing, high + length * 0.55),
                      (54 + swing * random.uniform(0.4, 1.5), high + length))  # fmt: skip
        tail = ribbon(middle * (side, 1), (6, 17, 15, 1.5))
        canvas.shape(tail, hair.color, depth=6)
        for off in (-4, 4):
            canvas.line(spline(shifted(middle[1:], off, 0) * (side, 1)), 0.7)
        canvas.shape(ellipse((47 * side, high), (7, 8)), hair.band, width=0.9)


def _ponytail(canvas: Canvas, hair: Hair) -> None:
    random = canvas.random
    aside = hair.side * (48 if hair.back == "side_ponytail" else random.uniform(0, 20))
    top = -10 if hair.back == "side_ponytail" else -62
    length = max(hair.length, 70)
    out = hair.side * random.uniform(38, 70)
    middle = path((aside, top), (aside + out * 0.7, top - 4), (aside + out, top + length * 0.5),
                  (aside + out * random.uniform(0.5, 1.3), top + length))  # fmt: skip
    canvas.shape(ribbon(middle, (6, 18, 19, 1.5)), hair.color, depth=7)
    for off in (-6, 1, 7):
        canvas.line(spline(middle[1:] * (1, 0.97) + (off, 0)), 0.7)
    canvas.shape(ellipse((aside + hair.side * 4, top), (8, 7)), hair.band, width=0.9)


def _buns(canvas: Canvas, hair: Hair) -> None:
    for side in (-1, 1):
        at = (37 * side, -54)
        canvas.shape(ellipse(at, (18, 17)), hair.color, depth=5)
        swirl = ellipse(at, (10, 9), 30, 290)
        canvas.line(swirl, 0.7)
        canvas.shape(ellipse((28 * side, -43), (9, 6)), hair.band, width=0.9)


def _braids(canvas: Canvas, hair: Hair) -> None:
    links = int(max(hair.length, 70) / 15)
    for side in (-1, 1):
        for k in range(links, -1, -1):
            size = 9.5 - k * 3 / links
            at = (side * (45 + 1.5 * np.sin(k)), 22 + k * 13)
            left = bend((at[0] - size, at[1] - 5), (at[0] - size, at[1] + 8), (at[0], at[1] + 9))
            right = bend((at[0], at[1] + 9), (at[0] + size, at[1] + 8), (at[0] + size, at[1] - 5))
            top = bend((at[0] + size, at[1] - 5), (at[0], at[1] - 12), (at[0] - size, at[1] - 5))
            canvas.shape(np.vstack([left, right, top]), hair.color, width=0.9, depth=2.5)
        low = 22 + (links + 1) * 13
        tuft = np.vstack([bend((-6, 0), (-9, 12), (0, 20)), bend((0, 20), (9, 12), (6, 0))])
        canvas.shape(shifted(tuft, side * 45, low - 8), hair.color, width=0.9)
        canvas.shape(ellipse((side * 45, low - 7), (6, 4)), hair.band, width=0.8)


def _curls(canvas: Canvas, hair: Hair) -> None:
    random = canvas.random
    low = random.uniform(30, 70)
    centers = [(np.cos(a) * 50, -16 + np.sin(a) * 46) for a in np.radians(np.arange(150, 391, 24))]
    centers += [(s * 54, y) for s in (-1, 1) for y in np.arange(6, low, 18)]
    bumps = [ellipse(c, (r, r)) for c in centers for r in [random.uniform(14, 20)]]
    outline = union([*bumps, ellipse((0, 0), (50, 44))], soften=0.8)
    canvas.shape(outline, hair.color, depth=8)
    for x, y in centers[::2]:
        canvas.line(ellipse((x, y), (8, 8), *sorted(random.uniform(0, 360, 2))), 0.7)


def _fringe_edge(hair: Hair, turn: float, random: np.random.Generator) -> Path:
    """The lower edge of the fringe from the left temple to the right one, lock by lock."""
    part = turn * 10 + (hair.side * 16 if hair.fringe in ("parted", "swept") else 0)
    xs = np.linspace(-47, 47, hair.locks + 1)
    xs[1:-1] += random.uniform(-3, 3, hair.locks - 1)
    tips = [_tip(hair, (a + b) / 2, part, random) for a, b in pairwise(xs)]
    notch = {"blunt": 2.0, "messy": 16.0, "pointed": 20.0}.get(hair.fringe, 12.0)
    pieces = [_side_lock(hair, -1, random)]
    for k, (x, tip) in enumerate(zip(xs[:-1], tips, strict=True)):
        gap = (xs[k + 1], min(tip[1], tips[min(k + 1, hair.locks - 1)][1]) - notch)
        start = tuple(pieces[-1][-1])
        pieces.append(bend(start, (x + (tip[0] - x) * 0.15, tip[1] - 4), tip, 7)[1:])
        end = gap if k + 1 < hair.locks else (46, -2)
        pieces.append(bend(tip, (end[0] - (end[0] - tip[0]) * 0.1, tip[1] - 3), end, 7)[1:])
    pieces.append(_side_lock(hair, 1, random)[1:])
    return np.vstack(pieces)


def _tip(hair: Hair, x: float, part: float, random: np.random.Generator) -> Point:
    """Where a lock that hangs at `x` ends."""
    brow = -9.0
    if hair.fringe == "blunt":
        return x, brow + random.uniform(-1, 1)
    if hair.fringe == "open":
        return x, -36 + 22 * (x / 47) ** 2 + random.uniform(-2, 2)
    if hair.fringe in ("parted", "curtain"):
        away = min(1.0, abs(x - part) / 45)
        return x + np.sign(x - part) * 6, -32 + 30 * away**0.8
    if hair.fringe == "swept":
        return x - hair.side * 10, brow - 10 + 12 * (1 - (x * hair.side + 47) / 94)
    return x + random.uniform(-6, 6), brow + random.uniform(-7, 7)


def _side_lock(hair: Hair, side: int, random: np.random.Generator) -> Path:
    """Beside the face: left from the temple in, right from the face out."""
    long = {"short": 18.0, "spiked": 14.0, "curly": 16.0}.get(hair.back, random.uniform(26, 62))
    out = spline(path((51, -20), (53, long * 0.3), (50, long * 0.7), (43, long)), steps=6)
    back = spline(path((43, long), (40, long * 0.5), (40, -2)), steps=6)
    lock = np.vstack([out, back[1:]])
    return mirrored(lock) if side < 0 else lock[::-1]


def _ring(canvas: Canvas, hair: Hair, turn: float) -> None:
    """The light on the hair: a band with a ragged edge."""
    xs = np.linspace(-44, 44, 15)
    base = -34 + 12 * (xs / 44) ** 2
    zigzag = np.where(np.arange(15) % 2, 3.5, -1.5)
    upper = np.stack([xs + turn * 4, base - zigzag], 1)
    lower = np.stack([xs + turn * 4, base + 4 + zigzag], 1)[::-1]
    band = np.vstack([upper, lower])
    canvas.tone(band, lighter(hair.color, 0.42))


def _strands(canvas: Canvas, hair: Hair, edge: Path, turn: float) -> None:
    """Lines from the notches of the fringe up to the crown."""
    random = canvas.random
    inner = edge[(np.abs(edge[:, 0]) < 42) & (edge[:, 1] < 4)]
    if len(inner) < 4:
        return
    notches = inner[1:-1][(inner[1:-1, 1] < inner[:-2, 1]) & (inner[1:-1, 1] < inner[2:, 1])]
    crown = np.array([turn * 8 + hair.side * 4, -52 - hair.volume * 0.5])
    for spot in notches:
        reach = random.uniform(0.35, 0.8)
        end = spot + (crown - spot) * reach
        pull = (spot + end) / 2 + ((spot[0] - crown[0]) * 0.16, -3)
        canvas.line(bend(tuple(spot), tuple(pull), tuple(end)), 0.8)
