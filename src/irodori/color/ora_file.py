"""Layers as OpenRaster, the open format of Krita, GIMP and MyPaint: a ZIP of PNG pictures.

Follows https://www.openraster.org/baseline/file-layout-spec.html.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.etree import ElementTree

if TYPE_CHECKING:
    from PIL.Image import Image

    from irodori.color.layers import Layer

_OPERATORS = {"normal": "svg:src-over", "multiply": "svg:multiply"}
_THUMBNAIL = (256, 256)  # at most, by the specification


def write(layers: Iterable[Layer], picture: Image, file: BinaryIO) -> None:
    """Write layers, bottom first, and the flat picture of them.

    Where the picture has transparency, the bottom layer gets it and the others paint atop of that.
    """
    info: dict[Any, Any] = picture.info
    keep = {key: info[key] for key in ("icc_profile", "dpi") if key in info}
    root = _root(picture)
    stack = ElementTree.SubElement(root, "stack")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            _named("mimetype"), "image/openraster"
        )  # first and not packed, as a magic number
        _add_png(archive, "mergedimage.png", picture, keep)
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
        picture.thumbnail(_THUMBNAIL)
        _add_png(archive, "Thumbnails/thumbnail.png", picture, keep)
        for layer in layers:
            source = f"data/{layer.name}.png"
            image = _image(layer)
            operator = _OPERATORS[layer.blend]
            if alpha is not None and layer.alpha is None:
                image.putalpha(alpha)
            elif alpha is not None and layer.visible:
                # To multiply by black is to paint black. OpenRaster cannot do both, multiply and
                # stay inside what is below; painting atop can, and shows the same.
                operator = "svg:src-atop"
            _add_png(archive, source, image, keep)
            stack.insert(0, _entry(layer, source, operator))  # the file lists the topmost first
        xml = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
        archive.writestr(_named("stack.xml"), xml, zipfile.ZIP_DEFLATED)


def _root(picture: Image) -> ElementTree.Element:
    width, height = picture.size
    root = ElementTree.Element("image", version="0.0.3", w=str(width), h=str(height))
    if "dpi" in picture.info:
        across, down = (round(float(value)) for value in picture.info["dpi"])
        root.attrib |= {"xres": str(across), "yres": str(down)}
    return root


def _entry(layer: Layer, source: str, operator: str) -> ElementTree.Element:
    return ElementTree.Element(
        "layer",
        {
            "name": layer.name,
            "src": source,
            "x": "0",
            "y": "0",
            "opacity": "1.0",
            "visibility": "visible" if layer.visible else "hidden",
            "composite-op": operator,
        },
    )


def _image(layer: Layer) -> Image:
    from PIL import Image

    if layer.color is None:
        image = Image.new("RGB", (layer.width, layer.height))
    else:
        image = Image.fromarray(layer.color)
    if layer.alpha is not None:
        image.putalpha(Image.fromarray(layer.alpha))
    return image


def _add_png(archive: zipfile.ZipFile, name: str, image: Image, keep: dict[str, Any]) -> None:
    """PNG is packed already, so it is stored; it goes to the archive as it is made."""
    with archive.open(_named(name), "w", force_zip64=True) as entry:
        image.save(entry, "PNG", compress_level=4, **keep)


def _named(name: str) -> zipfile.ZipInfo:
    """A member without the time of day, so that the same layers give the same file."""
    return zipfile.ZipInfo(name)
