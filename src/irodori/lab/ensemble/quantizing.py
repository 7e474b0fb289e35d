"""ONNX graphs with 8-bit weights and activations, back again, and with small weights at zero."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from irodori.lab.errors import LabError

Feed = Mapping[str, NDArray[Any]]
"""Inputs of a graph by name."""

_SMALLEST = 256  # weights with fewer numbers are left as they are: biases, scales


def quantize(source: Path, target: Path, feeds: Iterable[Feed]) -> None:
    """Writes `target`, the graph of `source` with convolutions and products in INT8.

    feeds: typical inputs, a dozen or more, from which the range of every activation is read; names
    that the graph does not take are left out. One scale per channel for weights (Jacob et al., CVPR
    2018; onnxruntime's static quantization), of which 7 bits are used: with 8, processors that lack
    VNNI overflow where they add two products.
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    whole = _with_whole_weights(unquantized(onnx.load(source)))
    taken = {each.name for each in whole.graph.input}

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._feeds: Iterator[Feed] = iter(feeds)

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            for found in self._feeds:
                return {name: found[name] for name in found.keys() & taken}
            return None

    with tempfile.TemporaryDirectory(dir=target.parent) as beside, _quiet_log():
        plain = Path(beside) / "plain.onnx"
        onnx.save(whole, str(plain))
        quantize_static(
            str(plain),
            str(target),
            Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Gemm", "MatMul"],
            nodes_to_exclude=_without_weights(whole),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def _without_weights(model: Any) -> list[str]:
    """Products of two activations: 8 bits of both would save little and err much."""
    stored = {each.name for each in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.op_type in ("Gemm", "MatMul")]
    return [node.name for node in nodes if not stored.intersection(node.input[:2])]


def unquantized(model: Any) -> Any:
    """The graph as it was before `quantize`: no activation rounded, large weights 16-bit floats.

    Their 8 bits stay what is known of them. A graph that is not quantized stays as it is, and so
    does what computes with integers. The model is changed in place.
    """
    values = {each.name: each for each in model.graph.initializer}
    rounded = _only_rounded(model)
    instead: dict[str, str] = {}
    seen: set[str] = set()
    kept = []
    for node in model.graph.node:
        stored = node.input[0] if node.input else ""
        if rounded.intersection((stored, *node.output)):
            instead[node.output[0]] = stored
        elif node.op_type == "DequantizeLinear" and values.keys() >= set(filter(None, node.input)):
            name = _freed(stored, values)
            if stored not in seen:
                kept += _kept(_dequantized(node, values), name, model)
            seen.add(stored)
            if name != node.output[0]:
                instead[node.output[0]] = name
        else:
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    _rename(model, instead)
    read = {name for node in model.graph.node for name in node.input}
    left = [each for each in model.graph.initializer if each.name in read]
    del model.graph.initializer[:]
    model.graph.initializer.extend(left)
    return model


def _only_rounded(model: Any) -> set[str]:
    """Outputs of QuantizeLinear that nothing reads but DequantizeLinear."""
    made = {node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    others = [node for node in model.graph.node if node.op_type != "DequantizeLinear"]
    used = {name for node in others for name in node.input}
    return made - used - {each.name for each in model.graph.output}


def _freed(stored: str, taken: Mapping[str, Any]) -> str:
    """The name that 8-bit integers had as floats."""
    name = stored.removesuffix("_quantized")
    return f"{stored}_whole" if name in taken else name


def _kept(whole: NDArray[np.float32], name: str, model: Any) -> list[Any]:
    """Keeps floats in `model` under that name, many as halves with a Cast behind, as exports do."""
    if whole.size < _SMALLEST:
        model.graph.initializer.append(numpy_helper.from_array(whole, name))
        return []
    half = numpy_helper.from_array(whole.astype(np.float16), f"{name}_half")
    model.graph.initializer.append(half)
    return [helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)]


def _dequantized(node: Any, values: Mapping[str, Any]) -> NDArray[np.float32]:
    stored, scale, *zero = (numpy_helper.to_array(values[name]) for name in node.input if name)
    axis = next((each.i for each in node.attribute if each.name == "axis"), 1)
    along = [-1 if place == axis % stored.ndim else 1 for place in range(stored.ndim)]
    along = along if scale.ndim else []
    shift = zero[0].astype(np.float32).reshape(along) if zero else np.float32(0)
    return np.asarray((stored - shift) * scale.reshape(along), np.float32)


def _rename(model: Any, instead: Mapping[str, str]) -> None:
    """Reads what `instead` leads to; what the graph answers keeps its name."""

    def source(name: str) -> str:
        while name in instead:
            name = instead[name]
        return name

    answers = {source(each.name): each.name for each in model.graph.output}
    for node in model.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                found = source(name)
                names[place] = answers.get(found, found)


@contextmanager
def _quiet_log() -> Iterator[None]:
    """The quantizer advises through the root logger; nobody asked."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)


def prune_graphs(sources: Mapping[Path, Path], sparsity: float) -> None:
    """Writes graphs (source -> target) with the share `sparsity` of all their weights at zero.

    The smallest go, over all the graphs together, as `prune` does with a module. Raises LabError.
    """
    if not 0 <= sparsity < 1:
        raise LabError(f"sparsity {sparsity:g}: must be at least 0 and below 1")
    models = {source: unquantized(onnx.load(source)) for source in sources}
    weights = [weight for model in models.values() for weight in _weights(model)]
    if not weights:
        raise LabError(f"{', '.join(map(str, sources))}: holds no weights that could be pruned")
    sizes = np.concatenate([np.abs(numpy_helper.to_array(each)).ravel() for each in weights])
    cut = round(sparsity * len(sizes))
    kept = np.ones(len(sizes), np.bool_)
    kept[np.argsort(sizes, kind="stable")[:cut]] = False
    start = 0
    for weight in weights:
        values = numpy_helper.to_array(weight)
        mask = kept[start : start + values.size].reshape(values.shape)
        weight.CopyFrom(numpy_helper.from_array(values * mask, weight.name))
        start += values.size
    for source, target in sources.items():
        onnx.save(models[source], str(target))


def _weights(model: Any) -> list[Any]:
    """Float tensors of a graph with two axes or more, and not small."""
    kinds = (TensorProto.FLOAT, TensorProto.FLOAT16)
    return [
        each
        for each in model.graph.initializer
        if each.data_type in kinds and len(each.dims) >= 2 and np.prod(each.dims) >= _SMALLEST
    ]


def _with_whole_weights(model: Any) -> Any:
    """Weights stored as halves behind a Cast, as floats: the quantizer looks for those."""
    halves = {each.name: each for each in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        weight = halves.get(node.input[0]) if node.op_type == "Cast" else None
        if weight is None:
            kept.append(node)
            continue
        whole = numpy_helper.to_array(weight).astype(np.float32)
        weight.CopyFrom(numpy_helper.from_array(whole, node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model
