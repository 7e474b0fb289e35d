"""One picture from its seed: what is in it, in what style, and how it is cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irodori.collection.synth.animals import choose_animal, draw_animal
from irodori.collection.synth.canvas import Canvas, Style
from irodori.collection.synth.curves import ellipse
from irodori.collection.synth.pen import choose_pen
from irodori.collection.synth.person import Person, choose_person, draw_person
from irodori.collection.synth.scene import KINDS, Scene, draw_scene

SHAPES = ((2, 3), (3, 4), (4, 5), (5, 4), (4, 3), (3, 2))
"""Width to height."""

_HIGH = 700.0  # units from top to bottom, whatever the size


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture with its line art; both have the same size."""

    color: NDArray[np.uint8]
    """uint8 (H, W, 3) sRGB."""
    line: NDArray[np.uint8]
    """uint8 (H, W), 255 paper .. 0 ink."""
    tags: tuple[str, ...]
    pen: str


def draw(seed: int, number: int, size: int) -> Drawn:
    """Picture `number` of a seed, its longer side `size` pixels; the same one every time."""
    random = np.random.default_rng((seed, number))
    cut = str(random.choice(["portrait", "upper_body", "full_body", "group", "animal", "scene"],
                            p=[0.2, 0.2, 0.25, 0.14, 0.15, 0.06]))  # fmt: skip
    shapes = {"group": SHAPES[3:], "scene": SHAPES[3:], "full_body": SHAPES[:3]}.get(
        cut, SHAPES[:5]
    )
    wide, high = shapes[int(random.integers(len(shapes)))]
    long = max(wide, high)
    pixels = round(size * wide / long), round(size * high / long)
    canvas = Canvas(pixels, choose_style(random), random, unit=pixels[1] / _HIGH)
    scene = _scene(random, cut, _HIGH * pixels[0] / pixels[1])
    draw_scene(canvas, scene)
    tags = [*_CUTS[cut](canvas, scene), *scene.tags()]
    color, line = canvas.finish()
    return Drawn(color, line, tuple(dict.fromkeys(tags)), canvas.style.pen.kind)


def choose_style(random: np.random.Generator) -> Style:
    """Pen, shading, light and ink at random."""
    pen = choose_pen(random)
    shading = str(random.choice(["none", "hard", "soft"], p=[0.35, 0.45, 0.2]))
    left = random.random() < 0.5
    tint = (random.uniform(0.72, 0.84), random.uniform(0.68, 0.78), random.uniform(0.78, 0.9))
    inks = ((20, 16, 22), (20, 16, 22), (72, 44, 40), (44, 46, 84), None, None)
    ink = inks[int(random.integers(len(inks)))]
    return Style(pen, shading, (-0.8 if left else 0.8, -0.6), tint, ink)  # type: ignore[arg-type]


def _scene(random: np.random.Generator, cut: str, wide: float) -> Scene:
    # Most drawings by people stand on white paper, and a background is what a network learns first.
    odds = [0.6, 0.1, 0.06, 0.06, 0.09, 0.03, 0.06]
    kind = str(random.choice(KINDS, p=odds))
    if cut == "scene":
        kind = str(random.choice(["outdoors", "night", "indoors"], p=[0.6, 0.2, 0.2]))
    ground = {"portrait": 0.8, "upper_body": 0.8}.get(cut, 0.93) * _HIGH
    return Scene(kind, wide, _HIGH, ground)


def _portrait(canvas: Canvas, scene: Scene) -> list[str]:
    person = choose_person(canvas.random)
    room = min(scene.wide / 210, 2.6)
    scale = room / person.build.head * canvas.random.uniform(0.85, 1.05)
    _place(canvas, scene, person, scale, chin=canvas.random.uniform(0.66, 0.74))
    return ["portrait", *_solo(person)]


def _upper_body(canvas: Canvas, scene: Scene) -> list[str]:
    person = choose_person(canvas.random)
    build = person.build
    scale = min(
        _HIGH * 0.96 / (build.head * 135 + build.torso * 1.05), scene.wide / (build.arm * 4.2)
    )
    _place(canvas, scene, person, scale, chin=0.14 + build.head * 105 * scale / _HIGH)
    return ["upper_body", *_solo(person)]


