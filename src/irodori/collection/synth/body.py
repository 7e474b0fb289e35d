"""Bodies: how they are built, how they stand, and arms, hands, legs and feet in skin.

The base of the neck is (0, 0), the hips are below it; a grown-up's head is 100 wide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irodori.collection.synth.canvas import Canvas, Color
from irodori.collection.synth.curves import Path, Point, ellipse, limb, path, spline, turned, union


@dataclass(frozen=True)
class Build:
    """Measures in units: lengths from joint to joint, half widths of the trunk, limbs' radii.

    head: its scale, 1 is 100 wide.
    """

    head: float
    torso: float
    shoulder: float
    waist: float
    hip: float
    arm: float
    leg: float
    arm_radius: float
    leg_radius: float

    @property
    def height(self) -> float:
        """From the crown to the soles, standing."""
        return 120 * self.head + self.torso + 2 * self.leg + 20

    @property
    def chin(self) -> float:
        """How high the middle of the head is above the base of the neck."""
        return 51 * self.head + 7


BUILDS = {
    "woman": Build(0.92, 122, 44, 31, 42, 64, 122, 9.5, 17),
    "man": Build(0.9, 132, 55, 42, 41, 72, 130, 12, 18),
    "child": Build(0.95, 92, 36, 31, 35, 47, 72, 9, 14),
    "chibi": Build(1.0, 62, 28, 27, 32, 32, 34, 9, 13),
}


@dataclass(frozen=True)
class Pose:
    """Angles in degrees from hanging straight down, outwards; upper and lower piece of each limb.

    arms, legs: left one, then right one. hands: their shape. behind: arms are behind the trunk.
    seated: thighs point at the viewer. lean: of the whole body, clockwise.
    """

    arms: tuple[Point, Point]
    legs: tuple[Point, Point] = ((3, 2), (3, 2))
    hands: tuple[str, str] = ("relaxed", "relaxed")
    tag: str | None = None
    behind: bool = False
    seated: bool = False
    lean: float = 0


POSES = (
    Pose(((12, 5), (12, 5)), tag="standing"),
    Pose(((16, 8), (10, 4)), ((3, 2), (9, 4)), tag="standing", lean=2),
    Pose(((48, -52), (48, -52)), ((7, 5), (7, 5)), ("fist", "fist"), "hands_on_hips"),
    Pose(((48, -52), (14, 6)), ((3, 2), (8, 4)), ("fist", "relaxed"), "hand_on_hip", lean=-2),
    Pose(((14, 6), (128, 172)), hands=("relaxed", "open"), tag="waving"),
    Pose(((134, 158), (134, 158)), ((6, 4), (6, 4)), ("open", "open"), "arms_up"),
    Pose(((22, -24), (22, -24)), tag="arms_behind_back", behind=True),
    Pose(((12, 4), (88, 92)), hands=("relaxed", "point"), tag="pointing"),
    Pose(((62, 74), (62, 74)), ((5, 4), (5, 4)), ("open", "open"), "spread_arms"),
    Pose(((16, -66), (16, -66)), hands=("fist", "fist"), tag="own_hands_together"),
    Pose(((14, 6), (34, 156)), hands=("relaxed", "peace"), tag="v"),
    Pose(((46, -40), (40, 96)), ((30, -12), (4, -14)), ("fist", "fist"), "running", lean=7),
    Pose(((118, 150), (60, 96)), ((24, 10), (34, -24)), ("open", "open"), "jumping", lean=-5),
    Pose(((20, -10), (20, -10)), ((12, 1), (12, 1)), tag="sitting", seated=True),
    Pose(((14, 5), (30, 140)), ((10, 2), (16, -2)), ("relaxed", "open"), "sitting", seated=True),
    Pose(((18, 9), (22, -6)), ((16, 6), (-6, -16)), ("fist", "fist"), "walking", lean=2),
)


@dataclass(frozen=True)
class Limb:
    """One arm or leg: side -1 or 1, and where its three joints are, (3, 2)."""

    side: int
    joints: Path
    end: float
    """Which way hand or foot points: degrees from straight down, outwards."""


def find_arms(build: Build, pose: Pose) -> tuple[Limb, Limb]:
    """The arms of a pose, left and right."""
    first, second = (
        _limb(side, (build.shoulder - build.arm_radius * 0.8, 14), (build.arm, build.arm), angles)
        for side, angles in zip((-1, 1), pose.arms, strict=True)
    )
    return first, second


def find_legs(build: Build, pose: Pose) -> tuple[Limb, Limb]:
    """The legs of a pose, left and right."""
    thigh = build.leg * (0.42 if pose.seated else 1)
    start = (build.hip - build.leg_radius * 1.05, build.torso)
    first, second = (
        _limb(side, start, (thigh, build.leg), angles)
        for side, angles in zip((-1, 1), pose.legs, strict=True)
    )
    return first, second


def _limb(side: int, start: Point, lengths: Point, angles: Point) -> Limb:
    joints = [np.array(start, float)]
    for length, angle in zip(lengths, angles, strict=True):
        turn = np.radians(angle)
        joints.append(joints[-1] + length * np.array([np.sin(turn), np.cos(turn)]))
    return Limb(side, np.array(joints) * (side, 1), angles[1])


def along(part: Limb, start: float, end: float) -> Path:
    """The joints of the stretch of a limb between two shares of its length, each 0..2."""
    inner = [k for k in (0, 1, 2) if start < k < end]
    at = np.array([start, *inner, end])
    return np.stack([np.interp(at, (0, 1, 2), part.joints[:, k]) for k in (0, 1)], 1)


def radii(build: Build, at: Path | list[float], *, leg: bool = False) -> list[float]:
    """How thick a bare limb is at shares of its length, each 0..2."""
    if leg:
        wide = np.interp(at, (0, 0.9, 1.3, 2), np.array((1.15, 0.78, 0.76, 0.5)))
        return list(wide * build.leg_radius)
    return list(np.interp(at, (0, 1, 2), np.array((1.1, 0.9, 0.68))) * build.arm_radius)


def draw_arm(canvas: Canvas, build: Build, arm: Limb, skin: Color, hand: str) -> None:
    """A bare arm with its hand, open at the shoulder."""
    at = [0.0, 1.0, 2.0]
    shoulder = (tuple(arm.joints[0]), build.arm_radius * 1.5)
    if arm.end > 100:  # a raised hand is in front of what its arm hides
        _draw_hand(canvas, build, arm, skin, hand)
    outline = limb(arm.joints, radii(build, at))
    canvas.shape(outline, skin, depth=3, open_at=[shoulder, (tuple(arm.joints[2]), 7)])
    if arm.end <= 100:
        _draw_hand(canvas, build, arm, skin, hand)


def draw_leg(canvas: Canvas, build: Build, leg: Limb, skin: Color) -> None:
    """A bare leg, open at the hip."""
    at = [0.0, 0.9, 1.3, 2.0]
    joints = np.stack([np.interp(at, (0, 1, 2), leg.joints[:, k]) for k in (0, 1)], 1)
    outline = limb(joints, radii(build, at, leg=True))
    hip = (tuple(leg.joints[0]), build.leg_radius * 1.3)
    canvas.shape(outline, skin, depth=4, open_at=[hip])
    knee = leg.joints[1]
    canvas.line(ellipse(tuple(knee), (5, 4), 40, 140, steps=8), 0.6)


def draw_foot(canvas: Canvas, build: Build, leg: Limb, color: Color, sole: Color) -> None:
    """A shoe from in front, toes a little out."""
    size = build.leg_radius / 15
    right = spline(path((-8, -7), (8, -7), (13, 6), (12, 14), (2, 17), (-9, 14), (-10, 4)),
                   closed=True, steps=5)  # fmt: skip
    shoe = turned(right * size, -leg.end * 0.7 - 8) * (leg.side, 1) + leg.joints[2]
    canvas.shape(shoe, color, depth=2.5)
    with canvas.inside(shoe):
        edge = path((-14, 11.5), (14, 11.5), (16, 22), (-14, 22)) * size
        edge = turned(edge, -leg.end * 0.7 - 8) * (leg.side, 1) + leg.joints[2]
        canvas.tone(edge, sole)
        canvas.line(edge[:2], 0.7, ends=(False, False))


def _draw_hand(canvas: Canvas, build: Build, arm: Limb, skin: Color, kind: str) -> None:
    fingers = {
        "open": (((-5, -24), (-2, -8), (2, 8), (5, 24)), 12.0),
        "relaxed": (((-4, -4), (-1.5, -1), (1.5, 1), (4, 4)), 8.0),
        "peace": (((-3, -16), (3, 14)), 14.0),
        "point": (((3, 4),), 14.0),
        "fist": ((), 0.0),
    }[kind]
    parts = [ellipse((0, 8), (7.2, 8.8) if kind != "fist" else (8, 8))]
    for x, angle in fingers[0]:
        turn = np.radians(angle)
        tip = (x + np.sin(turn) * fingers[1], 14 + np.cos(turn) * fingers[1])
        parts.append(limb(path((x, 12), tip), (2.9, 2.5)))
    thumb = (-10.5, 16) if kind in ("open", "relaxed") else (-6, 13)
    parts.append(limb(path((-5, 7), thumb), (3, 2.6)))
    size = build.arm_radius / 10
    outline = turned(union(parts, soften=0.5) * size, -arm.end) * (arm.side, 1) + arm.joints[2]
    canvas.shape(outline, skin, width=0.9, depth=2, open_at=[(tuple(arm.joints[2]), 5 * size)])
    creases = {"fist": ((-3, 0, 3), 11, 15), "relaxed": ((-2.8, 0, 2.8), 15, 19)}
    if kind in creases:
        xs, low, high = creases[kind]
        for x in xs:
            crease = turned(path((x, low), (x, high)) * size, -arm.end) * (arm.side, 1)
            canvas.line(crease + arm.joints[2], 0.55)


def neck_outline(build: Build) -> Path:
    """The neck down to the chest."""
    wide = 8.5 + build.arm_radius * 0.25
    right = spline(path((wide, -26), (wide, -10), (wide + 5, -3), (build.shoulder * 0.8, 8)))
    return np.vstack([right, path((build.shoulder * 0.5, 40), (-build.shoulder * 0.5, 40)),
                      (right * (-1, 1))[::-1]])  # fmt: skip
