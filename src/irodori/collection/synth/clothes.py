"""Clothes on a body: tops, sleeves, skirts, trousers, socks, and patterns on them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from irodori.collection.synth.body import Build, Limb, along, draw_foot, radii
from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import darker, lighter, mixed
from irodori.collection.synth.curves import (
    Path,
    Point,
    bend,
    box,
    ellipse,
    heart,
    limb,
    mirrored,
    path,
    spline,
    star,
    symmetric,
    union,
)


@dataclass(frozen=True)
class Outfit:
    """What somebody wears. Colors: of the top, of what is below, of what is plain."""

    top: str
    sleeves: str
    below: str
    pattern: str
    socks: str
    lead: Color
    answer: Color
    plain: Color
    shoes: Color
    tags: list[str] = field(default_factory=list)


_TAGS = {
    "sailor": ["serafuku", "school_uniform"], "blazer": ["blazer", "necktie"],
    "shirt": ["collared_shirt"], "tee": ["t-shirt"], "hoodie": ["hoodie"],
    "sweater": ["turtleneck", "sweater"], "dress": ["dress"], "kimono": ["kimono"],
    "overalls": ["overalls"], "cardigan": ["cardigan"], "cape": ["cape"],
    "skirt": ["skirt"], "pleated": ["pleated_skirt"], "long": ["long_skirt"],
    "shorts": ["shorts"], "trousers": ["pants"], "stripes": ["striped"], "dots": ["polka_dot"],
    "check": ["checkered"], "plaid": ["plaid"], "stars": ["star_print"],
    "hearts": ["heart_print"], "kneehigh": ["kneehighs"], "thighhigh": ["thighhighs"],
    "tights": ["pantyhose"],
}  # fmt: skip


def choose_outfit(
    random: np.random.Generator, colors: tuple[Color, Color, Color], *, girl: bool
) -> Outfit:
    """Clothes at random that go together."""
    tops = {"sailor": 0.14, "blazer": 0.1, "shirt": 0.1, "tee": 0.14, "hoodie": 0.1,
            "sweater": 0.1, "dress": 0.14, "kimono": 0.06, "overalls": 0.05, "cardigan": 0.07}
    if not girl:
        tops |= {"sailor": 0.01, "dress": 0}
    top = _pick(random, tops)
    sleeves = {"sailor": "short", "tee": "short", "dress": "puff", "kimono": "wide",
               "shirt": "short", "overalls": "short"}.get(top, "long")
    if top in ("sailor", "shirt", "dress", "overalls") and random.random() < 0.5:
        sleeves = "long"
    if top == "tee" and random.random() < 0.25:
        sleeves = "none"
    below = _pick(random, {"skirt": 0.3, "pleated": 0.3, "long": 0.12, "shorts": 0.14,
                           "trousers": 0.14} if girl else {"shorts": 0.3, "trousers": 0.7})
    below = {"sailor": "pleated" if girl else "trousers", "dress": "skirt", "kimono": "robe",
             "overalls": "trousers"}.get(top, below)
    pattern = _pick(random, {"none": 0.5, "stripes": 0.14, "dots": 0.09, "check": 0.06,
                             "plaid": 0.08, "stars": 0.07, "hearts": 0.06})
    socks = _pick(random, {"none": 0.25, "ankle": 0.25, "kneehigh": 0.25, "thighhigh": 0.15,
                           "tights": 0.1} if girl else {"none": 0.4, "ankle": 0.6})
    lead, answer, plain = colors
    if top in ("sailor", "blazer", "shirt") and random.random() < 0.5:
        lead, plain = (250, 250, 252), lead
    tags = [tag for part in (top, below, pattern, socks) for tag in _TAGS.get(part, ())]
    shoes = (darker(answer, 0.5), darker(plain, 0.4), lighter(lead, 0.2))[int(random.integers(3))]
    return Outfit(top, sleeves, below, pattern, socks, lead, answer, plain, shoes, tags)


def _pick(random: np.random.Generator, odds: dict[str, float]) -> str:
    chances = np.array(list(odds.values()))
    return str(random.choice(list(odds), p=chances / chances.sum()))


# ------------------------------------------------------------------ cloth and patterns


def cloth(
    canvas: Canvas,
    outline: Path,
    color: Color,
    pattern: str = "none",
    other: Color = (255, 255, 255),
    *,
    depth: float = 6,
    open_at: tuple[tuple[Point, float], ...] = (),
) -> None:
    """A piece of cloth with its pattern and outline."""
    canvas.fill(outline, color)
    if pattern != "none":
        with canvas.inside(outline):
            draw_pattern(canvas, outline, pattern, other)
    canvas.shade(outline, depth)
    if open_at:
        canvas.edge(outline, open_at)
    else:
        canvas.line(np.vstack([outline, outline[:1]]), ends=(False, False))


def draw_pattern(canvas: Canvas, area: Path, kind: str, color: Color) -> None:
    """Covers the area's box with a pattern."""
    (left, top), (right, bottom) = area.min(0), area.max(0)
    step = 15.0
    xs = np.arange(left - step / 2, right + step, step)
    ys = np.arange(top - step / 2, bottom + step, step)
    if kind == "stripes":
        for y in ys:
            canvas.shape(box(left - 9, y, right + 9, y + step * 0.45), color, width=0.6)
    elif kind == "plaid":
        for y in ys:
            canvas.tone(box(left - 9, y, right + 9, y + 3), color)
        for x in xs:
            canvas.tone(box(x, top - 9, x + 3, bottom + 9), mixed(color, (255, 255, 255), 0.25))
    elif kind == "check":
        for j, y in enumerate(ys):
            for x in xs[j % 2 :: 2]:
                canvas.tone(box(x, y, x + step, y + step), color)
    else:
        marks = {"dots": lambda at: ellipse(at, (3.6, 3.6), steps=16),
                 "stars": lambda at: star(at, 5.5), "hearts": lambda at: heart(at, 4.2)}
        for j, y in enumerate(ys):
            for x in xs + (step / 2 if j % 2 else 0):
                canvas.shape(marks[kind]((x, y)), color, width=0.55)


