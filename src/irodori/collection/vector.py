"""Vector drawings as exact pairs: the colors as drawn, and the same shapes as line art.

A drawing that has dark outlines of its own keeps them; one of plain colored shapes, as most emoji
are, is inked anew: every shape turns white and gets a black outline, and shapes before it hide it
as they did before.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import resvg_py
from PIL import Image, ImageColor

from irodori.collection.errors import CollectionError

SUFFIXES = frozenset({".svg", ".svgz"})
SIDE = 512  # pixels of a picture's long side
OUTLINE = 3.0  # pixels

_SHAPES = frozenset({"path", "circle", "ellipse", "rect", "polygon", "polyline", "line", "use"})
_NOT_PAINTED = frozenset({"clipPath", "mask", "linearGradient", "radialGradient", "filter"}) | {
    *("pattern", "style", "metadata"),
}
_PAINT = frozenset({"opacity", "display"}) | frozenset(
    ["fill", "stroke", "stroke-width", "fill-opacity", "stroke-opacity", "stop-opacity"]
)
_DPI = 96  # pixels per inch, as CSS has it
_UNITS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}
_DARK = 72  # of 255: a color whose brightest channel is below it is ink
_FAINT = 0.85  # what is less opaque is light or shade, which line art lacks
_BOMB = 64 << 20  # bytes of a packed drawing, unpacked

Style = dict[str, str]


@dataclass(frozen=True)
class VectorPair:
    """A vector drawing at `side` pixels: color RGB, line L; line is None if it holds a photo."""

    color: Image.Image
    line: Image.Image | None


def draw_vector(
    data: bytes, *, side: int = SIDE, outline: float = OUTLINE, solid: bool = True
) -> VectorPair:
    """The pair that an SVG (or SVGZ) holds, on white, its long side `side` pixels.

    outline: width in pixels of outlines that the drawing lacks. solid: shapes that are nearly black
    stay black, as pupils and hair in ink do; else they are outlined too. Raises CollectionError for
    what is no drawing.
    """
    root = _parse(data)
    units = outline / side * _set_size(root, side)
    color = rasterize(root)
    if any(_tag(node) == "image" for node in root.iter()):
        return VectorPair(color, None)
    _reink(root, units, solid)
    return VectorPair(color, rasterize(root).convert("L"))


def rasterize(root: ElementTree.Element) -> Image.Image:
    """RGB on white, at the drawing's own size. Raises CollectionError."""
    svg = ElementTree.tostring(root, "unicode")
    try:
        drawn = resvg_py.svg_to_bytes(svg_string=svg, dpi=_DPI, skip_system_fonts=True)
    except (ValueError, OSError, RuntimeError) as error:
        raise CollectionError(f"cannot be drawn ({error}); save it as plain SVG") from None
    with Image.open(io.BytesIO(bytes(drawn))) as image:
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def _set_size(root: ElementTree.Element, side: int) -> float:
    """Make the drawing's long side `side` pixels; gives how many of its own units that is.

    Raises CollectionError where a drawing does not say how large it is.
    """
    box = [_number(value, 0) for value in re.findall(r"[^\s,]+", root.get("viewBox", ""))]
    if len(box) != 4:
        box = [0, 0, _pixels(root.get("width", "")), _pixels(root.get("height", ""))]
        root.set("viewBox", " ".join(map(str, box)))
    width, height = box[2:]
    if not (width > 0 and height > 0):
        raise CollectionError("does not say how large it is; give it a viewBox")
    longest = max(width, height)
    for name, units in (("width", width), ("height", height)):
        root.set(name, str(max(1, round(side * units / longest))))
    return longest


def _pixels(length: str) -> float:
    """An absolute length in CSS pixels, 0 for any other."""
    unit = re.sub(r"[-+.\d\s]", "", length)
    return _number(length, 0) * _UNITS.get(unit, 0)


def _reink(root: ElementTree.Element, outline: float, solid: bool) -> None:
    """Make a drawing line art, in place; outline in the drawing's units."""
    rules, faint = _class_rules(root), {f"url(#{name})" for name in _see_through(root)}
    painted = list(_painted(root, _Paint({"fill": "black", "stroke": "none"}), rules))
    filled = [paint for _, paint in painted if paint.style["fill"] != "none"]
    own = sum(paint.outlined(outline / 3) for paint in filled)
    inked_already = own > 0 and own * 3 >= len(filled)
    for node, paint in painted:
        for name in ("style", "class", "opacity", "fill-opacity", "stroke-opacity"):
            node.attrib.pop(name, None)
        covers = paint.opaque("fill") and paint.style["fill"].partition(" ")[0] not in faint
        node.attrib.update(_as_ink(paint, outline / paint.scale, covers, inked_already, solid))


def _as_ink(paint: _Paint, outline: float, filled: bool, inked_already: bool, solid: bool) -> Style:
    style = paint.style
    own = _number(style.get("stroke-width", "1"))
    if style.get("display") == "none" or not (filled or paint.opaque("stroke")):
        return {"display": "none"}
    if not filled:
        shape = not _dark(style["stroke"]) and own > 2.5 * outline  # as arms of stick figures are
        keep = shape or inked_already
        return {"fill": "none", "stroke": "black", "stroke-width": f"{own if keep else outline}"}
    black = solid and _dark(style["fill"])
    ink = {"fill": "black" if black else "white", "stroke": "black", "stroke-linejoin": "round"}
    if not inked_already:
        return {**ink, "stroke-width": f"{outline * (0.5 if black else 1)}"}
    return {**ink, "stroke": "black" if paint.outlined(0) else "none", "stroke-width": f"{own}"}


