"""Labels by an ONNX tagger whose answers are known: it looks at the mean color."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from irodori.cli import main
from irodori.collection.errors import CollectionError
from irodori.collection.label import Tagger, count_characters, from_hub, label_step, square
from irodori.collection.steps import run_step
from irodori.collection.store import Collection

TAGS = """tag_id,name,category,count
1,general,9,10
2,sensitive,9,10
3,1girl,0,10
4,2girls,0,10
5,1boy,0,10
"""
# Scores of the tags above, from the mean of the three channels as the network sees them, in 0..1.
WEIGHTS = np.array([[0.1, 0.9, 1, 0, 0], [0.1, 0.1, 0, 1, 0], [0.9, 0.1, 0, 0, 1]], np.float32)


def write_tagger(path: Path, *, last: bool, side: int = 32, logits: bool = False) -> None:
    """A network that gives the mean color times WEIGHTS, for NHWC or NCHW."""
    shape = ["N", side, side, 3] if last else ["N", 3, side, side]
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["scores"]),
    ]
    axes = np.array([1, 2] if last else [2, 3], np.int64)
    scale = WEIGHTS * (20 if logits else 1) / 255
    first = [("axes", axes), ("weights", scale.astype(np.float32))]
    if logits:
        nodes.append(helper.make_node("Sub", ["scores", "ten"], ["logits"]))
        first.append(("ten", np.array(10, np.float32)))
    graph = helper.make_graph(
        nodes,
        "tagger",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, ["N", 5])],
        [onnx.numpy_helper.from_array(value, name) for name, value in first],
    )
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)


@pytest.fixture
def colors(tmp_path: Path) -> Collection:
    """Pictures of one color, wider than high, and one that is damaged."""
    made = Collection.create(tmp_path / "colors")
    rows = []
    for name, color in {"red": "red", "green": "lime", "blue": "blue", "half": "red"}.items():
        Image.new("RGB", (64, 32 if name == "half" else 64), color).save(
            made.folder / f"{name}.png"
        )
        rows.append({"id": name, "path": f"{name}.png"})
    (made.folder / "cut.png").write_bytes((made.folder / "red.png").read_bytes()[:60])
    made.add([*rows, {"id": "cut", "path": "cut.png"}])
    return made


@pytest.fixture
def tags(tmp_path: Path) -> Path:
    path = tmp_path / "selected_tags.csv"
    path.write_text(TAGS)
    return path


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("logits", [True, False])
def test_known_pictures_get_the_known_tags(
    last: bool, logits: bool, colors: Collection, tags: Path, tmp_path: Path
) -> None:
    write_tagger(tmp_path / "tagger.onnx", last=last, logits=logits)
    counts = run_step(colors, label_step(Tagger(tmp_path / "tagger.onnx", tags)), workers=1)
    assert (counts.done, counts.failed) == (4, 1)
    rows = {row["id"]: row for row in colors.records()}
    # BGR: blue is the first channel
    assert rows["blue"]["label_tags"] == ["1girl"]
    assert rows["green"]["label_tags"] == ["2girls"]
    assert rows["red"]["label_tags"] == ["1boy"]
    assert [rows[name]["label_rating"] for name in ("blue", "red")] == ["sensitive", "general"]
    assert [rows[name]["label_characters"] for name in ("blue", "green", "red")] == [1, 2, 1]
    # red on white: half of the padded square is white, in all channels
    assert rows["half"]["label_tags"] == ["1boy", "1girl", "2girls"]
    assert rows["half"]["label_characters"] == 3
    assert rows["cut"]["label_tags"] is None
    assert rows["cut"]["label_error"]


def test_other_settings_label_again(colors: Collection, tags: Path, tmp_path: Path) -> None:
    write_tagger(tmp_path / "tagger.onnx", last=True)
    first = Tagger(tmp_path / "tagger.onnx", tags)
    run_step(colors, label_step(first), workers=1)
    assert run_step(colors, label_step(first), workers=1).skipped == 5
    rgb = Tagger(tmp_path / "tagger.onnx", tags, threshold=0.6, channels="rgb")
    assert run_step(colors, label_step(rgb), workers=1).done == 4
    rows = {row["id"]: row["label_tags"] for row in colors.records()}
    assert rows["red"] == ["1girl"]
    assert rows["half"] == ["1girl"]


def test_what_the_network_is_given() -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 255, 255))
    image.putpixel((0, 0), (0, 0, 0, 0))
    given = square(image, 40)
    assert given.shape == (40, 40, 3)
    assert given[20, 20].tolist() == [0, 0, 255]
    assert given[0].min() == given[-1].min() == 255
    assert given[10, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("held", "count"),
    [
        ({"1girl": 0.9, "solo": 0.9}, 1),
        ({"2girls": 0.9, "1girl": 0.4, "1boy": 0.8}, 3),
        ({"6+girls": 0.9, "multiple_girls": 0.9}, 6),
        ({"1other": 0.5}, 1),
        ({"solo": 0.5}, 1),
        ({"no_humans": 0.5}, 0),
        ({"tree": 0.5}, None),
    ],
)
def test_characters_are_counted(held: dict[str, float], count: int | None) -> None:
    assert count_characters(held) == count


def test_the_command(colors: Collection, tags: Path, tmp_path: Path) -> None:
    model = tmp_path / "tagger.onnx"
    write_tagger(model, last=True)
    arguments = [str(colors.folder), "--model", str(model), "--tags", str(tags)]
    assert main(["data", "label", *arguments, "--workers", "1"]) == 0
    assert Collection.open(colors.folder).records("list_contains(label_tags, '2girls')")


def test_models_and_lists_that_cannot_be_used(
    colors: Collection, tags: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    model = tmp_path / "tagger.onnx"
    write_tagger(model, last=True)
    (tmp_path / "junk.onnx").write_bytes(b"no model")
    (tmp_path / "short.csv").write_text("name\na\nb\n")
    (tmp_path / "odd.csv").write_text("tag\na\nb\n")
    label = ("data", "label", colors.folder)
    for first, second, said in [
        (tmp_path / "junk.onnx", tags, "cannot be used as a model"),
        (tmp_path / "none.onnx", tags, "none.onnx"),
        (model, tmp_path / "none.csv", "No such file"),
        (model, tmp_path / "short.csv", "has 2 tags, tagger.onnx scores 5"),
        (model, tmp_path / "odd.csv", "no column name"),
    ]:
        line = refused(*label, "--model", first, "--tags", second, folder=tmp_path)
        assert said in line
    assert "--tags" in refused(*label, "--model", model, folder=tmp_path)


def test_the_hub_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(CollectionError, match="pip install huggingface_hub"):
        from_hub("owner/name")


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, file: str) -> str:
        raise ConnectionError("no route\nto the hub")

    hub = types.ModuleType("huggingface_hub")
    monkeypatch.setattr(hub, "hf_hub_download", fail, raising=False)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    with pytest.raises(CollectionError, match=r"cannot be fetched \(no route\)"):
        from_hub("owner/name")
