"""Where it happens: nothing, a pattern, outdoors, a room. The picture is 0..wide, 0..high units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irodori.collection.synth.accessories import flower
from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import backdrop, darker, hsv, lighter, mixed, scheme, varied
from irodori.collection.synth.curves import (
    Point,
    bend,
    box,
    ellipse,
    heart,
    path,
    shifted,
    spline,
    star,
    union,
)

KINDS = ("white", "plain", "circle", "marks", "outdoors", "night", "indoors")
WOOD: Color = (196, 148, 104)


@dataclass(frozen=True)
class Scene:
    """A background of a kind for a picture of so many units; ground: where feet stand."""

    kind: str
    wide: float
    high: float
    ground: float

    def tags(self) -> list[str]:
        """What boards call it."""
        return {
            "white": ["white_background", "simple_background"], "outdoors": ["outdoors", "sky"],
            "night": ["outdoors", "night", "night_sky"], "indoors": ["indoors"],
        }.get(self.kind, ["simple_background"])  # fmt: skip


def draw_scene(canvas: Canvas, scene: Scene) -> None:
    """The background, all over."""
    draw = {"plain": _plain, "circle": _circle, "marks": _marks, "outdoors": _outdoors,
            "night": _outdoors, "indoors": _indoors}.get(scene.kind)  # fmt: skip
    if draw:
        draw(canvas, scene)


def _ground_all(canvas: Canvas, scene: Scene, color: Color) -> None:
    canvas.fill(box(-5, -5, scene.wide + 5, scene.high + 5), color)


def _plain(canvas: Canvas, scene: Scene) -> None:
    _ground_all(canvas, scene, backdrop(canvas.random))


def _circle(canvas: Canvas, scene: Scene) -> None:
    color = backdrop(canvas.random)
    if canvas.random.random() < 0.5:
        _ground_all(canvas, scene, lighter(color, 0.6))
    radius = min(scene.wide, scene.high) * 0.44
    center = (scene.wide / 2, scene.high * 0.46)
    canvas.shape(ellipse(center, (radius, radius), steps=90), color)


def _marks(canvas: Canvas, scene: Scene) -> None:
    random = canvas.random
    color = backdrop(random)
    _ground_all(canvas, scene, color)
    kind = int(random.integers(4))
    step = float(random.uniform(110, 190))
    other = mixed(lighter(color, 0.5), scheme(random)[0], 0.3)
    for j, y in enumerate(np.arange(step / 3, scene.high + step, step)):
        for x in np.arange(step / 3 if j % 2 else 0, scene.wide + step, step):
            at, size = (x, y), step * 0.17
            mark = [ellipse(at, (size, size)), star(at, size * 1.25), heart(at, size)]
            if kind < 3:
                canvas.shape(mark[kind], other, width=0.8)
            else:
                flower(canvas, at, size / 13, other)


def _outdoors(canvas: Canvas, scene: Scene) -> None:
    random, night = canvas.random, scene.kind == "night"
    sky = varied((52, 66, 122) if night else (168, 214, 246), random, 14)
    if not night and random.random() < 0.18:
        sky = varied((250, 204, 168), random, 10)
    _ground_all(canvas, scene, sky)
    horizon = min(scene.ground - scene.high * random.uniform(0.06, 0.2), scene.high * 0.86)
    _heaven(canvas, scene, horizon, night=night)
    dim = (28, 36, 84) if night else (255, 255, 255)
    share = 0.45 if night else 0.0
    if random.random() < 0.6:
        _hills(canvas, scene, horizon, mixed(varied((136, 186, 152), random, 14), dim, share))
    green = varied((150, 206, 116), random, 16)
    grass = mixed(green if random.random() < 0.75 else (238, 214, 164), dim, share)
    line = spline(path((-10, horizon), (scene.wide * 0.35, horizon - random.uniform(-8, 14)),
                       (scene.wide * 0.7, horizon + random.uniform(-8, 10)),
                       (scene.wide + 10, horizon)))  # fmt: skip
    low = path((scene.wide + 10, scene.high + 10), (-10, scene.high + 10))
    canvas.shape(np.vstack([line, low]), grass)
    if random.random() < 0.3:
        _way(canvas, scene, horizon, mixed((236, 214, 176), dim, share))
    elif random.random() < 0.25:
        middle = (scene.wide * float(random.choice([0.25, 0.75])), (horizon + scene.high) / 2)
        radii = (scene.wide * 0.24, (scene.high - horizon) * 0.2)
        canvas.shape(ellipse(middle, radii, steps=60), mixed((140, 200, 236), dim, share), depth=8)
        for x in (-0.4, 0.1):
            start = (middle[0] + radii[0] * x, middle[1] - 2)
            canvas.line(bend(start, (start[0] + 12, start[1] - 4), (start[0] + 26, start[1])), 0.7)
    _things(canvas, scene, horizon, mixed((255, 255, 255), dim, share))


def _way(canvas: Canvas, scene: Scene, horizon: float, color: Color) -> None:
    """A path from the front to the horizon, wider where it is near."""
    far, near = scene.wide * canvas.random.uniform(0.3, 0.7), scene.wide * 0.5
    turn = canvas.random.uniform(-90, 90)
    middle = (horizon + scene.high) / 2
    left = bend((near - 130, scene.high + 9), (far + turn - 60, middle), (far - 9, horizon + 2))
    right = bend((far + 9, horizon + 2), (far + turn + 40, middle), (near + 130, scene.high + 9))
    canvas.shape(np.vstack([left, right]), color)


def _heaven(canvas: Canvas, scene: Scene, horizon: float, *, night: bool) -> None:
    random = canvas.random
    side = random.choice([0.16, 0.84])
    at = (scene.wide * side, horizon * 0.2)
    if night:
        for _ in range(12):
            spot = (random.uniform(0, scene.wide), random.uniform(0, horizon * 0.8))
            canvas.shape(star(spot, random.uniform(5, 11)), (252, 236, 160), width=0.7)
        canvas.shape(ellipse(at, (44, 44)), (252, 240, 190), depth=10)
    elif random.random() < 0.5:
        canvas.shape(ellipse(at, (46, 46)), (254, 226, 120))
    cloud = (104, 118, 170) if night else (255, 255, 255)
    for _ in range(int(random.integers(1, 4))):
        x, y = random.uniform(0, scene.wide), random.uniform(20, max(horizon * 0.6, 40))
        size = random.uniform(28, 50)
        puffs = [
            ellipse((k * size * 0.75, -abs(2 - abs(k)) * size * 0.28), (size * 0.6, size * 0.5))
            for k in (-2, -1, 0, 1, 2)
        ]
        canvas.shape(shifted(union(puffs, soften=0.6), x, y), cloud, depth=9)


def _hills(canvas: Canvas, scene: Scene, horizon: float, color: Color) -> None:
    random = canvas.random
    xs = np.linspace(-20, scene.wide + 20, 7)
    tops = horizon - random.uniform(10, scene.high * 0.16, 7)
    ridge = spline(np.stack([xs, tops], 1))
    canvas.shape(np.vstack([ridge, path((scene.wide + 20, horizon + 40), (-20, horizon + 40))]),
                 color, width=0.9)  # fmt: skip


def _things(canvas: Canvas, scene: Scene, horizon: float, light: Color) -> None:
    """Houses, trees, a fence and flowers, farther ones first."""
    random = canvas.random
    dim = 0.0 if light == (255, 255, 255) else 0.35
    if random.random() < 0.45:
        at = (scene.wide * float(random.choice([0.2, 0.78])), horizon + 14)
        with canvas.placed(at, random.uniform(0.8, 1.2) * scene.high / 700):
            _house(canvas, dim)
    for x in random.permutation(np.linspace(0.06, 0.94, 5))[: int(random.integers(0, 4))]:
        at = (scene.wide * float(x), horizon + random.uniform(6, 26))
        with canvas.placed(at, random.uniform(0.8, 1.3) * scene.high / 700):
            _tree(canvas, dim)
    if random.random() < 0.25:
        _fence(canvas, scene, horizon + 18)
    color = scheme(random)[0]
    for _ in range(int(random.integers(0, 9))):
        low = max(horizon + 40, scene.high * 0.8)
        at = (
            random.uniform(10, scene.wide - 10),
            random.uniform(low, max(low + 1, scene.high - 8)),
        )
        canvas.line(bend(at, (at[0] + 2, at[1] - 10), (at[0], at[1] - 20)), 0.9)
        flower(canvas, (at[0], at[1] - 22), 0.8, color)


def _house(canvas: Canvas, dim: float) -> None:
    random, night = canvas.random, (40, 44, 90)
    wall = mixed(varied((248, 236, 214), random, 16), night, dim)
    roof = mixed(hsv(random.random(), 0.5, 0.8), night, dim)
    canvas.shape(box(54, -236, 80, -160), mixed((200, 130, 110), night, dim))
    canvas.shape(box(-100, -150, 100, 0), wall, depth=12)
    canvas.shape(path((-124, -144), (-78, -236), (78, -236), (124, -144)), roof, depth=12)
    for y in (-176, -206):
        canvas.line(path((-108 + (y + 144) * -0.5, y), (108 - (y + 144) * -0.5, y)), 0.6)
    canvas.shape(box(-22, -84, 22, 0), mixed(WOOD, night, dim))
    canvas.shape(ellipse((13, -40), (3.5, 3.5)), (244, 208, 96), width=0.8)
    for x in (-64, 64):
        pane = (254, 232, 140) if dim else (190, 226, 246)
        canvas.shape(box(x - 22, -106, x + 22, -62), pane)
        canvas.line(path((x, -106), (x, -62)), 0.8, ends=(False, False))
        canvas.line(path((x - 22, -84), (x + 22, -84)), 0.8, ends=(False, False))


def _tree(canvas: Canvas, dim: float) -> None:
    random, night = canvas.random, (30, 36, 84)
    leaf = varied((108, 176, 96), random, 22)
    if random.random() < 0.2:
        leaf = varied((250, 190, 206), random, 12)
    leaf = mixed(leaf, night, dim)
    trunk = path((-11, -130), (11, -130), (13, -30), (24, 0), (-24, 0), (-13, -30))
    canvas.shape(trunk, mixed((152, 108, 78), night, dim), depth=4)
    if random.random() < 0.35:
        for y in (-60, -110, -160):
            half = 74 + (y + 60) * 0.3
            canvas.shape(path((-half, y), (0, y - 90), (half, y)), leaf, depth=9)
        return
    spots = [(0, -196), (-52, -166), (52, -166), (-34, -216), (34, -216), (0, -156)]
    crown = union([ellipse(at, (r, r)) for at in spots for r in [random.uniform(38, 48)]])
    canvas.shape(crown, leaf, depth=16)
    for at in spots[1:5]:
        canvas.line(ellipse(at, (18, 14), 20, 140, steps=10), 0.7)


def _fence(canvas: Canvas, scene: Scene, low: float) -> None:
    for y in (-42, -20):
        canvas.shape(box(-9, low + y, scene.wide + 9, low + y + 8), (244, 236, 224), width=0.8)
    for x in np.arange(8, scene.wide, 46):
        picket = path((x, low), (x, low - 52), (x + 9, low - 64), (x + 18, low - 52), (x + 18, low))
        canvas.shape(picket, (250, 246, 238), width=0.8)


def _indoors(canvas: Canvas, scene: Scene) -> None:
    random = canvas.random
    wall = backdrop(random)
    _ground_all(canvas, scene, wall)
    floor = min(scene.ground - scene.high * random.uniform(0.05, 0.14), scene.high * 0.88)
    if random.random() < 0.4:
        for x in np.arange(20, scene.wide, 60):
            canvas.tone(box(x, -5, x + 24, floor), lighter(wall, 0.35))
    boards = varied((222, 182, 138), random, 18)
    canvas.shape(box(-9, floor, scene.wide + 9, scene.high + 9), boards)
    canvas.shape(box(-9, floor - 14, scene.wide + 9, floor), lighter(wall, 0.6), width=0.8)
    for k in range(1, 7):
        x = scene.wide * k / 7
        canvas.line(path((x, floor), (x + (x - scene.wide / 2) * 0.7, scene.high + 9)), 0.6)
    size = scene.high / 700
    _window(canvas, (scene.wide * float(random.choice([0.22, 0.76])), floor * 0.42), size)
    if random.random() < 0.6:
        _frame(canvas, (scene.wide * float(random.choice([0.12, 0.5, 0.9])), floor * 0.3), size)
    if random.random() < 0.35:
        with canvas.placed((scene.wide * random.uniform(0.3, 0.7), floor + 26), size):
            _sofa(canvas)
    for side in random.permutation([0.1, 0.9])[: int(random.integers(0, 3))]:
        with canvas.placed((scene.wide * float(side), floor + 18), size):
            (_plant, _shelf, _lamp)[int(random.integers(3))](canvas)
    if random.random() < 0.5:
        middle = (scene.wide / 2, (floor + scene.high) / 2 + 8)
        rug = ellipse(middle, (scene.wide * 0.36, (scene.high - floor) * 0.32), steps=60)
        canvas.shape(rug, scheme(random)[0])


def _window(canvas: Canvas, at: Point, size: float) -> None:
    random = canvas.random
    curtain = scheme(random)[0]
    with canvas.placed(at, size):
        canvas.shape(box(-84, -110, 84, 100), (252, 250, 244))
        canvas.shape(box(-72, -98, 72, 88), (180, 222, 248), width=0.9)
        with canvas.inside(box(-72, -98, 72, 88)):
            puffs = [ellipse((x, 10 - y), (30, 22)) for x, y in ((-36, 0), (0, 16), (34, 0))]
            canvas.shape(union(puffs), (255, 255, 255), width=0.8)
        canvas.shape(box(-4, -98, 4, 88), (252, 250, 244), width=0.8)
        canvas.shape(box(-72, -10, 72, -2), (252, 250, 244), width=0.8)
        for side in (-1, 1):
            edge = np.vstack([path((50, -122), (112, -122), (118, 112)),
                              bend((74, 112), (88, 20), (50, -122))])  # fmt: skip
            canvas.shape(edge * (side, 1), curtain, depth=8)
            for x in (84, 98):
                canvas.line(bend((x - 6, -116), (x, 0), (x + 4, 106)) * (side, 1), 0.7)
        canvas.shape(box(-124, -130, 124, -120), WOOD, width=0.9)


def _frame(canvas: Canvas, at: Point, size: float) -> None:
    with canvas.placed(at, size):
        canvas.shape(box(-46, -36, 46, 36), WOOD)
        canvas.shape(box(-38, -28, 38, 28), (214, 234, 246), width=0.8)
        with canvas.inside(box(-38, -28, 38, 28)):
            canvas.shape(path((-46, 30), (-14, -10), (6, 12), (20, -2), (50, 30)), (150, 190, 140),
                         width=0.8)  # fmt: skip
            canvas.shape(ellipse((22, -16), (7, 7)), (250, 220, 120), width=0.7)


def _sofa(canvas: Canvas) -> None:
    color = scheme(canvas.random)[0]
    for x in (-128, 116):
        canvas.shape(box(x, -16, x + 14, 0), darker(WOOD, 0.3), width=0.9)
    back = spline(path((-130, -40), (-134, -120), (-110, -138), (0, -142), (110, -138), (134, -120),
                       (130, -40)), steps=6)  # fmt: skip
    canvas.shape(back, color, depth=10)
    canvas.line(path((0, -140), (0, -70)), 0.8)
    for x in (-112, 2):
        canvas.shape(box(x, -76, x + 110, -44), lighter(color, 0.15), depth=5)
    canvas.shape(box(-124, -46, 124, -12), color, depth=6)
    for side in (-1, 1):
        arm = spline(path((108, -10), (106, -86), (126, -98), (146, -84), (146, -10)), steps=5)
        canvas.shape(arm * (side, 1), lighter(color, 0.08), depth=6)
    cushion = spline(path((-92, -116), (-48, -112), (-46, -70), (-90, -72)), closed=True, steps=5)
    canvas.shape(cushion, scheme(canvas.random)[1], depth=4)


def _lamp(canvas: Canvas) -> None:
    canvas.shape(box(-3, -230, 3, -8), (120, 104, 96), width=0.9)
    canvas.shape(ellipse((0, -5), (30, 8)), (120, 104, 96), depth=2)
    shade = path((-24, -282), (24, -282), (46, -214), (-46, -214))
    canvas.shape(shade, lighter(scheme(canvas.random)[1], 0.4), depth=6)


def _plant(canvas: Canvas) -> None:
    green = varied((104, 172, 104), canvas.random, 20)
    for tilt in (-58, -30, 0, 30, 58):
        tip = (tilt * 1.2, -150 + abs(tilt) * 0.8)
        left = bend((0, -48), (tilt * 0.2 - 16, -110), tip)
        right = bend(tip, (tilt * 0.9 + 16, -80), (0, -48))
        canvas.shape(np.vstack([left, right]), green, depth=3)
        canvas.line(bend((0, -50), (tilt * 0.6, -96), tip), 0.6)
    canvas.shape(path((-36, -54), (36, -54), (28, 0), (-28, 0)), (214, 132, 96), depth=6)
    canvas.shape(box(-40, -64, 40, -50), (224, 146, 108), depth=3)


def _shelf(canvas: Canvas) -> None:
    random = canvas.random
    canvas.shape(box(-70, -230, 70, 0), WOOD, depth=6)
    for row in range(3):
        low = -12 - row * 72
        canvas.shape(box(-60, low - 60, 60, low), darker(WOOD, 0.3), width=0.9)
        x = -58.0
        while x < 44:
            wide, tall = random.uniform(9, 17), random.uniform(38, 54)
            canvas.shape(box(x, low - tall, x + wide, low), scheme(random)[0], width=0.8)
            x += wide