# ------------------------------------------------------------------ the trunk


def torso_outline(build: Build, *, dip: float = 10, hem: float = 4, loose: float = 0) -> Path:
    """The outline of a top; `dip`: how low the neckline is, `hem`: how far below the hips."""
    wide = 13 + build.arm_radius * 0.3
    right = spline(
        path((wide, -4), (build.shoulder - 4, 5), (build.shoulder, 16),
             (build.shoulder - 6, 40), (build.waist + loose, build.torso * 0.58),
             (build.hip + loose, build.torso * 0.92), (build.hip + loose + 1, build.torso + hem)),
        steps=6)  # fmt: skip
    neck = bend((-wide, -4), (0, dip * 2 + 4), (wide, -4), 9)
    return np.vstack([right, mirrored(right)[::-1], neck[1:-1]])


def draw_top(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    """What the trunk wears, without sleeves."""
    top = outfit.top
    dip = {"sailor": 26.0, "blazer": 34.0, "kimono": 34.0, "cardigan": 30.0, "sweater": 2.0}
    loose = 5.0 if top in ("hoodie", "sweater", "cardigan") else 1.0
    hem = 6.0 if loose > 1 else 1.0
    patterned = outfit.pattern if top in ("tee", "sweater", "dress", "hoodie", "shirt") else "none"
    if top in ("blazer", "cardigan"):
        cloth(canvas, torso_outline(build, dip=6), (250, 250, 252))
    if top == "overalls":
        cloth(canvas, torso_outline(build, dip=6), outfit.plain, outfit.pattern, outfit.answer)
    else:
        outline = torso_outline(build, dip=dip.get(top, 8.0), hem=hem, loose=loose)
        cloth(canvas, outline, outfit.lead, patterned, _other(outfit))
    details = {"sailor": _sailor, "blazer": _blazer, "shirt": _shirt, "hoodie": _hoodie,
               "sweater": _sweater, "kimono": _kimono, "overalls": _overalls,
               "cardigan": _blazer, "dress": _dress, "tee": _tee}  # fmt: skip
    details[top](canvas, build, outfit)


def _other(outfit: Outfit) -> Color:
    """A pattern's color that can be told from its ground."""
    far = sum(abs(a - b) for a, b in zip(outfit.plain, outfit.lead, strict=True)) > 90
    return outfit.plain if far else lighter(outfit.lead, 0.55)


def _bow(canvas: Canvas, at: Point, size: float, color: Color) -> None:
    x, y = at
    for side in (-1, 1):
        wing = spline(path((0, -2), (14, -9), (16, 0), (14, 8), (0, 2)), steps=5) * (side, 1)
        tail = path((1, 2), (9, 18), (2, 17)) * (side, 1)
        canvas.shape(tail * size + at, color, width=0.8)
        canvas.shape(wing * size + at, color, width=0.9, depth=1.5)
    canvas.shape(ellipse((x, y), (4 * size, 4.5 * size)), color, width=0.9)


def _sailor(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    wide = build.shoulder * 0.86
    flap = path((12, -8), (wide, 6), (wide * 0.86, 26), (0, 48), (5, 40), (15, 8))
    for side in (-1, 1):
        piece = np.vstack([path((12, -8)), path((wide, 4), (wide * 0.9, 26), (0, 46), (14, 10))])
        canvas.shape(piece * (side, 1), outfit.answer, depth=3)
        stripe = path((wide * 0.92, 6), (wide * 0.82, 23), (3, 41)) * (side, 1)
        canvas.line(stripe, 0.7)
    del flap
    _bow(canvas, (0, 50), build.shoulder / 40, lighter(outfit.plain, 0.1))


def _blazer(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    if outfit.top == "blazer":
        tie = path((-4, 4), (4, 4), (6, 38), (0, 46), (-6, 38))
        canvas.shape(tie, outfit.answer, width=0.9)
        canvas.shape(path((-5, 0), (5, 0), (3, 8), (-3, 8)), outfit.answer, width=0.9)
    for side in (-1, 1):
        collar = path((5, -6), (14, -5), (20, 8), (7, 16), (0, 4)) * (side, 1)
        canvas.shape(collar, (250, 250, 252), width=0.8)
        lapel = path((15, -4), (27, 10), (20, 20), (25, 25), (1, 50)) * (side, 1)
        canvas.shape(lapel, darker(outfit.lead, 0.18), width=0.9)
    canvas.line(path((0, 50), (0, build.torso + 2)), 0.9)
    for y in np.linspace(0.55, 0.85, 3) * build.torso:
        canvas.shape(ellipse((5, y), (2.2, 2.2)), outfit.plain, width=0.6)


def _shirt(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    for side in (-1, 1):
        collar = path((2, 6), (15, -8), (24, 6), (12, 18)) * (side, 1)
        canvas.shape(collar, outfit.plain, width=0.9)
    canvas.line(path((0, 8), (0, build.torso)), 0.8)
    for y in np.linspace(0.25, 0.9, 4) * build.torso:
        canvas.shape(ellipse((4, y), (2, 2)), outfit.plain, width=0.6)


def _hoodie(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    hood = np.vstack([bend((-30, 2), (0, 40), (30, 2)), bend((30, 2), (20, -14), (13, -10)),
                      bend((13, -10), (0, 26), (-13, -10)), bend((-13, -10), (-20, -14), (-30, 2))])
    canvas.shape(hood, darker(outfit.lead, 0.12), depth=2)
    for side in (-1, 1):
        canvas.line(bend((6 * side, 17), (8 * side, 30), (6 * side, 44)), 1)
    low = build.torso
    pocket = path((-20, low * 0.62), (20, low * 0.62), (28, low * 0.9), (-28, low * 0.9))
    canvas.shape(pocket, darker(outfit.lead, 0.12), width=0.9)


def _sweater(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    collar = np.vstack([bend((-14, -17), (0, -11), (14, -17)), bend((16, -1), (0, 7), (-16, -1))])
    canvas.shape(collar, outfit.lead, depth=2)
    hem = build.hip + 5
    low = build.torso
    rib = np.vstack([bend((-hem, low - 6), (0, low - 1), (hem, low - 6)),
                     path((hem + 1, low + 7), (-hem - 1, low + 7))])  # fmt: skip
    canvas.shape(rib, darker(outfit.lead, 0.15))
    for x in np.linspace(-hem + 6, hem - 6, 9):
        canvas.line(path((x, low - 2), (x, low + 6)), 0.5)


def _kimono(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    wide = 13 + build.arm_radius * 0.3
    for side in (1, -1):
        band = path((wide - 1, -6), (wide + 9, -3), (-16, 62), (-22, 52)) * (side, 1)
        canvas.shape(band, outfit.plain, width=0.9)
    waist = build.torso
    sash = box(-build.waist - 5, waist * 0.48, build.waist + 5, waist * 0.76)
    canvas.shape(sash, outfit.answer, depth=4)
    canvas.shape(box(-build.waist - 5, waist * 0.59, build.waist + 5, waist * 0.65), outfit.plain,
                 width=0.8)  # fmt: skip


def _overalls(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    wide = build.waist * 0.7
    low = build.torso
    for side in (-1, 1):
        canvas.shape(path((wide - 7, 40), (wide, 40), (24, -1), (16, -2)) * (side, 1), outfit.lead)
    bib = np.vstack([box(-wide, 36, wide, low * 0.62)[:2],
                     path((wide, low * 0.6), (build.hip + 2, low * 0.72), (build.hip + 2, low + 4),
                          (-build.hip - 2, low + 4), (-build.hip - 2, low * 0.72),
                          (-wide, low * 0.6))])  # fmt: skip
    canvas.shape(bib, outfit.lead, depth=5)
    canvas.shape(box(-wide * 0.6, 46, wide * 0.6, 46 + wide * 0.9), darker(outfit.lead, 0.12))
    for side in (-1, 1):
        canvas.shape(ellipse((side * (wide - 4), 42), (3.4, 3.4)), outfit.plain, width=0.7)


def _dress(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    if canvas.random.random() < 0.5:
        _bow(canvas, (0, 16), 0.8, outfit.answer)
    for side in (-1, 1):
        collar = spline(path((1, 8), (14, -6), (24, 4), (18, 16), (6, 15)), closed=True, steps=5)
        canvas.shape(collar * (side, 1), outfit.plain, width=0.9)
    low = build.torso * 0.58
    canvas.shape(box(-build.waist - 2, low - 5, build.waist + 2, low + 5), outfit.answer, width=0.9)


def _tee(canvas: Canvas, build: Build, outfit: Outfit) -> None:
    mark = canvas.random.random()
    at = (0.0, build.torso * 0.38)
    if outfit.pattern == "none" and mark < 0.5:
        color = outfit.answer
        size = build.shoulder * 0.38
        shape = star(at, size) if mark < 0.2 else heart(at, size * 0.9)
        canvas.shape(ellipse(at, (size, size)) if mark > 0.4 else shape, color)
    for side in (-1, 1):
        fold = bend((side * build.waist * 0.95, build.torso * 0.6),
                    (side * build.waist * 0.6, build.torso * 0.66),
                    (side * build.waist * 0.45, build.torso * 0.64))  # fmt: skip
        canvas.line(fold, 0.6)


# ------------------------------------------------------------------ below and sleeves


def draw_legwear(canvas: Canvas, build: Build, legs: tuple[Limb, Limb], outfit: Outfit) -> None:
    """Socks and shoes."""
    reach = {"ankle": 1.78, "kneehigh": 1.2, "thighhigh": 0.62, "tights": 0.05}
    for leg in legs:
        if outfit.socks in reach:
            start = reach[outfit.socks]
            at = [start, *[k for k in (0.9, 1.3) if k > start], 2.0]
            joints = np.vstack([along(leg, k, k)[:1] for k in at])
            thick = [r + 0.8 for r in radii(build, at, leg=True)]
            cloth(canvas, limb(joints, thick), outfit.plain, depth=4)
            if outfit.socks != "tights":
                across = joints[0] + path((-thick[0], 4), (thick[0], 4))
                canvas.line(across, 0.7)
        draw_foot(canvas, build, leg, outfit.shoes, lighter(outfit.shoes, 0.6))


def draw_below(
    canvas: Canvas, build: Build, legs: tuple[Limb, Limb], outfit: Outfit, *, seated: bool
) -> None:
    """Skirt, trousers or the lower half of a robe."""
    color = outfit.lead if outfit.top in ("dress", "kimono", "overalls") else outfit.answer
    pattern = outfit.pattern if outfit.below not in ("trousers", "robe") else "none"
    if outfit.below in ("trousers", "shorts"):
        _trousers(canvas, build, legs, color, short=outfit.below == "shorts")
        return
    long = {"skirt": 0.72, "pleated": 0.6, "long": 1.45, "robe": 1.75}[outfit.below]
    _skirt(canvas, build, legs, outfit, (color, pattern, min(long, 0.7) if seated else long))


def _trousers(
    canvas: Canvas, build: Build, legs: tuple[Limb, Limb], color: Color, *, short: bool
) -> None:
    end = 0.62 if short else 1.86
    parts = [path((-build.hip - 2, build.torso - 26), (build.hip + 2, build.torso - 26),
                  (build.hip + 3, build.torso + 6), (0, build.torso + build.leg_radius * 1.7),
                  (-build.hip - 3, build.torso + 6))]  # fmt: skip
    for leg in legs:
        joints = along(leg, 0, end)
        thick = np.linspace(build.leg_radius * 1.16, build.leg_radius * (1.1 if short else 0.86),
                            len(joints))  # fmt: skip
        last = joints[-1]
        way = last - joints[-2]
        way = way / np.hypot(*way)
        side = np.array([-way[1], way[0]]) * thick[-1]
        parts += [limb(joints, list(thick)), np.stack([last - side, last + side,
                  last + side + way * 9, last - side + way * 9])]  # fmt: skip
    outline = union(parts)
    cloth(canvas, outline, color, depth=6)
    fork = (0.0, build.torso + build.leg_radius * 1.2)
    canvas.line(path((0, build.torso - 16), fork), 0.8)
    for leg in legs:
        knee = tuple(leg.joints[1])
        if not short:
            canvas.line(ellipse(knee, (8, 5), 30, 120, steps=8), 0.6)
            cuff = along(leg, 1.82, 1.9)
            wide = build.leg_radius * 0.86
            canvas.line(cuff[0] + path((-wide, 0), (wide, 0)), 0.7)


def _skirt(
    canvas: Canvas,
    build: Build,
    legs: tuple[Limb, Limb],
    outfit: Outfit,
    look: tuple[Color, str, float],
) -> None:
    color, pattern, long = look
    waist = build.torso * (0.58 if outfit.top == "dress" else 0.76)
    hem = build.torso + build.leg * long
    knees = np.abs([np.interp(min(long, 2), (0, 1, 2), leg.joints[:, 0]) for leg in legs])
    flare = 5 if outfit.below == "robe" else build.hip * 0.45
    wide = max(build.hip + flare, float(knees.max()) + build.leg_radius + 8)
    right = spline(path((build.waist + 2, waist), (build.hip + 4, build.torso * 0.98),
                        (wide, hem)), steps=8)  # fmt: skip
    folds = 7 if outfit.below == "pleated" else 4
    xs = np.linspace(wide, -wide, 2 * folds + 1)
    drop = np.where(np.arange(len(xs)) % 2, 5.0, 0.0) + (1 - (xs / wide) ** 2) * 7
    lower = np.stack([xs, hem + drop], 1)
    lower = lower if outfit.below == "pleated" else spline(lower, steps=4)
    outline = np.vstack([right, lower[1:-1], mirrored(right)[::-1]])
    cloth(canvas, outline, color, pattern, _other(outfit), depth=9)
    for x in xs[1:-1:2] if outfit.below == "pleated" else xs[2:-1:3]:
        share = 0.1 if outfit.below == "pleated" else 0.5
        start = (x * build.waist / wide * (1 + share * 0.3), waist + (hem - waist) * share)
        canvas.line(bend(start, (x * 0.8, (start[1] + hem) / 2), (x, hem + 2)), 0.75)
    if outfit.below == "robe":
        canvas.line(bend((8, waist), (14, hem * 0.8), (10, hem + 6)), 1)
    elif outfit.top not in ("dress", "hoodie", "sweater"):
        band = box(-build.waist - 3, waist - 3, build.waist + 3, waist + 6)
        canvas.shape(band, darker(color, 0.2), width=0.9)


def draw_sleeve(canvas: Canvas, build: Build, arm: Limb, outfit: Outfit) -> None:
    """A sleeve over an arm, open at the shoulder."""
    kind = outfit.sleeves
    if kind == "none":
        return
    color = outfit.plain if outfit.top == "overalls" else outfit.lead
    end = {"short": 0.72, "puff": 0.55}.get(kind, 1.9)
    joints = along(arm, 0, end)
    base = build.arm_radius
    thick = {
        "short": [base * 1.35, base * 1.45], "puff": [base * 1.7, base * 1.5],
        "long": [base * 1.32, base * 1.2, base * 1.02],
        "wide": [base * 1.35, base * 1.8, base * 2.5],
    }[kind]  # fmt: skip
    outline = _cut_off(joints, thick)
    pattern = outfit.pattern if outfit.top in ("sweater", "hoodie") else "none"
    shoulder = (tuple(arm.joints[0] - (0, 1)), base * 1.9)
    cloth(canvas, outline, color, pattern, _other(outfit), depth=4, open_at=(shoulder,))
    way = joints[-1] - joints[-2]
    way = way / np.hypot(*way)
    side = np.array([-way[1], way[0]])
    if outfit.top in ("sailor", "shirt", "blazer", "kimono", "dress", "sweater", "hoodie"):
        inner = joints[-1] - way * (base * 0.6)
        wide = float(np.interp(0.9, (0, 1), thick[-2:]))
        canvas.line(np.stack([inner - side * wide, inner + side * wide]), 0.8)
    if kind == "long":
        elbow = arm.joints[1]
        canvas.line(np.stack([elbow - side * base, elbow - side * base * 0.2]), 0.6)


def _cut_off(joints: Path, thick: list[float]) -> Path:
    """A limb's outline, its end cut straight."""
    way = joints[-1] - joints[-2]
    way = way / np.hypot(*way)
    side = np.array([-way[1], way[0]])
    shorter = joints.copy()
    shorter[-1] = joints[-1] - way * thick[-1]
    end = np.stack([shorter[-1] - side * thick[-1], shorter[-1] + side * thick[-1],
                    joints[-1] + side * thick[-1], joints[-1] - side * thick[-1]])  # fmt: skip
    return union([limb(shorter, thick), end], soften=0.8)


def draw_cape(canvas: Canvas, build: Build, color: Color) -> None:
    """What hangs from the shoulders behind."""
    long = build.torso + build.leg * 1.1
    right = path((12, -2), (build.shoulder + 2, 14), (build.hip + 26, build.torso),
                 (build.hip + 36, long), (build.hip + 6, long - 8), (0, long + 4))  # fmt: skip
    canvas.shape(spline(symmetric(right), closed=True, steps=5), color, depth=10)
