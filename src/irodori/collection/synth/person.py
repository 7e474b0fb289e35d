"""A person from head to foot: chosen at random, then drawn from the back to the front."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from irodori.collection.synth import accessories, below, tops
from irodori.collection.synth.body import (
    BUILDS,
    POSES,
    Build,
    Pose,
    draw_arm,
    draw_leg,
    find_arms,
    find_legs,
    neck_outline,
)
from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import EYES, HAIR, SKIN, lighter, named, scheme, varied
from irodori.collection.synth.curves import bend, box, ellipse, path
from irodori.collection.synth.face import (
    Look,
    animal_ear,
    choose_look,
    draw_brows,
    draw_face,
    head_outline,
)
from irodori.collection.synth.hair import Hair, choose_hair, draw_back, draw_front
from irodori.collection.synth.outfit import Outfit, choose_outfit


@dataclass(frozen=True)
class Person:
    """Somebody, dressed and in a pose. ears: of an animal; nod: the head's tilt in degrees."""

    girl: bool
    build: Build
    pose: Pose
    look: Look
    hair: Hair
    outfit: Outfit
    hat: str | None
    held: str | None
    back: str | None
    ears: str | None
    scarf: bool
    nod: float
    tags: tuple[str, ...]


def choose_person(random: np.random.Generator) -> Person:
    """Somebody at random."""
    girl = bool(random.random() < 0.66)
    kind = str(random.choice(["grown", "child", "chibi"], p=[0.5, 0.2, 0.3]))
    build = BUILDS[("woman" if girl else "man") if kind == "grown" else kind]
    skin = varied(
        SKIN[int(random.choice(7, p=[0.24, 0.24, 0.18, 0.12, 0.1, 0.07, 0.05]))], random, 4
    )
    hair_name, hair_color = named(HAIR, random)
    eye_name, iris = named(EYES, random)
    colors = scheme(random)
    outfit = choose_outfit(random, colors, girl=girl)
    pose = POSES[int(random.integers(len(POSES)))]
    hair = choose_hair(random, hair_color, colors[1], girl=girl)
    look = choose_look(random, skin, iris, hair_color)
    hats = [None, *accessories.HATS] if girl else [None, "headphones", "baseball_cap", "beret"]
    hat = hats[int(random.integers(len(hats)))] if random.random() < 0.5 else None
    ears = str(random.choice(["cat", "fox", "rabbit"])) if random.random() < 0.16 else None
    if ears and hat not in ("hair_bow", "hair_flower", "hairclip"):
        hat = None
    held = str(random.choice(accessories.HELD)) if _can_hold(pose, random) else None
    back = str(random.choice(["cape", "wings"])) if random.random() < 0.09 else None
    person = Person(
        girl, build, pose, look, hair, outfit, hat, held, back, ears,
        bool(random.random() < 0.08), float(random.choice([0, 0, random.uniform(-9, 9)])), (),
    )  # fmt: skip
    names = [f"{hair_name}_hair", f"{eye_name}_eyes", *([] if kind != "chibi" else ["chibi"])]
    return Person(**{**vars(person), "tags": (*names, *_tags(person))})


def _can_hold(pose: Pose, random: np.random.Generator) -> bool:
    return pose.tag in ("standing", "walking", "hand_on_hip", "sitting") and random.random() < 0.4


def _tags(person: Person) -> list[str]:
    look, found = person.look, list(person.hair.tags())
    found += person.outfit.tags
    found += {"smile": ["smile"], "open": ["open_mouth", "smile"], "cat": [":3"],
              "frown": ["frown"], "teeth": ["grin"]}.get(look.mouth, [])  # fmt: skip
    found += {"happy": ["closed_eyes"], "shut": ["closed_eyes"], "wink": ["one_eye_closed"]}.get(
        look.eyes, []
    )
    found += ["blush"] if look.blush != "none" else []
    found += ["glasses"] if look.glasses else []
    found += [name for name in (person.hat, person.held, person.back) if name]
    found += [f"{person.ears}_ears", f"{person.ears}_tail"] if person.ears else []
    found += ["scarf"] if person.scarf else []
    return [*found, person.pose.tag] if person.pose.tag else found


