"""What somebody wears: chosen at random, and cloth with its patterns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.colors import darker, lighter, mixed
from irodori.collection.synth.curves import (
    Path,
    Point,
    box,
    ellipse,
    heart,
    star,
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
    tops = {
        "sailor": 0.14,
        "blazer": 0.1,
        "shirt": 0.1,
        "tee": 0.14,
        "hoodie": 0.1,
        "sweater": 0.1,
        "dress": 0.14,
        "kimono": 0.06,
        "overalls": 0.05,
        "cardigan": 0.07,
    }
    if not girl:
        tops |= {"sailor": 0.01, "dress": 0}
    top = _pick(random, tops)
    sleeves = {
        "sailor": "short",
        "tee": "short",
        "dress": "puff",
        "kimono": "wide",
        "shirt": "short",
        "overalls": "short",
    }.get(top, "long")
    if top in ("sailor", "shirt", "dress", "overalls") and random.random() < 0.5:
        sleeves = "long"
    if top == "tee" and random.random() < 0.25:
        sleeves = "none"
    below = _pick(
        random,
        {"skirt": 0.3, "pleated": 0.3, "long": 0.12, "shorts": 0.14, "trousers": 0.14}
        if girl
        else {"shorts": 0.3, "trousers": 0.7},
    )
    below = {
        "sailor": "pleated" if girl else "trousers",
        "dress": "skirt",
        "kimono": "robe",
        "overalls": "trousers",
    }.get(top, below)
    pattern = _pick(
        random,
        {
            "none": 0.5,
            "stripes": 0.14,
            "dots": 0.09,
            "check": 0.06,
            "plaid": 0.08,
            "stars": 0.07,
            "hearts": 0.06,
        },
    )
    socks = _pick(
        random,
        {"none": 0.25, "ankle": 0.25, "kneehigh": 0.25, "thighhigh": 0.15, "tights": 0.1}
        if girl
        else {"none": 0.4, "ankle": 0.6},
    )
    lead, answer, plain = colors
    if top in ("sailor", "blazer", "shirt") and random.random() < 0.5:
        lead, plain = (250, 250, 252), lead
    tags = [tag for part in (top, below, pattern, socks) for tag in _TAGS.get(part, ())]
    shoes = (darker(answer, 0.5), darker(plain, 0.4), lighter(lead, 0.2))[int(random.integers(3))]
    return Outfit(top, sleeves, below, pattern, socks, lead, answer, plain, shoes, tags)


def _pick(random: np.random.Generator, odds: dict[str, float]) -> str:
    chances = np.array(list(odds.values()))
    return str(random.choice(list(odds), p=chances / chances.sum()))


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
        marks = {
            "dots": lambda at: ellipse(at, (3.6, 3.6), steps=16),
            "stars": lambda at: star(at, 5.5),
            "hearts": lambda at: heart(at, 4.2),
        }
        for j, y in enumerate(ys):
            for x in xs + (step / 2 if j % 2 else 0):
                canvas.shape(marks[kind]((x, y)), color, width=0.55)


def other_color(outfit: Outfit) -> Color:
    """A pattern's color that can be told from its ground."""
    far = sum(abs(a - b) for a, b in zip(outfit.plain, outfit.lead, strict=True)) > 90
    return outfit.plain if far else lighter(outfit.lead, 0.55)
