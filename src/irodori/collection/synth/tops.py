"""Tops on the trunk: shirts, uniforms, sweaters, dresses. The neck's base is (0, 0)."""

from __future__ import annotations

import numpy as np

from irodori.collection.synth.body import Build
from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import darker, lighter
from irodori.collection.synth.curves import (
    Path,
    Point,
    bend,
    box,
    ellipse,
    heart,
    mirrored,
    path,
    spline,
    star,
)
from irodori.collection.synth.outfit import Outfit, cloth, other_color


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
        cloth(canvas, outline, outfit.lead, patterned, other_color(outfit))
    details = {"sailor": _sailor, "blazer": _blazer, "shirt": _shirt, "hoodie": _hoodie,
               "sweater": _sweater, "kimono": _kimono, "overalls": _overalls,
               "cardigan": _blazer, "dress": _dress, "tee": _tee}  # fmt: skip
    details[top](canvas, build, outfit)


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
    for side in (-1, 1):
        piece = np.vstack([path((12, -8)), path((wide, 4), (wide * 0.9, 26), (0, 46), (14, 10))])
        canvas.shape(piece * (side, 1), outfit.answer, depth=3)
        stripe = path((wide * 0.92, 6), (wide * 0.82, 23), (3, 41)) * (side, 1)
        canvas.line(stripe, 0.7)
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
    hood = np.vstack(
        [
            bend((-30, 2), (0, 40), (30, 2)),
            bend((30, 2), (20, -14), (13, -10)),
            bend((13, -10), (0, 26), (-13, -10)),
            bend((-13, -10), (-20, -14), (-30, 2)),
        ]
    )
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
