"""What is cut was never awake, and without it the graph answers the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.lab.ensemble.dead import cut_dead
from irodori.lab.errors import LabError

SHAPES = {"a": (48, 2, 3), "b": (8, 48, 3), "c": (40, 8, 3), "d": (8, 40, 3), "e": (24, 8, 1)}
SHAPES |= {"f": (24, 24, 1)}


def graph(dead: int, path: Path, half: str = "") -> Path:
    """Links that may be cut, a-b and c-d around a skip, and e, whose ReLU is read twice.

    The first `dead` channels of a, c and e are; the weight of `half` is stored as such.
    """
    random = np.random.default_rng(dead)
    node, stored = onnx.helper.make_node, onnx.numpy_helper.from_array
    weights, nodes = [], {}
    for name, (outputs, inputs, side) in SHAPES.items():
        weight = random.normal(size=(outputs, inputs, side, side)).astype(np.float32)
        bias = random.normal(size=outputs).astype(np.float32)
        bias[: dead * (name in "ace")] = -1e4
        weights.append(stored(bias, f"{name}.bias"))
        if name == half:
            weights.append(stored(weight.astype(np.float16), f"{name}_half"))
        else:
            weights.append(stored(weight, name))
        pads = [side // 2] * 4
        nodes[name] = lambda x, y, name=name, pads=pads: node(
            "Conv", [x, name, f"{name}.bias"], [y], pads=pads
        )
    flow = [
        *([node("Cast", [f"{half}_half"], [half], to=onnx.TensorProto.FLOAT)] if half else []),
        nodes["a"]("x", "a0"),
        node("Relu", ["a0"], ["a1"]),
        nodes["b"]("a1", "b0"),
        nodes["c"]("b0", "c0"),
        node("Relu", ["c0"], ["c1"]),
        nodes["d"]("c1", "d0"),
        node("Add", ["b0", "d0"], ["d1"]),
        nodes["e"]("d1", "e0"),
        node("Relu", ["e0"], ["e1"]),
        nodes["f"]("e1", "f0"),
        node("Add", ["e1", "f0"], ["y"]),
    ]
    taken, answered = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, size, "h", "w"])
        for name, size in (("x", 2), ("y", 24))
    )
    made = onnx.helper.make_graph(flow, "net", [taken], [answered], weights)
    opset = onnx.helper.make_opsetid("", 17)
    onnx.save(onnx.helper.make_model(made, opset_imports=[opset], ir_version=8), path)
    return path


def answer(graph: Path, given: np.ndarray) -> np.ndarray:
    found: np.ndarray = onnxruntime.InferenceSession(graph).run(None, {"x": given})[0]
    return found


def drawn(count: int) -> list[dict[str, np.ndarray]]:
    random = np.random.default_rng(0)
    return [{"x": random.random((1, 2, 9, 14)).astype(np.float32)} for _ in range(count)]


@settings(deadline=None)
@given(st.integers(0, 24))
def test_the_answer_stays(dead: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole, small = graph(dead, Path(folder) / "whole.onnx"), Path(folder) / "small.onnx"
        cut = cut_dead(whole, small, [each | {"other": each["x"]} for each in drawn(8)])
        left = {each.name: list(each.dims) for each in onnx.load(small).graph.initializer}
        assert cut.channels == 48 + 40
        assert left["a"][0] + left["c"][0] == 88 - cut.dead
        assert left["b"][1] == left["a"][0] == left["a.bias"][0]
        assert left["a"][0] % 16 == 0
        assert left["e"][0] == 24, "what is read twice must stay"
        assert cut.dead >= dead // 16 * 16
        later = np.random.default_rng(1).random((1, 2, 21, 10)).astype(np.float32)
        expected = answer(whole, later)
        close = 1e-5 * np.abs(expected).max()
        np.testing.assert_allclose(answer(small, later), expected, rtol=0, atol=close)


def test_what_no_input_wakes_is_gone(tmp_path: Path) -> None:
    """Were it awake after all: its say is missing, so inputs must be typical."""
    whole, small = graph(0, tmp_path / "whole.onnx"), tmp_path / "small.onnx"
    dark = [{"x": np.zeros((1, 2, 9, 14), np.float32)}]
    assert cut_dead(whole, small, dark).dead > 0
    assert np.abs(answer(small, drawn(1)[0]["x"]) - answer(whole, drawn(1)[0]["x"])).max() > 1


def test_all_dead_leaves_a_block(tmp_path: Path) -> None:
    whole, small = graph(48, tmp_path / "whole.onnx"), tmp_path / "small.onnx"
    assert cut_dead(whole, small, drawn(2)).dead == 48 - 16 + 40 - 16
    later = drawn(3)[2]["x"]
    np.testing.assert_allclose(answer(small, later), answer(whole, later), rtol=1e-5)


def test_halves_stay_halves(tmp_path: Path) -> None:
    whole, small = graph(20, tmp_path / "whole.onnx", half="a"), tmp_path / "small.onnx"
    cut_dead(whole, small, drawn(4))
    found = {each.name: each for each in onnx.load(small).graph.initializer}
    assert found["a_half"].data_type == onnx.TensorProto.FLOAT16
    assert found["a_half"].dims[0] == 32


def changed(path: Path, change: Callable[[onnx.GraphProto], None]) -> Path:
    model = onnx.load(path)
    change(model.graph)
    onnx.save(model, path)
    return path


def test_shared_weights_stay(tmp_path: Path) -> None:
    """The weight of a has a second reader, who would miss what is cut."""

    def share(graph: onnx.GraphProto) -> None:
        graph.node.append(onnx.helper.make_node("Identity", ["a"], ["again"]))

    whole = changed(graph(20, tmp_path / "whole.onnx"), share)
    cut_dead(whole, tmp_path / "small.onnx", drawn(4))
    left = {
        each.name: each.dims[0] for each in onnx.load(tmp_path / "small.onnx").graph.initializer
    }
    assert left["a"] == 48
    assert left["c"] < 40


def test_a_graph_without_links_is_copied(tmp_path: Path) -> None:
    def unlink(graph: onnx.GraphProto) -> None:
        for node in graph.node:
            if node.op_type == "Relu":
                node.op_type = "Tanh"

    whole = changed(graph(20, tmp_path / "whole.onnx"), unlink)
    assert cut_dead(whole, tmp_path / "small.onnx", []).channels == 0
    later = drawn(1)[0]["x"]
    assert np.array_equal(answer(tmp_path / "small.onnx", later), answer(whole, later))


def test_nothing_to_look_with(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="give some that are typical"):
        cut_dead(graph(0, tmp_path / "whole.onnx"), tmp_path / "small.onnx", [])
    assert not (tmp_path / "small.onnx").exists()