def draw_person(canvas: Canvas, person: Person) -> None:
    """The base of the neck comes to (0, 0)."""
    build, pose, outfit = person.build, person.pose, person.outfit
    arms, legs = find_arms(build, pose), find_legs(build, pose)
    with _head(canvas, person):
        draw_back(canvas, person.hair, person.look.turn)
    _behind(canvas, person)
    if pose.behind:
        _arms(canvas, person)
    if pose.seated:
        _stool(canvas, build)
    for leg in legs:
        draw_leg(canvas, build, leg, person.look.skin)
    below.draw_legwear(canvas, build, legs, outfit)
    if outfit.top in ("overalls", "dress", "kimono"):
        below.draw_below(canvas, build, legs, outfit, seated=pose.seated)
        _trunk(canvas, person)
    else:
        tucked = outfit.top in ("shirt", "tee", "sailor")
        if not tucked:
            below.draw_below(canvas, build, legs, outfit, seated=pose.seated)
        _trunk(canvas, person)
        if tucked:
            below.draw_below(canvas, build, legs, outfit, seated=pose.seated)
    if person.held:
        hand = arms[1].joints[2]
        at = (float(hand[0]) + 2, float(hand[1]) + 8)
        accessories.draw_held(canvas, person.held, at, outfit.answer, outfit.lead)
    if not pose.behind:
        _arms(canvas, person)
    if person.scarf:
        accessories.scarf(canvas, outfit.answer, 24)
    with _head(canvas, person):
        _draw_head(canvas, person)


def _head(canvas: Canvas, person: Person) -> AbstractContextManager[None]:
    return canvas.placed((0, -person.build.chin), person.build.head, turn=person.nod)


def _behind(canvas: Canvas, person: Person) -> None:
    if person.back == "cape":
        below.draw_cape(canvas, person.build, person.outfit.answer)
    elif person.back == "wings":
        accessories.draw_wings(canvas, (252, 252, 255), person.build.shoulder / 44)
    if person.ears:
        side = person.hair.side
        outline = accessories.tail(person.ears, person.build.torso, side)
        canvas.shape(outline, person.hair.color, depth=6)


def _trunk(canvas: Canvas, person: Person) -> None:
    neck = neck_outline(person.build)
    canvas.shape(neck, person.look.skin)
    canvas.shadow(ellipse((0, -12), (16, 9)))
    tops.draw_top(canvas, person.build, person.outfit)


def _arms(canvas: Canvas, person: Person) -> None:
    build, pose = person.build, person.pose
    for arm, hand in zip(find_arms(build, pose), pose.hands, strict=True):
        holds = person.held and arm.side > 0
        draw_arm(canvas, build, arm, person.look.skin, "fist" if holds else hand)
        below.draw_sleeve(canvas, build, arm, person.outfit)


def _stool(canvas: Canvas, build: Build) -> None:
    top = build.torso + build.leg_radius * 0.4
    wide = build.hip + 26
    wood: Color = (206, 160, 112)
    low = top + build.leg * 1.42
    for side in (-1, 1):
        canvas.shape(path((wide - 16, top), (wide - 6, top), (wide - 2, low), (wide - 11, low))
                     * (side, 1), wood, depth=2)  # fmt: skip
    seat = np.vstack([bend((-wide, top), (0, top - 9), (wide, top)), path((wide, top + 15)),
                      bend((wide, top + 15), (0, top + 19), (-wide, top + 15))])  # fmt: skip
    canvas.shape(seat, lighter(wood, 0.15), depth=4)
    canvas.shape(box(-wide + 6, top + 48, wide - 6, top + 54), wood, width=0.9)


def _draw_head(canvas: Canvas, person: Person) -> None:
    look, hair = person.look, person.hair
    bare = hair.back in ("ponytail", "buns", "short", "spiked", "twintails", "side_ponytail")
    if not person.ears and bare:
        for side in (-1, 1):
            if look.turn * side < 0.55:
                _ear(canvas, look, side)
    outline = head_outline(look)
    canvas.shape(outline, look.skin, depth=6)
    draw_face(canvas, look)
    if person.ears:
        for side in (-1, 1):
            outer, inner = animal_ear(side, person.ears)
            canvas.shape(outer, hair.color, depth=4)
            canvas.shape(inner, (248, 206, 208), width=0.7)
    draw_front(canvas, hair, look.turn)
    draw_brows(canvas, look)
    if person.hat:
        outfit = person.outfit
        accessories.draw_hat(canvas, person.hat, outfit.answer, outfit.lead, look.turn)


def _ear(canvas: Canvas, look: Look, side: int) -> None:
    outer = ellipse((48.5 - 2 * abs(look.turn), 9), (7, 11)) * (side, 1)
    canvas.shape(outer, look.skin, width=0.9)
    canvas.line(bend((49 * side, 3), (54 * side, 6), (50 * side, 14)), 0.6)
