"""What people wear on the head, on the back and carry. Heads: the middle is (0, 0), 100 wide."""

from __future__ import annotations

import numpy as np

from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import darker, lighter
from irodori.collection.synth.curves import (
    Path,
    Point,
    bend,
    box,
    ellipse,
    heart,
    path,
    ribbon,
    spline,
    star,
    symmetric,
    turned,
)

HATS = (
    "hair_bow", "hairband", "hair_flower", "hairclip", "headphones", "beret", "witch_hat", "crown",
    "straw_hat", "baseball_cap", "santa_hat", "halo",
)  # fmt: skip
HELD = ("balloon", "wand", "flower", "lollipop", "book", "flag", "staff", "ice_cream")


def draw_hat(canvas: Canvas, kind: str, color: Color, other: Color, turn: float) -> None:
    """Something on the head, over the hair."""
    _HATS[kind](canvas, color, other, turn)


def bow(canvas: Canvas, at: Point, size: float, color: Color, turn: float = 0) -> None:
    """A ribbon tied in two loops."""
    with canvas.placed(at, size, turn=turn):
        for side in (-1, 1):
            loop = spline(path((2, -3), (22, -14), (27, 0), (22, 13), (2, 3)), steps=5)
            canvas.shape(loop * (side, 1), color, depth=2.5)
            canvas.line(path((6, -1), (15, -3)) * (side, 1), 0.7)
        canvas.shape(ellipse((0, 0), (6, 7)), color)


def flower(canvas: Canvas, at: Point, size: float, color: Color, petals: int = 5) -> None:
    """A blossom seen from above."""
    for k in range(petals):
        petal = ellipse((0, -7.5), (5.4, 6.5)) * size
        canvas.shape(turned(petal, k * 360 / petals) + at, color, width=0.8)
    canvas.shape(ellipse(at, (4 * size, 4 * size)), (250, 214, 90), width=0.8)


