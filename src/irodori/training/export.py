"""From a run to a colorist that anyone can use: ONNX graphs and a card in one folder.

A design that votes becomes two graphs: `encode.onnx` looks at the ink once, `color.onnx` answers
each touch. A design that answers with a picture becomes `color.onnx` alone, which looks at
everything at each touch, and `propose.onnx` where it proposes palettes; `colorist.json` says which.
Weights are stored as 16-bit floats and computed with in 32 bits. After writing, every graph is run
beside PyTorch and must agree.
"""

from __future__ import annotations

import copy
import json
import logging
import shutil
import tempfile
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import onnxslim
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.export import Dim
from torch.nn.utils.fusion import fuse_conv_bn_eval

from irodori.network.colornet import PALETTE_SLOTS, STRIDE, ColorNet
from irodori.network.encoders import BasicBlock, ResNet18
from irodori.network.proposer import NOISE, Blind
from irodori.storage.places import remote
from irodori.storage.working import Mirror
from irodori.training.errors import ExportError, TrainingError
from irodori.training.runs import Run
from irodori.training.team import ColorTeam

TOLERANCE = 1e-3
"""Largest difference between ONNX and PyTorch that an export may show, in votes, colors and
shade."""

SIZES = ((204, 132), (100, 160), (320, 384))
"""Drawings on which both are compared, multiples of 4 but most not of 32."""


def export_run(
    run: Run,
    out: Path,
    *,
    step: int | None = None,
    name: str | None = None,
    shade: bool = True,
    force: bool = False,
) -> Path:
    """Make the folder `out` a colorist, of the run's checkpoint of `step`, None for the best.

    Without `shade` it paints flats only, for one that learnt from too little shaded art. Raises
    TrainingError if there is no such checkpoint, or as `write_colorist` does.
    """
    check_free(out, force=force)
    checkpoint = run.best() if step is None else run.at(step)
    design = run.design(checkpoint)
    design.network.load_state_dict(checkpoint.weights())
    return write_colorist(
        design.network,
        out,
        name=name or out.name,
        work_size=run.recipe.size,
        shade=shade,
        force=force,
    )


def check_free(out: Path, *, force: bool) -> None:
    """Raises TrainingError where a colorist's folder is there already, unless `force`."""
    if out.exists() and not force:
        raise TrainingError(f"{out}: exists; give another name with -o, or use --force")


def write_colorist(
    network: nn.Module,
    out: Path,
    *,
    name: str,
    work_size: int,
    shade: bool = True,
    force: bool = False,
) -> Path:
    """Make the folder `out` a colorist of this network; it is whole or not there.

    Raises TrainingError if the folder exists and not `force`; ExportError if ONNX and PyTorch
    disagree.
    """
    check_free(out, force=force)
    out.parent.mkdir(parents=True, exist_ok=True)
    there = remote(out)
    near = None if there else out.parent
    with tempfile.TemporaryDirectory(dir=near, prefix=f".{out.name[:40]}.") as beside:
        made = Path(beside) / "colorist"
        with quietly():
            export(network, made, name=name, work_size=work_size, shade=shade)
        if there:
            Mirror(there, made).send()  # colorist.json goes last, as it was written
            return out
        if out.exists():
            shutil.rmtree(out)
        made.rename(out)
    return out