@dataclass(frozen=True)
class _Paint:
    """What a shape inherits; scale: how many of the drawing's units one of its own is long."""

    style: Style
    opacity: float = 1.0
    scale: float = 1.0

    def opaque(self, kind: str) -> bool:
        """Its `fill` or `stroke` is there, and hides what lies below."""
        opacity = self.opacity * _number(self.style.get(f"{kind}-opacity", "1"))
        return self.style[kind] != "none" and opacity >= _FAINT

    def outlined(self, least: float) -> bool:
        """It has a dark line around it, of at least so many of the drawing's units."""
        wide = self.scale * _number(self.style.get("stroke-width", "1")) >= least
        return wide and self.opaque("stroke") and _dark(self.style["stroke"])

    def inside(self, node: ElementTree.Element, rules: Mapping[str, Style]) -> _Paint:
        own = {name: node.get(name, "") for name in _PAINT if node.get(name)}
        for name in node.get("class", "").split():
            own |= rules.get(name, {})
        own |= _declarations(node.get("style", ""))
        opacity = self.opacity * _number(own.pop("opacity", "1"))
        scale = self.scale * _stretch(node.get("transform", ""))
        return _Paint(self.style | own, opacity, scale or self.scale)


def _painted(
    node: ElementTree.Element, inherited: _Paint, rules: Mapping[str, Style]
) -> Iterator[tuple[ElementTree.Element, _Paint]]:
    """Each shape with what it is painted with: its own attributes, its classes', its group's."""
    if _tag(node) in _NOT_PAINTED:
        return
    paint = inherited.inside(node, rules)
    if _tag(node) in _SHAPES:
        yield node, paint
    for child in node:
        yield from _painted(child, paint, rules)


def _stretch(transform: str) -> float:
    """By how much a transform lengthens, in the mean over directions."""
    stretch = 1.0
    for kind, arguments in re.findall(r"(matrix|scale)\s*\(([^)]*)\)", transform):
        values = [_number(value) for value in re.findall(r"[^\s,]+", arguments)]
        if kind == "scale" and values:
            stretch *= abs(values[0] * values[-1]) ** 0.5
        elif len(values) == 6:
            stretch *= abs(values[0] * values[3] - values[1] * values[2]) ** 0.5
    return stretch


def _see_through(root: ElementTree.Element) -> set[str]:
    """The ids of gradients that fade out: light or shade over what lies below."""
    gradients = [node for node in root.iter() if _tag(node).endswith("Gradient")]
    found = {
        node.get("id", "")
        for node in gradients
        for stop in node
        if _number({**stop.attrib, **_declarations(stop.get("style", ""))}.get("stop-opacity", "1"))
        < _FAINT
    }
    for _ in gradients:  # one may take its stops from another, and that from a third
        found |= {node.get("id", "") for node in gradients if _target(node) in found}
    return found


def _target(node: ElementTree.Element) -> str:
    reference = node.get("href") or node.get("{http://www.w3.org/1999/xlink}href") or ""
    return reference.removeprefix("#")


def _class_rules(root: ElementTree.Element) -> dict[str, Style]:
    """What style sheets say of single classes, `.name { ... }`, as drawing programs write them."""
    rules: dict[str, Style] = {}
    for sheet in (node.text or "" for node in root.iter() if _tag(node) == "style"):
        for selectors, body in re.findall(r"([^{}]+)\{([^}]*)\}", sheet):
            for name in re.findall(r"\.([\w-]+)", selectors):
                rules[name] = rules.get(name, {}) | _declarations(body)
    return rules


def _declarations(text: str) -> Style:
    """What a style says, property by property."""
    pairs = (part.partition(":") for part in text.split(";"))
    found = {name.strip(): value.strip() for name, _, value in pairs}
    return {name: value for name, value in found.items() if name in _PAINT and value}


def _parse(data: bytes) -> ElementTree.Element:
    try:
        if data[:2] == b"\x1f\x8b":
            unpacking = zlib.decompressobj(wbits=31)
            data = unpacking.decompress(data, _BOMB)
            if unpacking.unconsumed_tail:
                raise CollectionError(f"is over {_BOMB >> 20} MiB unpacked; simplify it")
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, zlib.error) as error:
        raise CollectionError(f"is no SVG ({error}); save it again") from None
    if _tag(root) != "svg":
        raise CollectionError(f"is no SVG but <{_tag(root)}>; save it again")
    return root


def _dark(color: str) -> bool:
    try:
        return max(ImageColor.getrgb(color)[:3]) < _DARK
    except ValueError:  # a gradient, or none
        return False


def _number(text: str, otherwise: float = 1.0) -> float:
    match = re.match(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text.strip())
    if match is None:
        return otherwise
    return float(match.group()) / (100 if text.strip().endswith("%") else 1)


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
