"""The weights a run begins with: those of another run, of a file, or of an exported colorist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import load_file
from torch import Tensor, nn

import irodori.color
from irodori.lab.ensemble.quantizing import unquantized
from irodori.network.colornet import ColorNet, without_normalization
from irodori.training.errors import TrainingError
from irodori.training.runs import open_run

Weights = dict[str, Tensor]


def read_start(start: str, runs: Path) -> Weights:
    """Weights by name. start: a run, a .safetensors file, or a colorist's name or folder.

    Raises TrainingError.
    """
    colorist = _colorist(start)
    if colorist is not None:
        return weights_of_colorist(colorist)
    path = Path(start)
    if path.is_file():
        try:
            return load_file(path)
        except Exception as error:  # safetensors has its own kinds
            raise TrainingError(
                f"{start}: holds no weights ({error}); give a run, a colorist or .safetensors"
            ) from error
    try:
        run = open_run(start, runs)
    except TrainingError as error:
        raise TrainingError(
            f"--from {start}: neither a run in {runs}, a colorist, nor a .safetensors file"
        ) from error
    checkpoint = run.best()
    run.design(checkpoint)  # says which code to go back to, if the design has changed
    return checkpoint.weights()


def load_start(network: nn.Module, weights: Mapping[str, Tensor], start: str) -> int:
    """Copy the weights that `network` has under the same name and shape; returns how many.

    A painter inside another network (`blind`'s) is found by its names without the prefix. Raises
    TrainingError if less than half of the given weights fit: they are another design's.
    """
    mine = network.state_dict()
    renamed = dict(weights)
    prefix = "painter."
    if not any(name in mine for name in weights):
        renamed = {f"{prefix}{name}": value for name, value in weights.items()}
    fitting = {
        name: value
        for name, value in renamed.items()
        if name in mine and mine[name].shape == value.shape
    }
    if len(fitting) < len(weights) / 2:
        raise TrainingError(
            f"--from {start}: {len(fitting)} of its {len(weights)} weights fit this design, so "
            "they are another design's; start from a run of this one or of the one before it"
        )
    network.load_state_dict(fitting, strict=False)
    return len(fitting)


def weights_of_colorist(folder: Path) -> Weights:
    """The weights in a voting colorist's ONNX files, named as `ColorNet` names them.

    Normalization is folded into them. Channels that were cut because they were dead come back,
    drawn anew; what they say has no weight yet. Raises TrainingError for other colorists.
    """
    try:
        card = json.loads((folder / "colorist.json").read_text(encoding="utf-8"))
        if card.get("answer", "votes") != "votes":
            raise TrainingError(
                f"{folder}: a colorist that answers with pictures keeps no weights to go on from; "
                "start from its run"
            )
        encode, color = (onnx.load(folder / f"{name}.onnx") for name in ("encode", "color"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{folder}: cannot be read ({error}); export it again") from error
    weights = {f"encoder.{name}": value for name, value in _weights(encode).items()}
    weights |= _weights(color) | {"bins": torch.tensor(card["bins"])}
    network = ColorNet(weights["bins"])
    without_normalization(network)
    whole = network.state_dict()
    return {name: _grown(value, whole[name]) for name, value in weights.items()}


def _grown(value: Tensor, whole: Tensor) -> Tensor:
    """`value` as large as `whole`: new rows are those of `whole`, old rows have 0 in new columns.

    So a wider network answers as the narrow one did (Chen, Goodfellow, Shlens, "Net2Net", 2016).
    """
    out = whole.clone()
    out[: len(value)] = 0
    out[tuple(slice(length) for length in value.shape)] = value
    return out


def _weights(model: onnx.ModelProto) -> Weights:
    """By name, in 32 bits. A linear layer whose weight lost its name has it of its bias."""
    model = unquantized(model)
    values = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    named = {}
    for name, value in values.items():
        whole = name.removesuffix("_half")
        if whole.endswith((".weight", ".bias")):
            named[whole] = torch.from_numpy(value.copy()).float()
    for node in model.graph.node:
        if node.op_type not in ("Gemm", "Conv") or len(node.input) < 3:
            continue
        weight, bias = node.input[1], node.input[2]
        kept = weight if weight in values else f"{weight}_half"
        if kept in values and bias.removesuffix("_half").endswith(".bias"):
            whole = bias.removesuffix("_half").removesuffix("bias") + "weight"
            named[whole] = torch.from_numpy(values[kept].copy()).float()
    return named


def _colorist(start: str) -> Path | None:
    bundled = Path(irodori.color.__file__).parent / "colorists" / start
    for folder in (Path(start), bundled):
        if (folder / "colorist.json").is_file():
            return folder
    return None