def _full_body(canvas: Canvas, scene: Scene) -> list[str]:
    person = choose_person(canvas.random)
    _stand(canvas, scene, person, scene.wide / 2, 0.86)
    if canvas.random.random() < 0.15:
        side = float(canvas.random.choice([0.17, 0.83]))
        with canvas.placed((scene.wide * side, scene.ground), canvas.random.uniform(0.5, 0.75)):
            animal = choose_animal(canvas.random)
            draw_animal(canvas, animal)
        return ["full_body", *_solo(person)[:-1], animal.kind]
    return ["full_body", *_solo(person)]


def _group(canvas: Canvas, scene: Scene) -> list[str]:
    count = 2 if canvas.random.random() < 0.65 else 3
    people = [choose_person(canvas.random) for _ in range(count)]
    close = canvas.random.random() < 0.5
    for k in canvas.random.permutation(count):
        x = scene.wide * (k + 0.5 + canvas.random.uniform(-0.06, 0.06)) / count
        if close:
            scale = scene.wide / count / 190 / people[k].build.head
            _place(canvas, scene, people[k], min(scale, 1.9), chin=0.62, x=x)
        else:
            _stand(canvas, scene, people[k], x, canvas.random.uniform(0.74, 0.84))
    girls = sum(person.girl for person in people)
    names = [
        _many(girls, "girl"),
        _many(count - girls, "boy"),
        "upper_body" if close else "full_body",
    ]
    return [name for name in names if name] + [tag for person in people for tag in person.tags]


def _animal(canvas: Canvas, scene: Scene) -> list[str]:
    random = canvas.random
    count = 1 if random.random() < 0.6 else int(random.integers(2, 4))
    kinds = []
    for k in range(count):
        scale = min(_HIGH * 0.8 / 230, scene.wide / count / 215) * random.uniform(0.8, 1)
        low = scene.ground if count > 1 else _HIGH * 0.52 + 105 * scale
        with canvas.placed(
            (scene.wide * (k + 0.5) / count, low), scale, turn=random.uniform(-4, 4)
        ):
            animal = choose_animal(random)
            draw_animal(canvas, animal)
            kinds.append(animal.kind)
    return ["no_humans", "animal", *kinds]


def _empty(canvas: Canvas, scene: Scene) -> list[str]:
    return ["no_humans", "scenery"]


_CUTS = {
    "portrait": _portrait, "upper_body": _upper_body, "full_body": _full_body, "group": _group,
    "animal": _animal, "scene": _empty,
}  # fmt: skip


def _solo(person: Person) -> list[str]:
    return ["1girl" if person.girl else "1boy", *person.tags, "solo"]


def _many(count: int, what: str) -> str:
    return "" if not count else f"{count}{what}{'s' if count > 1 else ''}"


def _place(
    canvas: Canvas,
    scene: Scene,
    person: Person,
    scale: float,
    *,
    chin: float,
    x: float | None = None,
) -> None:
    """So that the chin comes to a share of the height."""
    random = canvas.random
    at = ((scene.wide / 2 if x is None else x) + random.uniform(-12, 12), _HIGH * chin + 8 * scale)
    with canvas.placed(at, scale, turn=person.pose.lean, flipped=bool(random.random() < 0.5)):
        draw_person(canvas, person)


def _stand(canvas: Canvas, scene: Scene, person: Person, x: float, share: float) -> None:
    """So that the feet come to the ground, and the crown to a share of the height above."""
    build, random = person.build, canvas.random
    hat = 70 if person.hat in ("witch_hat", "halo") or person.ears == "rabbit" else 24
    scale = _HIGH * share / (build.height + hat * build.head)
    scale = min(scale, 2.3)
    legs = build.leg * (1.42 if person.pose.seated else 2) + 16
    jump = 40 if person.pose.tag == "jumping" else 0
    at = (x, scene.ground - (build.torso + legs + jump) * scale)
    if scene.kind not in ("white", "plain"):
        canvas.shadow(ellipse((x, scene.ground - 4), (70 * scale, 9 * scale)))
    with canvas.placed(at, scale, turn=person.pose.lean, flipped=bool(random.random() < 0.5)):
        draw_person(canvas, person)
