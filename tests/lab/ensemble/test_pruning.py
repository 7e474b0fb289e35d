"""What is pruned is the smallest, as much as was asked; it stays at zero while training goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from irodori.lab.ensemble.curve import Variant, figure, packed_size, table
from irodori.lab.ensemble.pruning import l1, prune, settle, sparsity_of
from irodori.lab.ensemble.quantizing import prune_graphs, quantize, unquantized
from irodori.lab.errors import LabError


def small() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 8, 3)
    ).eval()


@given(st.floats(0, 0.99))
def test_as_much_as_was_asked_and_the_smallest(share: float) -> None:
    model = small()
    before = torch.cat([model[0].weight.flatten(), model[3].weight.flatten()]).abs().detach()
    norm = model[1].weight.clone()
    prune(model, share)
    after = torch.cat([model[0].weight.flatten(), model[3].weight.flatten()]).abs().detach()
    assert sparsity_of(model) == pytest.approx(share, abs=1 / len(before))
    gone = after == 0
    if gone.any() and not gone.all():
        assert float(before[gone].max()) <= float(before[~gone].min())
    assert torch.equal(after[~gone], before[~gone])
    assert torch.equal(model[1].weight, norm)


def test_training_keeps_zeros_and_settling_keeps_values() -> None:
    model = small().train()
    prune(model, 0.6)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    for _ in range(3):
        loss = model(torch.randn(4, 3, 9, 11)).square().mean() + 1e-4 * l1(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    given = torch.randn(2, 3, 9, 11)
    model.eval()
    expected = model(given)
    settle(model)
    assert sparsity_of(model) == pytest.approx(0.6, abs=0.01)
    assert torch.equal(model(given), expected)
    assert set(model.state_dict()) == set(small().state_dict())


def test_more_can_go_later() -> None:
    model = small()
    prune(model, 0.3)
    prune(model, 0.8)
    settle(model)
    assert sparsity_of(model) == pytest.approx(0.8, abs=0.01)


def test_l1_is_the_sum_of_magnitudes() -> None:
    model = nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[3.0, -4.0]]))
    assert l1(model).item() == 7.0


def test_what_cannot_be_pruned() -> None:
    with pytest.raises(LabError, match="must be at least 0 and below 1"):
        prune(small(), 1.0)
    with pytest.raises(LabError, match="ReLU has no layer"):
        prune(nn.ReLU(), 0.5)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "small.onnx"
    weights = [("a", (16, 3, 3, 3)), ("b", (8, 16, 3, 3))]
    random = np.random.default_rng(0)
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [
                onnx.helper.make_node("Cast", ["a_half"], ["a"], to=onnx.TensorProto.FLOAT),
                onnx.helper.make_node("Conv", ["x", "a"], ["h"], pads=[1, 1, 1, 1]),
                onnx.helper.make_node("Relu", ["h"], ["r"]),
                onnx.helper.make_node("Conv", ["r", "b"], ["y"]),
            ],
            "small",
            [onnx.helper.make_tensor_value_info("x", 1, [1, 3, "h", "w"])],
            [onnx.helper.make_tensor_value_info("y", 1, [1, 8, "i", "j"])],
            [
                onnx.numpy_helper.from_array(
                    random.normal(size=shape).astype(np.float16 if name == "a" else np.float32),
                    "a_half" if name == "a" else name,
                )
                for name, shape in weights
            ],
        ),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.save(model, path)
    return path


def answer(graph: Path, given: np.ndarray) -> np.ndarray:
    found: np.ndarray = onnxruntime.InferenceSession(graph).run(None, {"x": given})[0]
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_int8_answers_nearly_the_same(graph: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    feeds = [{"x": random.normal(size=(1, 3, 20, 24)).astype(np.float32)} for _ in range(8)]
    quantize(graph, tmp_path / "int8.onnx", feeds)
    given = random.normal(size=(1, 3, 17, 30)).astype(np.float32)
    expected, found = answer(graph, given), answer(tmp_path / "int8.onnx", given)
    off = np.abs(found - expected).mean() / np.abs(expected).mean()
    assert 0 < off < 0.05
    kinds = {each.data_type for each in onnx.load(tmp_path / "int8.onnx").graph.initializer}
    assert onnx.TensorProto.INT8 in kinds


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_was_quantized_becomes_floats_again(graph: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    given = random.normal(size=(1, 3, 17, 30)).astype(np.float32)
    small, again = tmp_path / "int8.onnx", tmp_path / "again.onnx"
    quantize(graph, small, [{"x": given}])
    onnx.save(unquantized(onnx.load(small)), again)
    before, after = onnx.load(graph), onnx.load(again)
    onnx.checker.check_model(after)
    kinds = [node.op_type for node in after.graph.node if node.op_type != "Cast"]
    assert kinds == [node.op_type for node in before.graph.node if node.op_type != "Cast"]
    assert {each.name for each in after.graph.initializer} == {"a_half", "b_half"}
    expected, found, rounded = (answer(each, given) for each in (graph, again, small))
    off = np.abs(found - expected).mean()
    assert 0 < off < min(np.abs(rounded - expected).mean(), 0.02 * np.abs(expected).mean())
    twice = tmp_path / "twice.onnx"
    quantize(small, twice, [{"x": given}])
    assert np.abs(answer(twice, given) - rounded).max() < 0.02 * np.abs(expected).max()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_weights_that_others_quantized_become_floats(tmp_path: Path) -> None:
    """No zero point, one scale, a name without a suffix, and one weight read twice."""
    node, stored = onnx.helper.make_node, onnx.numpy_helper.from_array
    weight = np.random.default_rng(0).integers(-9, 9, (3, 3, 1, 1)).astype(np.int8)
    made = onnx.helper.make_graph(
        [
            node("DequantizeLinear", ["w", "s"], ["w1"]),
            node("Conv", ["x", "w1"], ["h"]),
            node("DequantizeLinear", ["w", "s"], ["w2"]),
            node("Conv", ["h", "w2"], ["y"]),
        ],
        "foreign",
        [onnx.helper.make_tensor_value_info("x", 1, [1, 3, "h", "w"])],
        [onnx.helper.make_tensor_value_info("y", 1, [1, 3, "h", "w"])],
        [stored(weight, "w"), stored(np.float32(0.25), "s")],
    )
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(made, opset_imports=[opset], ir_version=8)
    before, after = tmp_path / "before.onnx", tmp_path / "after.onnx"
    onnx.save(model, before)
    onnx.save(unquantized(onnx.load(before)), after)
    given = np.random.default_rng(1).normal(size=(1, 3, 5, 7)).astype(np.float32)
    np.testing.assert_allclose(answer(after, given), answer(before, given), rtol=1e-5)
    (left,) = onnx.load(after).graph.initializer
    assert np.array_equal(onnx.numpy_helper.to_array(left), weight * np.float32(0.25))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_computes_with_integers_stays(tmp_path: Path) -> None:
    node, stored = onnx.helper.make_node, onnx.numpy_helper.from_array
    made = onnx.helper.make_graph(
        [
            node("QuantizeLinear", ["x", "s", "z"], ["q"]),
            node("ConvInteger", ["q", "w", "z"], ["i"]),
            node("Cast", ["i"], ["y"], to=onnx.TensorProto.FLOAT),
        ],
        "integers",
        [onnx.helper.make_tensor_value_info("x", 1, [1, 3, "h", "w"])],
        [onnx.helper.make_tensor_value_info("y", 1, [1, 2, "h", "w"])],
        [
            stored(np.ones((2, 3, 1, 1), np.uint8), "w"),
            stored(np.float32(0.25), "s"),
            stored(np.uint8(128), "z"),
        ],
    )
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(made, opset_imports=[opset], ir_version=8)
    path = tmp_path / "integers.onnx"
    onnx.save(model, path)
    assert unquantized(onnx.load(path)) == model


def test_a_graph_in_floats_stays_as_it_is(graph: Path) -> None:
    assert unquantized(onnx.load(graph)) == onnx.load(graph)


def test_graphs_lose_their_smallest_weights(graph: Path, tmp_path: Path) -> None:
    prune_graphs({graph: tmp_path / "sparse.onnx"}, 0.75)
    weights = [
        onnx.numpy_helper.to_array(each)
        for each in onnx.load(tmp_path / "sparse.onnx").graph.initializer
    ]
    zeros = sum((each == 0).sum() for each in weights) / sum(each.size for each in weights)
    assert zeros == pytest.approx(0.75, abs=0.001)
    assert packed_size([tmp_path / "sparse.onnx"]) < packed_size([graph])
    prune_graphs({graph: tmp_path / "whole.onnx"}, 0.0)
    given = np.ones((1, 3, 6, 7), np.float32)
    assert np.array_equal(answer(tmp_path / "whole.onnx", given), answer(graph, given))
    with pytest.raises(LabError, match="below 1"):
        prune_graphs({graph: tmp_path / "none.onnx"}, 1.0)


def test_a_curve_is_readable() -> None:
    variants = [
        Variant("as it is", {"dE00 at 0": 12.5, "loss": 0.5}, 14_500_000, 13_000_000, 40.0),
        Variant("int8", {"dE00 at 0": 12.75, "loss": 0.6}, 7_300_000, 6_000_000, 21.0),
    ]
    lines = table(variants).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[2].split() == ["int8", "12.75", "0.60", "7.30", "6.00", "21.0"]
    drawn = figure(variants)
    assert [axis.get_xlabel() for axis in drawn.axes] == ["MB zipped", "ms for one answer"]
