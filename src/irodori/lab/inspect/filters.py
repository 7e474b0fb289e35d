"""The filters of a convolution as pictures: in the first layer edges and colors, if it learnt."""

from __future__ import annotations

import torch
from PIL import Image
from torch import nn

from irodori.lab.errors import LabError
from irodori.lab.inspect.calling import layer_named
from irodori.lab.inspect.pictures import Picture, sheet, symmetric_span, to_picture

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d)


def filters(
    model: nn.Module, layer: str | None = None, *, most: int = 64, per_row: int = 16
) -> Image.Image:
    """The filters of a layer, by default of the first 2-D convolution, as a sheet.

    A filter over three channels is shown in color; of any other, its strongest input channel is
    shown in gray and named. Middle gray is 0, and every filter has its own scale, which its caption
    gives as the largest weight. Raises LabError for a layer without filters.
    """
    name, convolution = _convolution(model, layer)
    weight = convolution.weight.detach()
    if isinstance(convolution, nn.ConvTranspose2d):
        weight = weight.transpose(0, 1)
    cells: list[tuple[Picture, str]] = []
    for number, kernel in enumerate(weight[:most]):
        channel = ""
        if kernel.shape[0] not in (1, 3):
            strongest = int(kernel.abs().nan_to_num().amax((1, 2)).argmax())
            kernel, channel = kernel[strongest], f" in {strongest}"
        low, high = symmetric_span(kernel)
        note = f"{number}{channel} ±{high:.2g}" if torch.isfinite(kernel).all() else f"{number} NaN"
        cells.append((to_picture(kernel, span=(low, high)), note))
    rows = [cells[i : i + per_row] for i in range(0, len(cells), per_row)]
    shown = f"first {most} of {len(weight)}" if len(weight) > most else f"all {len(weight)}"
    size = " x ".join(str(side) for side in weight.shape[2:])
    return sheet(
        rows, cell=56, title=f"{name}: {shown} filters, {size}, {weight.shape[1]} channels in"
    )


def _convolution(model: nn.Module, layer: str | None) -> tuple[str, nn.Conv2d]:
    if layer is not None:
        module = layer_named(model, layer)
        if not isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            raise LabError(f"layer {layer!r} is a {type(module).__name__}; filters need a Conv2d")
        return layer, module  # type: ignore[return-value]
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            return name, module
    raise LabError(f"{type(model).__name__} has no 2-D convolution, so it has no filters to show")
