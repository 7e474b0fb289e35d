"""Line networks from ONNX files: free or fixed sides, any range, either polarity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from irodori.collection.errors import CollectionError
from irodori.collection.line_network import OnnxLines


def network(
    path: Path, shape: list[object] | None = None, *, invert: bool = False, outputs: int = 1
) -> Path:
    """A network whose line art is the mean of the channels, or one less it."""
    shape = shape or [1, 3, "height", "width"]
    nodes = [helper.make_node("ReduceMean", ["picture"], ["mean"], axes=[1], keepdims=1)]
    nodes += [helper.make_node("Neg", ["mean"], ["minus"])]
    nodes += [helper.make_node("Add", ["minus", "one"], ["turned"])]
    names = ["turned" if invert else "mean", "minus"][:outputs]
    graph = helper.make_graph(
        nodes,
        "lines",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, *shape[2:]])
            for name in names
        ],
        [helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


@pytest.fixture
def drawing() -> np.ndarray:
    """White paper with a black bar, uint8 (45, 70, 3)."""
    picture = np.full((45, 70, 3), 255, np.uint8)
    picture[10:20, 30:60] = 0
    return picture


@pytest.mark.parametrize("shape", [[1, 3, "h", "w"], [1, 3, 90, 140], [1, 1, "h", "w"]])
@pytest.mark.parametrize("invert", [False, True])
def test_ink_is_where_the_lines_are(
    tmp_path: Path, drawing: np.ndarray, shape: list[object], invert: bool
) -> None:
    lines = OnnxLines(network(tmp_path / "lines.onnx", shape, invert=invert))
    ink = lines(drawing)
    assert ink.shape == (45, 70)
    assert ink.dtype == np.float32
    assert ink[12:18, 33:57].min() > 0.99
    assert ink[25:].max() < 0.01


def test_a_signed_network_reads_and_answers_minus_one_to_one(
    tmp_path: Path, drawing: np.ndarray
) -> None:
    path = network(tmp_path / "lines.onnx")
    np.testing.assert_allclose(
        OnnxLines(path, signed=True)(drawing), OnnxLines(path)(drawing), atol=1e-6
    )


def test_files_that_are_no_line_network(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="no such file"):
        OnnxLines(tmp_path / "nowhere.onnx")
    (tmp_path / "text.onnx").write_text("not a network")
    with pytest.raises(CollectionError, match="no network in ONNX"):
        OnnxLines(tmp_path / "text.onnx")
    with pytest.raises(CollectionError, match="takes one picture"):
        OnnxLines(network(tmp_path / "four.onnx", [1, 4, "h", "w"]))
    with pytest.raises(CollectionError, match="gives 2 outputs"):
        OnnxLines(network(tmp_path / "two.onnx", outputs=2))