def _hair_bow(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    place = float(canvas.random.choice([-34, 0, 34]))
    bow(canvas, (place + turn * 4, -52 + abs(place) * 0.35), 1, color, place * 0.7)


def _hairband(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    arc = ellipse((turn * 3, -10), (51, 47), 195, 345, steps=20)
    inner = ellipse((turn * 3, -6), (50, 41), 345, 195, steps=20)
    canvas.shape(np.vstack([arc, inner]), color)


def _hair_flower(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    side = int(canvas.random.choice([-1, 1]))
    flower(canvas, (38 * side, -30), 1.1, color)
    flower(canvas, (46 * side, -14), 0.75, other)


def _hairclip(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    side = int(canvas.random.choice([-1, 1]))
    kind = int(canvas.random.integers(3))
    at = (33 * side, -22.0)
    if kind == 0:
        canvas.shape(star(at, 9), color, width=0.8)
    elif kind == 1:
        canvas.shape(heart(at, 7), color, width=0.8)
    else:
        for tilt in (-18, 18):
            canvas.shape(turned(box(-9, -2, 9, 2), tilt) + at, color, width=0.8)


def _headphones(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    arc = ellipse((turn * 2, -10), (57, 58), 180, 360, steps=24)
    inner = ellipse((turn * 2, -10), (52, 51), 360, 180, steps=24)
    canvas.shape(np.vstack([arc, inner]), other)
    for side in (-1, 1):
        canvas.shape(ellipse((54 * side, 4), (10, 18)), color, depth=3)
        canvas.line(ellipse((54 * side, 4), (5, 11)), 0.7)


def _beret(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    side = int(canvas.random.choice([-1, 1]))
    top = spline(path((-52, -36), (-58, -58), (-20, -84), (34, -78), (62, -52), (52, -34),
                      (0, -46)), closed=True, steps=6)  # fmt: skip
    canvas.shape(top * (side, 1), color, depth=6)
    canvas.shape(ellipse((6 * side, -82), (3.5, 5)), color, width=0.9)
    band = np.vstack([bend((-52, -38), (0, -52), (52, -36)), bend((51, -29), (0, -44), (-51, -31))])
    canvas.shape(band * (side, 1), darker(color, 0.3), width=0.9)


def _witch_hat(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    side = int(canvas.random.choice([-1, 1]))
    cone = spline(path((-44, -46), (-30, -86), (-6, -122), (36, -136), (22, -112), (34, -80),
                       (46, -46)), steps=6)  # fmt: skip
    canvas.shape(cone * (side, 1), color, depth=7)
    band = np.vstack([bend((-45, -52), (0, -38), (46, -52)), bend((43, -64), (0, -52), (-40, -64))])
    canvas.shape(band * (side, 1), other)
    canvas.shape(spline(path((-88, -38), (-40, -54), (40, -54), (88, -38), (40, -34), (-40, -34)),
                        closed=True, steps=6), color, depth=4)  # fmt: skip


def _crown(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    gold = (248, 206, 84)
    canvas.shape(path((-26, -50), (-32, -84), (-14, -66), (0, -90), (14, -66), (32, -84),
                      (26, -50)), gold, depth=4)  # fmt: skip
    for x, y in ((-32, -85), (0, -91), (32, -85)):
        canvas.shape(ellipse((x, y), (3.6, 3.6)), color, width=0.8)
    canvas.shape(ellipse((0, -60), (4.4, 5)), other, width=0.8)


def _straw_hat(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    straw = (244, 216, 150)
    dome = np.vstack([ellipse((0, -44), (44, 44), 180, 360, steps=20), path((44, -40), (-44, -40))])
    canvas.shape(dome, straw, depth=6)
    band = np.vstack([bend((-44, -52), (0, -40), (44, -52)), bend((44, -40), (0, -28), (-44, -40))])
    canvas.shape(band, color)
    canvas.shape(ellipse((0, -38), (84, 14)), straw, depth=3)


def _baseball_cap(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    side = 1 if turn >= 0 else -1
    dome = np.vstack([ellipse((0, -30), (55, 44), 180, 360, steps=22),
                      bend((55, -28), (0, -40), (-55, -28))])  # fmt: skip
    canvas.shape(dome, color, depth=6)
    canvas.line(bend((0, -74), (side * 12, -54), (side * 10, -35)), 0.8)
    canvas.shape(ellipse((0, -74), (4, 3)), other, width=0.8)
    brim = spline(path((-36, -35), (0, -40), (44, -34), (78, -26), (40, -22), (-8, -24)),
                  closed=True, steps=6) * (side, 1)  # fmt: skip
    canvas.shape(brim, other, depth=2)


def _santa_hat(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    side = int(canvas.random.choice([-1, 1]))
    cone = spline(path((-46, -42), (-34, -82), (10, -104), (62, -74), (70, -44), (52, -60),
                       (46, -42)), steps=6)  # fmt: skip
    canvas.shape(cone * (side, 1), color, depth=6)
    canvas.shape(ellipse((70 * side, -40), (11, 11)), (252, 250, 248))
    fur = np.vstack([bend((-54, -44), (0, -62), (54, -44)), bend((56, -32), (0, -48), (-56, -32))])
    canvas.shape(fur, (252, 250, 248), depth=3)


def _halo(canvas: Canvas, color: Color, other: Color, turn: float) -> None:
    gold = (252, 226, 120)
    outer, inner = ellipse((0, -84), (34, 9)), ellipse((0, -84), (27, 5))
    canvas.shape(np.vstack([outer, outer[:1], inner[:1], inner[::-1]]), gold, width=0.01)
    for ring in (outer, inner):
        canvas.line(np.vstack([ring, ring[:1]]), 0.9, ends=(False, False))


_HATS = {
    "hair_bow": _hair_bow, "hairband": _hairband, "hair_flower": _hair_flower,
    "hairclip": _hairclip, "headphones": _headphones, "beret": _beret, "witch_hat": _witch_hat,
    "crown": _crown, "straw_hat": _straw_hat, "baseball_cap": _baseball_cap,
    "santa_hat": _santa_hat, "halo": _halo,
}  # fmt: skip


def draw_held(canvas: Canvas, kind: str, at: Point, color: Color, other: Color) -> None:
    """Something in a fist at a place, upright."""
    with canvas.placed(at):
        _HELD[kind](canvas, color, other)


def _stick(canvas: Canvas, top: float, low: float, color: Color, half: float = 2.2) -> None:
    canvas.shape(box(-half, top, half, low), color, width=0.9)


def _balloon(canvas: Canvas, color: Color, other: Color) -> None:
    canvas.line(spline(path((0, 6), (4, -50), (-4, -100), (4, -140))), 0.7, ends=(False, False))
    canvas.shape(path((0, -146), (10, -138), (-2, -138)), color, width=0.9)
    canvas.shape(ellipse((4, -184), (32, 40)), color, depth=8)
    canvas.tone(turned(ellipse((-8, -200), (5, 10)), 30, (-8, -200)), lighter(color, 0.6))


def _wand(canvas: Canvas, color: Color, other: Color) -> None:
    _stick(canvas, -50, 12, (246, 240, 236))
    canvas.shape(star((0, -62), 20), (250, 216, 96), depth=3)
    bow(canvas, (0, -42), 0.45, color)


def _flower(canvas: Canvas, color: Color, other: Color) -> None:
    _stick(canvas, -42, 16, (106, 170, 96), 1.5)
    leaf = np.vstack([bend((0, -14), (10, -30), (20, -28)), bend((20, -28), (16, -14), (0, -14))])
    canvas.shape(leaf, (126, 190, 108), width=0.9)
    flower(canvas, (0, -50), 1.5, color, 6)


def _lollipop(canvas: Canvas, color: Color, other: Color) -> None:
    _stick(canvas, -40, 14, (250, 248, 244), 1.8)
    canvas.shape(ellipse((0, -54), (20, 20)), color, depth=4)
    turn = np.linspace(0, 5 * np.pi, 50)
    spiral = np.stack([np.cos(turn), np.sin(turn)], 1) * (turn * 1.1)[:, None] + (0, -54)
    canvas.line(spiral, 0.8)


def _book(canvas: Canvas, color: Color, other: Color) -> None:
    canvas.shape(turned(box(-19, -40, 19, 12), -8), color, depth=4)
    canvas.shape(turned(box(-11, -28, 11, -12), -8), other, width=0.8)
    canvas.line(turned(path((-14, -40), (-14, 12)), -8), 0.8, ends=(False, False))


def _flag(canvas: Canvas, color: Color, other: Color) -> None:
    _stick(canvas, -100, 16, (176, 132, 92))
    wave = np.vstack([spline(path((2, -98), (24, -104), (48, -94), (70, -98))),
                      spline(path((70, -58), (48, -54), (24, -64), (2, -58)))])  # fmt: skip
    canvas.shape(wave, color, depth=5)
    canvas.shape(star((34, -78), 12), other, width=0.8)


def _staff(canvas: Canvas, color: Color, other: Color) -> None:
    _stick(canvas, -90, 110, (150, 104, 74), 3)
    hook = ribbon(path((0, -88), (-16, -104), (-12, -128), (10, -134), (22, -118)), (4, 4, 4, 2))
    canvas.shape(hook, (150, 104, 74))
    canvas.shape(ellipse((4, -112), (10, 10)), color, depth=3)


def _ice_cream(canvas: Canvas, color: Color, other: Color) -> None:
    canvas.shape(path((-11, -20), (11, -20), (0, 14)), (234, 186, 120), width=0.9)
    canvas.line(path((-7, -12), (5, -2)), 0.5)
    canvas.line(path((7, -12), (-5, -2)), 0.5)
    canvas.shape(ellipse((0, -42), (11, 11)), lighter(other, 0.5), depth=3)
    canvas.shape(ellipse((0, -26), (13, 11)), lighter(color, 0.5), depth=3)


_HELD = {
    "balloon": _balloon, "wand": _wand, "flower": _flower, "lollipop": _lollipop, "book": _book,
    "flag": _flag, "staff": _staff, "ice_cream": _ice_cream,
}  # fmt: skip


def draw_wings(canvas: Canvas, color: Color, size: float) -> None:
    """Feathered wings behind the shoulders; the neck's base is (0, 0)."""
    for side in (-1, 1):
        for k in range(4, -1, -1):
            long = (150 - k * 18) * size
            feather = ribbon(path((10, 24), (long * 0.5, 10 - long * 0.18), (long, 20)),
                             (4, 16 * size, 3))  # fmt: skip
            canvas.shape(turned(feather, k * 17 - 30, (10, 24)) * (side, 1), color, depth=4)


def tail(kind: str, low: float, side: int) -> Path:
    """An animal's tail from a body's back, `low` below the neck."""
    start = (side * 12.0, low - 8)
    if kind == "fox":
        way = path(start, (side * 70, low + 14), (side * 104, low - 36), (side * 96, low - 92))
        return ribbon(way, (7, 24, 26, 1))
    if kind == "rabbit":
        return ellipse((side * 40, low - 4), (16, 15))
    way = path(start, (side * 62, low + 20), (side * 88, low - 26), (side * 70, low - 62),
               (side * 92, low - 84))  # fmt: skip
    return ribbon(way, (6, 7, 7, 7, 4))


def scarf(canvas: Canvas, color: Color, wide: float) -> None:
    """Around the neck, an end hanging in front."""
    end = path((6, 6), (24, 4), (30, 66), (12, 68))
    canvas.shape(end, color, depth=3)
    for x in (15, 20, 25):
        canvas.line(path((x, 60), (x + 0.5, 67)), 0.6)
    roll = symmetric(spline(path((0, -14), (wide, -16), (wide + 6, 0), (wide - 2, 12), (0, 16))))
    canvas.shape(roll, color, depth=4)
    canvas.line(bend((-wide * 0.8, -2), (0, 8), (wide * 0.7, -6)), 0.7)
