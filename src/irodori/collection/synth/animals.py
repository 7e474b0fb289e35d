"""Animals and mascots: cats, rabbits, bears, foxes, birds, slimes, ghosts, robots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irodori.collection.synth.accessories import bow
from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import FUR, darker, hsv, lighter, scheme, varied
from irodori.collection.synth.curves import (
    Path,
    Point,
    bend,
    box,
    ellipse,
    path,
    ribbon,
    spline,
    symmetric,
    union,
)

KINDS = ("cat", "dog", "rabbit", "bear", "fox", "bird", "slime", "ghost", "robot", "penguin")
WHITE: Color = (253, 252, 250)
DARK: Color = (52, 40, 52)


@dataclass(frozen=True)
class Animal:
    """One animal or mascot. belly: the lighter color; mark: patches, stripes or none."""

    kind: str
    color: Color
    belly: Color
    extra: Color
    mark: str
    eyes: str
    bow: bool


def choose_animal(random: np.random.Generator) -> Animal:
    """An animal at random."""
    kind = str(random.choice(KINDS))
    color = varied(FUR[int(random.integers(len(FUR)))], random)
    if kind in ("slime", "robot", "bird", "ghost"):
        color = hsv(random.random(), random.uniform(0.12, 0.6), random.uniform(0.82, 1))
    if kind == "penguin":
        color = varied((74, 86, 120), random, 20)
    return Animal(
        kind=kind,
        color=color,
        belly=lighter(color, random.uniform(0.55, 0.8)),
        extra=scheme(random)[0],
        mark=str(random.choice(["none", "patch", "stripes"])),
        eyes=str(random.choice(["round", "dots", "happy"], p=[0.5, 0.35, 0.15])),
        bow=bool(random.random() < 0.3),
    )


def draw_animal(canvas: Canvas, animal: Animal) -> None:
    """About 200 units high, standing on (0, 0)."""
    special = {"slime": _slime, "ghost": _ghost, "robot": _robot, "bird": _bird, "penguin": _bird}
    if animal.kind in special:
        special[animal.kind](canvas, animal)
    else:
        _furry(canvas, animal)


def _furry(canvas: Canvas, animal: Animal) -> None:
    """Sits upright, head about as wide as the body."""
    color = animal.color
    tails = {
        "cat": ribbon(path((30, -20), (78, -10), (86, -56), (72, -84)), (8, 9, 9, 5)),
        "fox": ribbon(path((26, -18), (84, 0), (112, -50), (92, -100)), (8, 25, 26, 1)),
        "dog": ribbon(path((30, -24), (66, -36), (78, -66)), (8, 9, 4)),
        "rabbit": ellipse((48, -20), (16, 15)), "bear": ellipse((46, -24), (11, 11)),
    }  # fmt: skip
    canvas.shape(tails[animal.kind], color, depth=6)
    if animal.kind == "fox":
        with canvas.inside(tails["fox"]):
            canvas.shape(ellipse((94, -104), (34, 32)), WHITE)
        canvas.line(np.vstack([tails["fox"], tails["fox"][:1]]), ends=(False, False))
    body = symmetric(spline(path((0, -108), (34, -92), (48, -44), (40, -6), (0, 0))))
    canvas.shape(body, color, depth=9)
    canvas.shape(ellipse((0, -42), (26, 32)), animal.belly, width=0.8)
    for side in (-1, 1):
        canvas.shape(ellipse((27 * side, -6), (20, 11)), color, depth=3)
        for x in (-5, 2):
            canvas.line(path((27 * side + x, -9), (27 * side + x, -2)), 0.7)
    for side in (-1, 1):
        paw = ribbon(path((24, -86), (30, -60), (16, -40)), (9, 10, 9)) * (side, 1)
        canvas.shape(paw, color, depth=3)
    with canvas.placed((0, -138)):
        _furry_head(canvas, animal)
    if animal.bow:
        bow(canvas, (0, -92), 0.8, animal.extra)


def _furry_head(canvas: Canvas, animal: Animal) -> None:
    kind, color = animal.kind, animal.color
    for side in (-1, 1):
        if kind in ("cat", "fox"):
            high = 64 if kind == "cat" else 76
            canvas.shape(path((18, -40), (52, -high), (56, -8)) * (side, 1), color, depth=4)
            canvas.shape(path((30, -40), (47, -high + 14), (49, -22)) * (side, 1), (246, 198, 200),
                         width=0.8)  # fmt: skip
        elif kind == "rabbit":
            ear = ribbon(path((20, -36), (28, -76), (24, -112), (26, -124)), (10, 14, 11, 3))
            canvas.shape(ear * (side, 1), color, depth=4)
            inner = ribbon(path((21, -46), (27, -76), (24, -104)), (5, 7, 3))
            canvas.shape(inner * (side, 1), (246, 198, 200), width=0.8)
        elif kind == "bear":
            canvas.shape(ellipse((42 * side, -38), (18, 18)), color, depth=3)
            canvas.shape(ellipse((42 * side, -38), (10, 10)), animal.belly, width=0.8)
    face = ellipse((0, 0), (62, 50))
    if kind in ("cat", "fox"):
        cheeks = [path((50, 4), (78, 20), (42, 36)), path((-50, 4), (-78, 20), (-42, 36))]
        face = union([face, *cheeks])
    canvas.fill(face, color)
    with canvas.inside(face):
        if animal.mark == "patch":
            canvas.shape(ellipse((30, -10), (26, 28)), darker(color, 0.3), width=0.8)
        elif animal.mark == "stripes":
            for x in (-16, 0, 16):
                canvas.tone(path((x - 4, -60), (x + 4, -60), (x, -30)), darker(color, 0.4))
    canvas.shade(face, 8)
    canvas.line(np.vstack([face, face[:1]]), ends=(False, False))
    if kind == "dog":
        for side in (-1, 1):
            ear = spline(path((34, -44), (64, -40), (74, 4), (58, 26), (46, -10)), closed=True)
            canvas.shape(ear * (side, 1), darker(color, 0.3), depth=5)
    muzzle = ellipse((0, 18), (26, 18))
    canvas.shape(muzzle, animal.belly, width=0.7)
    _eyes(canvas, animal.eyes, 30, -2, 9)
    canvas.solid(spline(path((-6, 8), (6, 8), (0, 15)), closed=True, steps=4), DARK)
    canvas.line(spline(path((-11, 20), (-6, 24), (0, 18), (6, 24), (11, 20))), 0.9)
    if kind in ("cat", "fox"):
        for side in (-1, 1):
            for y in (14, 20):
                canvas.line(path((44, y), (72, y - 2 + (y - 17) * 1.2)) * (side, 1), 0.6)


def _eyes(canvas: Canvas, kind: str, apart: float, y: float, size: float) -> None:
    for side in (-1, 1):
        x = apart * side
        if kind == "happy":
            canvas.line(bend((x - size, y + 3), (x, y - size * 1.3), (x + size, y + 3)), 1.5)
        elif kind == "dots":
            canvas.solid(ellipse((x, y), (size * 0.55, size * 0.7)), DARK)
            canvas.fill(ellipse((x - 1.8, y - 2.4), (1.7, 2)), WHITE)
        else:
            canvas.shape(ellipse((x, y), (size, size * 1.15)), WHITE)
            canvas.solid(ellipse((x, y + 1), (size * 0.62, size * 0.78)), DARK)
            canvas.fill(ellipse((x - 2.4, y - 3), (2.4, 2.8)), WHITE)


def _cheeks(canvas: Canvas, apart: float, y: float) -> None:
    for side in (-1, 1):
        canvas.tone(ellipse((apart * side, y), (9, 5)), (250, 166, 170))


def _slime(canvas: Canvas, animal: Animal) -> None:
    body = symmetric(spline(path((0, -138), (18, -112), (62, -84), (88, -34), (78, 0), (0, 2))))
    canvas.shape(body, animal.color, depth=16)
    canvas.tone(ellipse((-38, -70), (9, 16)), lighter(animal.color, 0.65))
    _cheeks(canvas, 50, -28)
    _eyes(canvas, animal.eyes, 28, -44, 11)
    canvas.line(bend((-11, -28), (0, -14), (11, -28)), 1.2)
    if animal.bow:
        bow(canvas, (8, -116), 0.9, animal.extra, 12)


def _ghost(canvas: Canvas, animal: Animal) -> None:
    body = lighter(animal.color, 0.6)
    top = ellipse((0, -104), (66, 72), 180, 360, steps=24)
    hem = path((68, -20), (50, -2), (34, -18), (16, 0), (0, -18), (-16, 0), (-34, -18), (-50, -2),
               (-68, -20))  # fmt: skip
    outline = np.vstack([top, spline(hem, steps=5)])
    for side in (-1, 1):
        arm = ribbon(path((54, -78), (82, -84), (94, -104)), (14, 12, 7)) * (side, 1)
        canvas.shape(arm, body, depth=4)
    canvas.shape(outline, body, depth=14)
    _cheeks(canvas, 38, -84)
    _eyes(canvas, animal.eyes, 22, -104, 11)
    canvas.shape(ellipse((0, -80), (8, 10)), darker(animal.extra, 0.3), width=0.9)
    if animal.bow:
        bow(canvas, (30, -166), 0.9, animal.extra, 20)


def _robot(canvas: Canvas, animal: Animal) -> None:
    steel = lighter(animal.color, 0.25)
    for side in (-1, 1):
        canvas.shape(box(14, -34, 30, -4) * (side, 1), darker(steel, 0.25))
        canvas.shape(ellipse((24 * side, -4), (18, 9)), animal.extra, depth=2)
        canvas.shape(ribbon(path((44, -88), (66, -70), (62, -42)), (7, 7, 6)) * (side, 1), steel)
        canvas.shape(ellipse((62 * side, -36), (10, 10)), animal.extra, depth=2)
    canvas.shape(_rounded(-46, -104, 46, -26, 14), animal.color, depth=9)
    canvas.shape(_rounded(-26, -84, 26, -50, 6), WHITE, width=0.9)
    for k, shade in enumerate(((240, 92, 92), (250, 206, 90), (110, 196, 120))):
        canvas.shape(ellipse((-14 + 14 * k, -67), (5, 5)), shade, width=0.7)
    canvas.line(path((0, -182), (0, -206)), 1.2, ends=(False, False))
    canvas.shape(ellipse((0, -210), (8, 8)), animal.extra)
    for side in (-1, 1):
        canvas.shape(box(56, -158, 68, -132) * (side, 1), animal.extra)
    canvas.shape(_rounded(-60, -186, 60, -110, 20), steel, depth=9)
    screen = _rounded(-46, -174, 46, -122, 14)
    canvas.shape(screen, (214, 240, 250), width=0.9)
    _eyes(canvas, animal.eyes, 22, -150, 9)
    canvas.line(bend((-10, -134), (0, -127), (10, -134)), 1.1)


def _rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Path:
    corners: tuple[tuple[Point, float], ...] = (
        ((right - radius, top + radius), 270), ((right - radius, bottom - radius), 0),
        ((left + radius, bottom - radius), 90), ((left + radius, top + radius), 180),
    )  # fmt: skip
    return np.vstack([ellipse(at, (radius, radius), a, a + 90, steps=7) for at, a in corners])


def _bird(canvas: Canvas, animal: Animal) -> None:
    orange: Color = (246, 168, 70)
    for side in (-1, 1):
        foot = spline(path((10, -8), (34, -4), (30, 6), (12, 4)), closed=True, steps=4)
        canvas.shape(foot * (side, 1), orange, width=0.9)
    body = symmetric(spline(path((0, -172), (46, -156), (62, -100), (66, -44), (40, -4), (0, 0))))
    canvas.shape(body, animal.color, depth=12)
    front = symmetric(
        spline(path((0, -136), (18, -148), (40, -130), (40, -60), (30, -10), (0, -4)))
    )
    canvas.shape(front, WHITE if animal.kind == "penguin" else animal.belly, width=0.9)
    for side in (-1, 1):
        wing = spline(path((58, -110), (84, -70), (78, -34), (60, -54)), closed=True, steps=6)
        canvas.shape(wing * (side, 1), darker(animal.color, 0.12), depth=4)
    _cheeks(canvas, 34, -108)
    _eyes(canvas, animal.eyes, 22, -126, 8)
    canvas.shape(spline(path((-11, -112), (0, -118), (11, -112), (0, -100)), closed=True, steps=5),
                 orange, width=0.9)  # fmt: skip
    if animal.kind == "bird":
        for tilt in (-10, 0, 10):
            canvas.line(bend((0, -172), (tilt, -186), (tilt * 1.6, -192)), 1.2)
    if animal.bow:
        bow(canvas, (0, -86), 0.8, animal.extra)