def export(
    network: nn.Module, folder: Path, *, name: str, work_size: int = 256, shade: bool = True
) -> None:
    """Write a network's graphs and `colorist.json` into `folder`.

    work_size: long side of the drawings it learnt from; shade: whether its shade is used. Raises
    ExportError if the graphs and the `deployed` network differ by more than `TOLERANCE`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = deployed(network)
    card: dict[str, Any] = {
        "format": 1,
        "name": name,
        "stride": STRIDE,
        "slots": PALETTE_SLOTS,
        "work_size": work_size,
        "shade": shade,
    }
    if isinstance(network, ColorNet | ColorTeam):
        _export_votes(network, folder)
        card["bins"] = [[round(float(channel), 5) for channel in row] for row in network.bins]
    else:
        _export_picture(network, folder)
        card |= {"answer": "picture", "proposes": isinstance(network, Blind)}
    (folder / "colorist.json").write_text(json.dumps(card) + "\n", encoding="utf-8")


def _export_votes(network: ColorNet | ColorTeam, folder: Path) -> None:
    color = ColorGraph(network).eval()
    _export_encoder(network, folder / "encode.onnx")
    _export_color(network, color, folder / "color.onnx")
    for size in ((203, 131), *SIZES):
        _compare(network, color, folder, size)


class PictureGraph(nn.Module):
    """A network that answers with a picture -> its color on the grid, off the lines.

    ink (N, 1, 4h, 4w), hints (N, 8, h, w), palette (N, 16, 4) -> color (N, 3, h, w), RGB in 0..1.
    """

    def __init__(self, painter: nn.Module) -> None:
        super().__init__()
        self.painter = painter

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> Tensor:
        """See the class."""
        clear = (1 - ink).clamp(min=1e-3) ** 4  # next to nothing on a line
        color: Tensor = F.avg_pool2d(self.painter(ink, hints, palette) * clear, STRIDE)
        return color / F.avg_pool2d(clear, STRIDE)


def _export_picture(network: nn.Module, folder: Path) -> None:
    painter: nn.Module = network.painter if isinstance(network, Blind) else network
    graph = PictureGraph(painter).eval()
    rows, columns = Dim("rows", min=2), Dim("columns", min=2)
    program = torch.onnx.export(
        graph,
        (torch.rand(1, 1, 204, 132), torch.rand(1, 8, 51, 33), torch.rand(1, PALETTE_SLOTS, 4)),
        dynamo=True,
        input_names=["ink", "hints", "palette"],
        output_names=["color"],
        dynamic_shapes={
            "ink": {2: STRIDE * rows, 3: STRIDE * columns},
            "hints": {2: rows, 3: columns},
            "palette": {},
        },
        verbose=False,
    )
    _write(program.model_proto, folder / "color.onnx")  # type: ignore[union-attr]
    for size in SIZES:
        ink, hints, palette = _conditions(size)
        _agree(graph, folder / "color.onnx", {"ink": ink, "hints": hints, "palette": palette})
    if isinstance(network, Blind):
        _export_proposer(network, folder / "propose.onnx")


def _export_proposer(network: Blind, path: Path) -> None:
    program = torch.onnx.export(
        network.proposer,
        (torch.rand(1, 1, 204, 132), torch.rand(1, NOISE)),
        dynamo=True,
        input_names=["ink", "noise"],
        output_names=["palette"],
        dynamic_shapes={"ink": {2: Dim("height", min=8), 3: Dim("width", min=8)}, "noise": {}},
        verbose=False,
    )
    _write(program.model_proto, path)  # type: ignore[union-attr]
    for size in SIZES:
        ink, _, _ = _conditions(size)
        _agree(network.proposer, path, {"ink": ink, "noise": torch.randn(1, NOISE)})


def _agree(module: nn.Module, path: Path, inputs: dict[str, Tensor]) -> None:
    with torch.no_grad():
        expected = module(*inputs.values())
    session = onnxruntime.InferenceSession(path)
    wanted = {each.name for each in session.get_inputs()}
    given = {name: value.numpy() for name, value in inputs.items() if name in wanted}
    _check(path.parent, session.run(None, given)[0], expected, inputs["ink"])


def _check(folder: Path, answer: Any, expected: Tensor, ink: Tensor) -> None:
    off = float(np.abs(answer - expected.numpy()).max())
    if not off <= TOLERANCE:
        raise ExportError(
            f"{folder.name}: ONNX and PyTorch differ by {off:.2g} on a drawing of "
            f"{ink.shape[3]} x {ink.shape[2]}, more than {TOLERANCE:g}; nothing is wrong with your "
            "data, please report the versions of torch and onnxruntime"
        )


def _conditions(size: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    rows, columns = (-(-side // STRIDE) for side in size)
    hints = torch.rand(1, 8, rows, columns)
    hints[:, 0:3] *= hints[:, 3:4]  # premultiplied, as hints are
    hints[:, 4:7] *= hints[:, 7:8]
    return torch.rand(1, 1, *size), hints, torch.rand(1, PALETTE_SLOTS, 4)


class quietly(warnings.catch_warnings):  # noqa: N801 - reads as a word of the with statement
    """Without the exporters' remarks, which say nothing to who exports."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        logging.getLogger("onnxscript").setLevel(logging.ERROR)


