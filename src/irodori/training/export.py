"""From a trained network to a colourist that anyone can run: two ONNX graphs in one folder.

`encode.onnx` looks at the ink once; `color.onnx` answers each touch. Weights are stored as 16-bit
floats and computed with in 32 bits. After writing, both graphs are run beside PyTorch and must
agree.
"""

from __future__ import annotations

import copy
import json
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import onnxslim
import torch
import typer
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.export import Dim
from torch.nn.utils.fusion import fuse_conv_bn_eval

from irodori.network.colornet import PALETTE_SLOTS, STRIDE, ColorNet
from irodori.training.feed import Prepared
from irodori.training.train import STAGES, Recipe, stream

TOLERANCE = 1e-3
"""Largest difference between ONNX and PyTorch that an export may show, in votes, colours and
shade."""


class ExportError(Exception):
    """The exported graphs do not compute what the network computes."""


class ColorGraph(nn.Module):
    """The painter with what its users want to know besides the votes.

    Returns votes (N, bins + 16 + 1, h, w), shade (N, 1, h, w), color (N, 3, h, w), the votes'
    mean colour as RGB in 0..1, and confidence (N, 1, h, w), the share of the strongest vote.
    """

    def __init__(self, network: ColorNet) -> None:
        super().__init__()
        self.painter = network.painter
        self.bins = nn.Buffer(network.bins.clone())

    def forward(
        self, fine: Tensor, coarse: Tensor, hints: Tensor, palette: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """See the class."""
        log_votes, shade = self.painter(fine, coarse, hints, palette)
        rows, columns = hints.shape[2], hints.shape[3]
        votes = log_votes.exp()[:, :, :rows, :columns]
        bins = len(self.bins)
        slots = palette.shape[1]
        flowing = hints[:, 4:7] / hints[:, 7:8].clamp(min=1e-6)
        color = (
            torch.einsum("nbhw,bc->nchw", votes[:, :bins], self.bins)
            + torch.einsum("nshw,nsc->nchw", votes[:, bins : bins + slots], palette[:, :, :3])
            + votes[:, bins + slots :] * flowing
        )
        confidence = votes.amax(1, keepdim=True)
        return votes, shade[:, :, :rows, :columns], color, confidence


def deployed(network: ColorNet) -> ColorNet:
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
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(weight.half().float())
    return network


def export(network: ColorNet, folder: Path, *, name: str) -> None:
    """Writes `encode.onnx`, `color.onnx` and `colorist.json` into `folder`.

    Raises ExportError if the graphs and the `deployed` network differ by more than `TOLERANCE` on
    drawings of odd sizes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = deployed(network)
    color = ColorGraph(network).eval()
    _export_encoder(network, folder / "encode.onnx")
    _export_color(network, color, folder / "color.onnx")
    card = {
        "format": 1,
        "name": name,
        "stride": STRIDE,
        "slots": PALETTE_SLOTS,
        "bins": [[round(float(channel), 5) for channel in row] for row in network.bins],
    }
    (folder / "colorist.json").write_text(json.dumps(card) + "\n", encoding="utf-8")
    for size in ((203, 131), (97, 160), (320, 384)):
        _compare(network, color, folder, size)


def _export_encoder(network: ColorNet, path: Path) -> None:
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


def _export_color(network: ColorNet, color: ColorGraph, path: Path) -> None:
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


def _compare(network: ColorNet, color: ColorGraph, folder: Path, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    ink = torch.rand(1, 1, *size)
    rows, columns = (-(-side // STRIDE) for side in size)
    hints, palette = torch.rand(1, 8, rows, columns), torch.rand(1, PALETTE_SLOTS, 4)
    hints[:, 0:3] *= hints[:, 3:4]  # premultiplied, as hints are
    hints[:, 4:7] *= hints[:, 7:8]
    with torch.no_grad():
        fine, coarse = network.encoder(ink)
        expected = [fine, coarse, *color(fine, coarse, hints, palette)]
    encode_session = onnxruntime.InferenceSession(folder / "encode.onnx")
    color_session = onnxruntime.InferenceSession(folder / "color.onnx")
    features = encode_session.run(None, {"ink": ink.numpy()})
    answers = color_session.run(
        None,
        dict(zip(("fine", "coarse"), features, strict=True))
        | {"hints": hints.numpy(), "palette": palette.numpy()},
    )
    for answer, right in zip(answers, expected[2:], strict=True):
        off = float(np.abs(answer - right.numpy()).max())
        if not off <= TOLERANCE:
            raise ExportError(
                f"{folder.name}: ONNX and PyTorch differ by {off:.2g} on a drawing of "
                f"{size[1]} x {size[0]}, more than {TOLERANCE:g}; nothing is wrong with your data, "
                "please report the versions of torch and onnxruntime"
            )


def averaged_network(run: Path, prepared: Path, *, batches: int = 80) -> ColorNet:
    """The averaged network of a run's last checkpoint, its batch statistics measured afresh.

    Averaging weights makes the running statistics of batch normalisation wrong for them, so they
    are taken again over training batches (Izmailov et al., UAI 2018, section 3.2).
    """
    kept = torch.load(run / "checkpoint.pt", weights_only=True, map_location="cpu")
    network = ColorNet(kept["average"]["bins"])
    network.load_state_dict(kept["average"])
    recipe = Recipe(**json.loads((run / "recipe.json").read_text(encoding="utf-8")))
    drawings = Prepared(prepared / str(STAGES[-1][1]))
    norms = [each for each in network.modules() if isinstance(each, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all batches
    network.train()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for batch in islice(stream(drawings, recipe, kept["state"]["step"]), batches):
            network(batch["ink"], batch["hints"], batch["palette"])
    return network.eval()


def main(run: Path, prepared: Path, out: Path, name: str = "quick") -> None:
    """Export a run's averaged network as a colourist folder."""
    export(averaged_network(run, prepared), out, name=name)


if __name__ == "__main__":
    typer.run(main)
