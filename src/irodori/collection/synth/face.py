"""Faces: eyes, brows, nose, mouth, cheeks. A head's middle is (0, 0), its width about 100."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import darker, lighter, mixed
from irodori.collection.synth.curves import (
    Path,
    Point,
    bend,
    ellipse,
    heart,
    mirrored,
    path,
    ribbon,
    shifted,
    spline,
    star,
)

WHITE: Color = (255, 255, 255)
DARK: Color = (46, 34, 48)
ROSE: Color = (240, 120, 128)


@dataclass(frozen=True)
class Look:
    """How a face looks and feels.

    turn: -1 to the left .. 1 to the right. chin: how far it is below the middle. eyes: open,
    sleepy, happy, shut, dots or wink; tall, wide: half their size; slant: up at the outer corner.
    gaze: where they look, units. mouth: smile, open, cat, small, line, frown, teeth or o.
    """

    skin: Color
    iris: Color
    brow: Color
    turn: float
    jaw: float
    chin: float
    eyes: str
    tall: float
    wide: float
    slant: float
    gaze: Point
    shine: str
    mouth: str
    blush: str
    freckles: bool
    glasses: Color | None


def choose_look(random: np.random.Generator, skin: Color, iris: Color, hair: Color) -> Look:
    """A face at random."""
    eyes = ["open", "sleepy", "happy", "shut", "wink", "dots"]
    mouths = ["smile", "open", "cat", "small", "line", "frown", "teeth", "o"]
    return Look(
        skin=skin,
        iris=iris,
        brow=darker(hair, 0.3),
        turn=float(random.choice([0, random.uniform(-1, 1), random.uniform(-1, 1)])),
        jaw=random.uniform(26, 36),
        chin=random.uniform(47, 55),
        eyes=str(random.choice(eyes, p=[0.68, 0.08, 0.08, 0.05, 0.06, 0.05])),
        tall=random.uniform(11.5, 15.5),
        wide=random.uniform(10.5, 13),
        slant=random.uniform(-2, 3.5),
        gaze=(random.uniform(-1.5, 1.5), random.uniform(-1, 1)),
        shine=str(random.choice(["two", "one", "star", "heart"], p=[0.6, 0.3, 0.06, 0.04])),
        mouth=str(random.choice(mouths, p=[0.3, 0.24, 0.08, 0.1, 0.08, 0.06, 0.06, 0.08])),
        blush=str(random.choice(["none", "soft", "lines"], p=[0.4, 0.4, 0.2])),
        freckles=bool(random.random() < 0.06),
        glasses=None if random.random() > 0.13 else darker(iris, 0.6),
    )


def head_outline(look: Look) -> Path:
    """The face from temple to temple over the chin, and the skull above, closed."""
    shift = look.turn * 7
    jaw, chin = look.jaw, look.chin
    right = path((48, -14), (48, 4), (45.5, 19), (jaw + 5, chin - 19), (jaw * 0.58, chin - 6),
                 (6, chin))  # fmt: skip
    left = mirrored(right)[::-1]
    # Turned, the near cheek fills out and the far one goes in.
    right[1:5, 0] -= max(look.turn, 0) * 5
    left[1:5, 0] += max(-look.turn, 0) * 5
    lower = np.vstack([right, left])
    lower[2:-2, 0] += shift
    face = spline(lower, steps=6)
    skull = ellipse((0, -12), (48, 44), 180, 360, steps=20)
    return np.vstack([face, skull[1:-1]])


def draw_face(canvas: Canvas, look: Look) -> None:
    """Everything on a head that is there already."""
    if look.blush != "none":
        _blush(canvas, look)
    if look.freckles:
        for x, y in ((-26, 27), (-21, 30), (-31, 31), (26, 27), (21, 30), (31, 31)):
            canvas.tone(ellipse((x + look.turn * 12, y), (1.2, 1.2)), darker(look.skin, 0.35))
    _nose(canvas, look)
    _mouth(canvas, look)
    for side in (-1, 1):
        _eye(canvas, look, side)
    if look.glasses:
        _glasses(canvas, look)


def draw_brows(canvas: Canvas, look: Look) -> None:
    """The brows; over the hair or under it, as one likes."""
    anger = {"frown": 3.0, "teeth": 2.0}.get(look.mouth, -1.0)
    for side in (-1, 1):
        x, squeeze = _eye_place(look, side)
        y = 9 - look.tall - 9
        arch = path((-9, anger), (0, -2.5), (10, 1 - look.slant * 0.4)) * (side * squeeze, 1)
        canvas.line(shifted(spline(arch), x, y), 1.3)


def _eye_place(look: Look, side: int) -> tuple[float, float]:
    """Where an eye is from left to right, and how much narrower it is for the turn."""
    far = look.turn * side > 0
    squeeze = 1 - abs(look.turn) * (0.24 if far else 0.04)
    return 21.5 * side * (1 - 0.08 * abs(look.turn)) + look.turn * 11, squeeze


def _eye(canvas: Canvas, look: Look, side: int) -> None:
    x, squeeze = _eye_place(look, side)
    kind = look.eyes
    if kind == "wink":
        kind = "happy" if side > 0 else "open"

    def place(points: Path) -> Path:
        return points * (side * squeeze, 1) + (x, 9)

    wide, tall = look.wide, look.tall
    if kind in ("happy", "shut"):
        way = -1 if kind == "happy" else 1
        lid = place(spline(path((-wide, -way * 2), (0, way * tall * 0.45), (wide + 1, -way * 3))))
        canvas.line(lid, 2.2)
        if way > 0:
            canvas.line(place(bend((wide - 1, 0), (wide + 2, 2), (wide + 4, 2))), 1.2)
        return
    if kind == "dots":
        canvas.solid(place(ellipse((0, 0), (4.2, 7))), DARK)
        canvas.fill(ellipse((x - 1.3, 5.8), (1.5, 2)), WHITE)
        return
    _open_eye(canvas, look, side, place)


def _open_eye(canvas: Canvas, look: Look, side: int, place: object) -> None:
    assert callable(place)
    wide, tall = look.wide, look.tall
    lid_at = -tall * (0.35 if look.eyes == "sleepy" else 1)
    upper = spline(
        path((-wide, 2), (-wide * 0.6, lid_at * 0.72), (0.5, lid_at), (wide * 0.7, lid_at * 0.66),
             (wide + 1, -1.5 - look.slant)), steps=6)  # fmt: skip
    lower = spline(
        path((wide + 1, -1.5 - look.slant), (wide * 0.72, tall * 0.6), (0, tall * 0.92),
             (-wide * 0.7, tall * 0.62), (-wide, 2)), steps=6)  # fmt: skip
    white = place(np.vstack([upper, lower[1:-1]]))
    canvas.fill(white, WHITE)
    with canvas.inside(white):
        _iris(canvas, look, side, place)
        under_lid = np.vstack([upper, shifted(upper, 0, 3.5)[::-1]])
        canvas.shadow(place(under_lid))
    canvas.solid(place(_lid(upper)), darker(look.brow, 0.45))
    canvas.line(place(lower[6:20]), 0.7)
    canvas.line(place(bend((wide, -1 - look.slant), (wide + 3, -3), (wide + 4.5, -5))), 1.3)
    if look.eyes == "open" and tall > 11:
        canvas.line(place(upper[6:22] * (0.92, 1) + (0, -4.2)), 0.6)


def _lid(upper: Path) -> Path:
    """The thick edge of the upper lid with its lashes."""
    lash = np.interp(np.linspace(0, 1, len(upper)), [0, 0.3, 0.75, 1], [0.5, 1.4, 2.2, 1.0])
    outer = upper + np.stack([0 * lash, -lash], 1)
    inner = upper + np.stack([0 * lash, lash * 0.5], 1)
    return np.vstack([outer, inner[::-1]])


def _iris(canvas: Canvas, look: Look, side: int, place: object) -> None:
    assert callable(place)
    gaze = (look.gaze[0] * side, look.gaze[1])
    wide, tall = look.wide * 0.7, look.tall * 0.86
    canvas.shape(place(ellipse(gaze, (wide, tall))), look.iris, width=0.8)
    with canvas.inside(place(ellipse(gaze, (wide - 0.6, tall - 0.6)))):
        top = ellipse((gaze[0], gaze[1] - tall * 0.75), (wide * 1.3, tall))
        canvas.tone(place(top), darker(look.iris, 0.42))
        glow = ellipse((gaze[0], gaze[1] + tall * 0.62), (wide * 0.62, tall * 0.3))
        canvas.tone(place(glow), lighter(look.iris, 0.5))
    canvas.solid(place(ellipse(gaze, (wide * 0.4, tall * 0.42))), darker(look.iris, 0.78))
    at = place(path(gaze))[0]
    bright = (float(at[0]) - 3.2, float(at[1]) - tall * 0.42)
    if look.shine == "star":
        canvas.fill(star(bright, 4.4), WHITE)
    elif look.shine == "heart":
        canvas.fill(heart(bright, 3.4), WHITE)
    else:
        canvas.fill(ellipse(bright, (2.7, 3.3)), WHITE)
        if look.shine == "two":
            canvas.fill(ellipse((at[0] + 2.6, at[1] + tall * 0.4), (1.4, 1.6)), WHITE)


def _nose(canvas: Canvas, look: Look) -> None:
    x = look.turn * 16
    side = 1 if look.turn >= 0 else -1
    canvas.line(path((x - side, 21), (x + side * 1.5, 24.5), (x - side * 1.2, 25.5)), 0.75)


def _mouth(canvas: Canvas, look: Look) -> None:
    x, y = look.turn * 12, 36 + (look.chin - 51) * 0.6
    lines = {
        "smile": ((-9, -1), (-4, 2.2), (4, 2.2), (9, -1)),
        "small": ((-4, 0), (0, 1.2), (4, 0)),
        "line": ((-6, 0.5), (6, 0)),
        "frown": ((-7, 2), (0, -1), (7, 2)),
        "cat": ((-9, -1.5), (-5, 2), (0, -0.5), (5, 2), (9, -1.5)),
    }
    if look.mouth in lines:
        canvas.line(shifted(spline(path(*lines[look.mouth])), x, y), 1.1)
        return
    if look.mouth == "o":
        canvas.shape(ellipse((x, y + 1), (3.4, 4)), (176, 72, 80), width=0.9)
        return
    lips = np.vstack(
        [spline(path((-10, -3), (0, -1.5), (10, -3))),
         spline(path((10, -3), (6, 6), (0, 9), (-6, 6), (-10, -3)))[1:-1]]
    )  # fmt: skip
    lips = lips * (0.85, 0.75 if look.mouth == "teeth" else 0.95) + (x, y)
    canvas.fill(lips, (172, 66, 76))
    with canvas.inside(lips):
        if look.mouth == "teeth":
            canvas.fill(shifted(lips, 0, -3), WHITE)
            canvas.line(path((x - 12, y + 1.6), (x + 12, y + 1.6)), 0.5)
        else:
            canvas.tone(ellipse((x, y + 9), (6, 5)), (238, 132, 134))
    canvas.line(np.vstack([lips, lips[:1]]), 1, ends=(False, False))


def _blush(canvas: Canvas, look: Look) -> None:
    with canvas.inside(head_outline(look)):
        for side in (-1, 1):
            x = 30 * side + look.turn * 10
            if look.blush == "soft":
                canvas.tone(ellipse((x, 26), (9.5, 5)), mixed(look.skin, ROSE, 0.42))
            else:
                for k in (-5, 0, 5):
                    canvas.line(path((x + k + 1.6, 23), (x + k - 1.6, 28)), 0.6)


def _glasses(canvas: Canvas, look: Look) -> None:
    ends = []
    for side in (-1, 1):
        x, squeeze = _eye_place(look, side)
        rim = ellipse((x, 10), (15.5 * squeeze, 14))
        canvas.line(np.vstack([rim, rim[:1]]), 1.5, ends=(False, False))
        ends += [x - 15.5 * squeeze * side, x + 15.5 * squeeze * side]
    canvas.line(bend((ends[0], 9), ((ends[0] + ends[2]) / 2, 5), (ends[2], 9)), 1.4)
    canvas.line(path((ends[1], 8), (-48, 4)), 1.2)
    canvas.line(path((ends[3], 8), (48, 4)), 1.2)


def animal_ear(side: int, kind: str) -> tuple[Path, Path]:
    """An animal's ear on a head, and the inside of it."""
    if kind == "rabbit":
        outer = ribbon(path((18, -48), (26, -84), (24, -116), (30, -140)), (9, 13, 12, 3))
        inner = ribbon(path((19, -56), (26, -86), (25, -112), (28, -128)), (4, 7, 6, 2))
    else:
        tip = (44, -92) if kind == "cat" else (50, -84)
        outer = np.vstack([bend((10, -50), (24, -84), tip), bend(tip, (56, -60), (50, -26))])
        inner = np.vstack([bend((20, -52), (30, -76), (tip[0] - 3, tip[1] + 12)),
                           bend((tip[0] - 3, tip[1] + 12), (48, -60), (46, -34))])  # fmt: skip
    return outer * (side, 1), inner * (side, 1)