class ColorGraph(nn.Module):
    """The painter, asked about one drawing, with what is wanted besides the votes.

    Returns votes (1, bins + 16 + 1, h, w), shade (1, 1, h, w), color (1, 3, h, w), the votes'
    mean colour as RGB in 0..1, and confidence (1, 1, h, w), the share of the strongest vote.
    """

    def __init__(self, network: ColorNet | ColorTeam) -> None:
        super().__init__()
        self.painter = network.painter
        self.bins = nn.Buffer(network.bins.clone())

    def forward(
        self, fine: Tensor, coarse: Tensor, hints: Tensor, palette: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """See the class."""
        votes, shade = self.painter.votes(fine, coarse, hints, palette)
        rows, columns = hints.shape[2], hints.shape[3]
        votes, shade = votes[:, :, :rows, :columns], shade[:, :, :rows, :columns]
        cells = votes[0].flatten(1)  # (candidates, cells): see `colornet` on axes in the middle
        flowing = hints[:, 4:7] / hints[:, 7:8].clamp(min=1e-6)
        fixed = torch.cat([self.bins, palette[0, :, :3]]).T @ cells[:-1]
        color = fixed.view_as(flowing) + votes[:, -1:] * flowing
        return votes, shade, color, cells.amax(0).view_as(shade)


def deployed(network: nn.Module) -> nn.Module:
    """The network as it is shipped, in evaluation mode; the one given stays as it is.

    Normalisation is folded into the convolutions, then weights are rounded to what a 16-bit float
    holds, so that storing them loses nothing more.
    """
    network = copy.deepcopy(network).eval().float()
    for module in network.modules():
        if isinstance(module, nn.Sequential):
            for first, second in pairwise(range(len(module))):
                convolution, norm = module[first], module[second]
                if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    module[first] = fuse_conv_bn_eval(convolution, norm)
                    module[second] = nn.Identity()
        if isinstance(module, BasicBlock | ResNet18):
            _fold_named(module)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(weight.half().float())
    return network


def _fold_named(module: nn.Module) -> None:
    """Folds `bn1` into `conv1`, `bn2` into `conv2`."""
    for number in (1, 2):
        convolution, norm = (getattr(module, f"{kind}{number}", None) for kind in ("conv", "bn"))
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(module, f"conv{number}", fuse_conv_bn_eval(convolution, norm))
            setattr(module, f"bn{number}", nn.Identity())


def _export_encoder(network: ColorNet | ColorTeam, path: Path) -> None:
    program = torch.onnx.export(
        network.encoder,
        (torch.rand(1, 1, 203, 131),),
        dynamo=True,
        input_names=["ink"],
        output_names=["fine", "coarse"],
        dynamic_shapes={"ink": {2: Dim("height", min=8), 3: Dim("width", min=8)}},
        verbose=False,
    )
    _write(program.model_proto, path)  # type: ignore[union-attr]


def _export_color(network: ColorNet | ColorTeam, color: ColorGraph, path: Path) -> None:
    with torch.no_grad():
        fine, coarse = network.encoder(torch.rand(1, 1, 203, 131))
    rows, columns = Dim("rows", min=2), Dim("columns", min=2)
    half_rows, half_columns = Dim("half_rows", min=1), Dim("half_columns", min=1)
    program = torch.onnx.export(
        color,
        (fine, coarse, torch.rand(1, 8, 51, 33), torch.rand(1, PALETTE_SLOTS, 4)),
        dynamo=True,
        input_names=["fine", "coarse", "hints", "palette"],
        output_names=["votes", "shade", "color", "confidence"],
        dynamic_shapes={
            "fine": {2: 8 * half_rows, 3: 8 * half_columns},
            "coarse": {2: 2 * half_rows, 3: 2 * half_columns},
            "hints": {2: rows, 3: columns},
            "palette": {},
        },
        verbose=False,
    )
    _write(program.model_proto, path)  # type: ignore[union-attr]


def _write(model: onnx.ModelProto, path: Path) -> None:
    model = onnxslim.slim(model)
    _store_as_half(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _store_as_half(model: onnx.ModelProto) -> None:
    """Keeps large weights as float16, a Cast behind each, which the runtime folds on loading."""
    graph = model.graph
    casts = []
    for weight in graph.initializer:
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < 256:
            continue
        name = weight.name
        half = numpy_helper.from_array(
            numpy_helper.to_array(weight).astype(np.float16), name + "_half"
        )
        weight.CopyFrom(half)
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _compare(
    network: ColorNet | ColorTeam, color: ColorGraph, folder: Path, size: tuple[int, int]
) -> None:
    ink, hints, palette = _conditions(size)
    with torch.no_grad():
        fine, coarse = network.encoder(ink)
        expected = color(fine, coarse, hints, palette)
    encode_session = onnxruntime.InferenceSession(folder / "encode.onnx")
    color_session = onnxruntime.InferenceSession(folder / "color.onnx")
    features = encode_session.run(None, {"ink": ink.numpy()})
    answers = color_session.run(
        None,
        dict(zip(("fine", "coarse"), features, strict=True))
        | {"hints": hints.numpy(), "palette": palette.numpy()},
    )
    for answer, right in zip(answers, expected, strict=True):
        _check(folder, answer, right, ink)
