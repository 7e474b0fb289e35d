"""ONNX graphs with 8-bit weights and activations, and with their smallest weights at zero."""

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
from onnx import TensorProto, numpy_helper

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

    whole = _with_whole_weights(onnx.load(source))
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
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


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
    models = {source: onnx.load(source) for source in sources}
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
