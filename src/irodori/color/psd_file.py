"""Layers as a Photoshop document, which Photoshop, Clip Studio, Krita and GIMP open.

Built from the parts of psd-tools rather than through its document class: that one renders its own
preview in floating point, many times the size of the page, where we know the picture already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from psd_tools.constants import ChannelID, SectionDivider
    from psd_tools.psd.header import FileHeader
    from psd_tools.psd.image_data import ImageData
    from psd_tools.psd.image_resources import ImageResources
    from psd_tools.psd.layer_and_mask import ChannelDataList, LayerInfo, LayerRecord

    from irodori.color.layers import Layer

    Entry = tuple[LayerRecord, ChannelDataList]

_FIXED_POINT = 1 << 16  # resolutions are stored as 16.16
_INCH = 1


def write(layers: Iterable[Layer], picture: Image, file: BinaryIO) -> None:
    """Write layers, bottom first, and the flat picture of them to a file that can seek.

    Where the picture has transparency, the visible layers stand in a group "coloring" that has it
    as its mask: so each layer stays whole, and all are cut alike.
    """
    from psd_tools.psd import PSD
    from psd_tools.psd.layer_and_mask import LayerAndMaskInformation

    alpha = np.asarray(picture.getchannel("A")) if picture.mode == "RGBA" else None
    header, merged = _merged(picture)
    resources = _resources(picture)
    del picture  # the layers to come are as large
    entries = []
    if alpha is not None:
        entries.append(_group_end())
    for layer in layers:
        if alpha is not None and not layer.visible:
            entries.append(_group(alpha))
            alpha = None
        entries.append(_encode(layer))
    if alpha is not None:
        entries.append(_group(alpha))
    information = LayerAndMaskInformation(_layer_info(entries, transparent=header.channels == 4))
    PSD(
        header=header,
        image_resources=resources,
        layer_and_mask_information=information,
        image_data=merged,
    ).write(file)


def _merged(picture: Image) -> tuple[FileHeader, ImageData]:
    """The document's header and its flat picture."""
    from psd_tools.constants import ColorMode, Compression
    from psd_tools.psd.header import FileHeader
    from psd_tools.psd.image_data import ImageData

    header = FileHeader(
        channels=len(picture.getbands()),
        height=picture.height,
        width=picture.width,
        depth=8,
        color_mode=ColorMode.RGB,
    )
    merged = ImageData(compression=Compression.RLE)
    merged.set_data(list(_merged_planes(picture)), header)
    return header, merged


def _layer_info(entries: list[Entry], *, transparent: bool) -> LayerInfo:
    from psd_tools.psd.layer_and_mask import ChannelImageData, LayerInfo, LayerRecords

    # A negative count says that the merged picture's fourth channel is its transparency.
    count = -len(entries) if transparent else len(entries)
    records, channels = zip(*entries, strict=True)
    return LayerInfo(count, LayerRecords(list(records)), ChannelImageData(list(channels)))


def _merged_planes(picture: Image) -> Iterator[bytes]:
    """The channels of the flat picture; where it is transparent it is blended over white.

    So Photoshop stores it, and so programs read it that look at the merged picture alone.
    """
    from PIL import Image

    if picture.mode == "RGBA":
        alpha = picture.getchannel("A")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=alpha)
        yield from (paper.getchannel(band).tobytes() for band in range(3))
        yield alpha.tobytes()
    else:
        yield from (picture.getchannel(band).tobytes() for band in range(3))


def _encode(layer: Layer) -> Entry:
    """One layer's record and its packed channels, opacity first."""
    from psd_tools.constants import BlendMode, ChannelID
    from psd_tools.psd.layer_and_mask import LayerFlags, LayerRecord

    height, width = layer.height, layer.width
    record = LayerRecord(
        bottom=height,
        right=width,
        blend_mode=BlendMode.MULTIPLY if layer.blend == "multiply" else BlendMode.NORMAL,
        flags=LayerFlags(visible=layer.visible),
        name=layer.name,
    )
    opaque, black = np.broadcast_to(np.array([[255], [0]], np.uint8)[..., None], (2, height, width))
    planes = {ChannelID.TRANSPARENCY_MASK: opaque if layer.alpha is None else layer.alpha}
    for channel in range(3):
        plane = black if layer.color is None else layer.color[..., channel]
        planes[ChannelID(channel)] = plane
    return record, _pack(record, planes)


def _pack(record: LayerRecord, planes: dict[ChannelID, NDArray[np.uint8]]) -> ChannelDataList:
    """The channels, packed, and entered in the record."""
    from psd_tools.constants import Compression
    from psd_tools.psd.layer_and_mask import ChannelData, ChannelDataList, ChannelInfo

    packed = ChannelDataList()
    for number, plane in planes.items():
        data = ChannelData(Compression.RLE if plane.size else Compression.RAW)
        if plane.size:
            data.set_data(plane.tobytes(), plane.shape[1], plane.shape[0], 8)
        record.channel_info.append(ChannelInfo(number, len(data.data) + 2))
        packed.append(data)
    return packed


def _group(mask: NDArray[np.uint8]) -> Entry:
    """What stands above the layers of a group: its name and its mask."""
    from psd_tools.constants import ChannelID, SectionDivider
    from psd_tools.psd.layer_and_mask import MaskData

    record, planes = _divider("coloring", SectionDivider.OPEN_FOLDER)
    record.mask_data = MaskData(bottom=mask.shape[0], right=mask.shape[1])
    return record, _pack(record, planes | {ChannelID.USER_LAYER_MASK: mask})


def _group_end() -> Entry:
    """What stands below the layers of a group."""
    from psd_tools.constants import SectionDivider

    record, planes = _divider("</Layer group>", SectionDivider.BOUNDING_SECTION_DIVIDER)
    return record, _pack(record, planes)


def _divider(
    name: str, kind: SectionDivider
) -> tuple[LayerRecord, dict[ChannelID, NDArray[np.uint8]]]:
    """A layer record without pixels, and its four empty channels."""
    from psd_tools.constants import BlendMode, ChannelID, Tag
    from psd_tools.psd.layer_and_mask import LayerRecord

    record = LayerRecord(name=name)
    # A group that is not "pass through" is blended by itself, then cut by its mask.
    options = {} if kind.name.startswith("BOUNDING") else {"blend_mode": BlendMode.NORMAL}
    record.tagged_blocks.set_data(Tag.SECTION_DIVIDER_SETTING, kind=kind, **options)
    empty = np.empty((0, 0), np.uint8)
    return record, {ChannelID(number): empty for number in range(-1, 3)}


def _resources(picture: Image) -> ImageResources:
    """The document's profile and resolution."""
    from psd_tools.constants import Resource
    from psd_tools.psd.image_resources import ImageResource, ImageResources, ResoulutionInfo

    resources = ImageResources.new()
    if "icc_profile" in picture.info:
        key = Resource.ICC_PROFILE
        resources[key] = ImageResource(key=key, data=picture.info["icc_profile"])
    if "dpi" in picture.info:
        across, down = (round(float(value) * _FIXED_POINT) for value in picture.info["dpi"])
        key = Resource.RESOLUTION_INFO
        resolution = ResoulutionInfo(across, _INCH, _INCH, down, _INCH, _INCH)
        resources[key] = ImageResource(key=key, data=resolution)  # type: ignore[arg-type]
    return resources
