"""Skirts, trousers, socks and shoes, sleeves, capes. The neck's base is (0, 0)."""

from __future__ import annotations

import numpy as np

from irodori.collection.synth.body import Build, Limb, along, draw_foot, radii
from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import darker, lighter
from irodori.collection.synth.curves import (
    Path,
    bend,
    box,
    ellipse,
    limb,
    mirrored,
    path,
    spline,
    symmetric,
    union,
)
from irodori.collection.synth.outfit import Outfit, cloth, other_color


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
    cloth(canvas, outline, color, pattern, other_color(outfit), depth=9)
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
    cloth(canvas, outline, color, pattern, other_color(outfit), depth=4, open_at=(shoulder,))
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
