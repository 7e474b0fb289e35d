"""ONNX computes what PyTorch computes, on odd sizes; a network that differs is refused.

Every design becomes a colorist that colors, obeys hints and needs no PyTorch.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.hints import Dab, Hints
from irodori.color.palette import Palette
from irodori.network.colornet import ColorNet
from irodori.training import export as exporting
from irodori.training.design import Kit
from irodori.training.designs import DESIGNS, build
from irodori.training.errors import ExportError, TrainingError
from irodori.training.loop import train
from irodori.training.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

MEGABYTE = 1_000_000
PICTURES = [name for name in DESIGNS if name != "quick"]


def settle(network: torch.nn.Module) -> None:
    """Statistics of normalization as after some training."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # a plain average
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(2, 1, 64, 96), torch.rand(2, 8, 16, 24), torch.rand(2, 16, 4))
    network.eval()


@pytest.fixture(scope="module")
def network() -> ColorNet:
    torch.manual_seed(0)
    network = ColorNet(torch.rand(24, 3))
    settle(network)
    return network


@pytest.fixture(scope="module")
def folder(network: ColorNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    with exporting.quietly():
        exporting.export(network, folder, name="mine")
    return folder


def house(height: int = 70, width: int = 110) -> Drawing:
    ink = np.zeros((height, width), np.float32)
    ink[20:50, 40:42] = ink[20:50, 80:82] = 1
    ink[20:22, 40:82] = ink[48:50, 40:82] = 1
    return Drawing(ink)


@pytest.mark.parametrize("size", [(33, 57), (128, 96), (251, 401), (8, 9)])
@torch.no_grad()
def test_both_graphs_agree_with_torch(
    network: ColorNet, folder: Path, size: tuple[int, int]
) -> None:
    ink, hints, palette = exporting._conditions(size)
    whole = exporting.deployed(network)
    fine, coarse = whole.encoder(ink)
    expected = exporting.ColorGraph(whole)(fine, coarse, hints, palette)
    features = onnxruntime.InferenceSession(folder / "encode.onnx").run(None, {"ink": ink.numpy()})
    for feature, right in zip(features, (fine, coarse), strict=True):
        assert np.abs(feature - right.numpy()).max() <= 1e-3 * max(1, right.abs().max().item())
    given = {"fine": features[0], "coarse": features[1]}
    answers = onnxruntime.InferenceSession(folder / "color.onnx").run(
        None, given | {"hints": hints.numpy(), "palette": palette.numpy()}
    )
    for answer, right in zip(answers, expected, strict=True):
        assert answer.shape == tuple(right.shape)
        assert np.abs(answer - right.numpy()).max() <= 1e-3


@torch.no_grad()
def test_a_graph_answers_what_the_network_votes(network: ColorNet) -> None:
    """Written out here as what it means; the graph has faster ways to the same."""
    ink, hints, palette = exporting._conditions((33, 57))
    fine, coarse = network.encoder(ink)
    votes, _, color, confidence = exporting.ColorGraph(network)(fine, coarse, hints, palette)
    rows, columns = hints.shape[2:]
    expected = network(ink, hints, palette)[0].exp()[:, :, :rows, :columns]
    fixed = torch.cat([network.bins, palette[0, :, :3]]).T[None, :, :, None, None]
    flowing = hints[:, 4:7] / hints[:, 7:8].clamp(min=1e-6)
    mean = (expected[:, None, :-1] * fixed).sum(2) + expected[:, -1:] * flowing
    torch.testing.assert_close(votes, expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(color, mean, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(confidence, expected.amax(1, keepdim=True), atol=1e-5, rtol=1e-4)


def test_the_files_are_small_enough_to_ship(folder: Path) -> None:
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert 8 * MEGABYTE < size < 16 * MEGABYTE


def test_what_was_exported_colors(folder: Path) -> None:
    assert Colorist.load(folder).colorize(house()).flats.shape == (70, 110, 3)


@pytest.mark.parametrize("shade", [True, False])
def test_a_colorist_shades_unless_told_not_to(
    network: ColorNet, tmp_path: Path, shade: bool
) -> None:
    dark = copy.deepcopy(network)
    dark.painter.to_shade.bias.data.fill_(-6)  # type: ignore[union-attr]
    folder = exporting.write_colorist(dark, tmp_path / "dark", name="", work_size=64, shade=shade)
    coloring = Colorist.load(folder).colorize(house())
    assert (coloring.shade < 255).any() == shade


def test_an_export_that_differs_is_refused(network: ColorNet, folder: Path) -> None:
    torch.manual_seed(5)
    other = ColorNet(torch.rand(24, 3)).eval()
    with pytest.raises(ExportError, match="differ by"):
        exporting._compare(other, exporting.ColorGraph(other).eval(), folder, (61, 44))


@pytest.fixture(scope="module", params=PICTURES)
def painted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[torch.nn.Module, Path]:
    """A design that answers with a picture, in its simplest self, and the colorist made of it."""
    torch.manual_seed(1)
    design = build(request.param, Kit(colors=torch.zeros(1, 3), debug=request.param != "transfer"))
    settle(design.network)
    folder = tmp_path_factory.mktemp(request.param)
    with exporting.quietly():
        exporting.export(design.network, folder, name=request.param, work_size=128)
    return exporting.deployed(design.network), folder


class TestPictures:
    @pytest.mark.parametrize("size", [(36, 60), (128, 96), (252, 404), (8, 12)])
    @torch.no_grad()
    def test_the_graph_agrees_with_torch(
        self, painted: tuple[torch.nn.Module, Path], size: tuple[int, int]
    ) -> None:
        network, folder = painted
        ink, hints, palette = exporting._conditions(size)
        graph = exporting.PictureGraph(getattr(network, "painter", network))
        expected = graph(ink, hints, palette)
        session = onnxruntime.InferenceSession(folder / "color.onnx")
        given = {"ink": ink, "hints": hints, "palette": palette}
        wanted = {each.name: given[each.name].numpy() for each in session.get_inputs()}
        (answer,) = session.run(None, wanted)
        assert answer.shape == tuple(expected.shape) == (1, 3, size[0] // 4, size[1] // 4)
        assert np.abs(answer - expected.numpy()).max() <= 1e-3

    def test_it_colors_and_obeys(self, painted: tuple[torch.nn.Module, Path]) -> None:
        colorist = Colorist.load(painted[1])
        assert colorist.work_size == 128
        drawing = house()
        plain = colorist.colorize(drawing)
        assert plain.flats.shape == (70, 110, 3)
        hinted = colorist.colorize(drawing, Hints((Dab(60, 35, (200, 30, 90)),)))
        assert tuple(hinted.flats[35, 60]) == (200, 30, 90)
        assert np.array_equal(plain.flats, colorist.colorize(drawing).flats)
        colorist.colorize(drawing, palette=Palette.of([(10, 20, 200)]), seed=3)

    def test_only_who_proposes_has_several_answers(
        self, painted: tuple[torch.nn.Module, Path]
    ) -> None:
        card = json.loads((painted[1] / "colorist.json").read_text())
        assert card["answer"] == "picture"
        assert card["proposes"] == (card["name"] == "blind")
        assert (painted[1] / "propose.onnx").exists() == card["proposes"]
        assert not (painted[1] / "encode.onnx").exists()


def test_a_run_becomes_a_colorist(tiny: Callable[..., Recipe], tmp_path: Path) -> None:
    run = train(tiny("blind", steps=2, every=1), tmp_path / "runs", quiet=True)
    out = exporting.export_run(run, tmp_path / "mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "runs"]
    assert Colorist.load(out).name == "mine"
    with pytest.raises(TrainingError, match="exists"):
        exporting.export_run(run, out)
    exporting.export_run(run, out, force=True)
    # After two steps the painter does not heed its palette yet; the proposer has several.
    assert len(set(Colorist.load(out).inspire(house(), 3))) == 3


def test_any_checkpoint_can_be_exported(tiny: Callable[..., Recipe], tmp_path: Path) -> None:
    run = train(tiny("baseline", steps=2, every=1), tmp_path / "runs", quiet=True)
    first, last = (exporting.export_run(run, tmp_path / str(n), step=n) for n in (0, 2))
    asked = {"ink": np.ones((1, 1, 32, 64), np.float32), "hints": np.ones((1, 8, 8, 16), "f")}
    colors = [
        onnxruntime.InferenceSession(folder / "color.onnx").run(["color"], asked)[0]
        for folder in (first, last)
    ]
    assert np.abs(colors[0] - colors[1]).max() > 0
    with pytest.raises(TrainingError, match=r"no checkpoint of step 7; there are 0, 1, 2"):
        exporting.export_run(run, tmp_path / "other", step=7)


def test_a_run_without_checkpoint(tiny: Callable[..., Recipe], tmp_path: Path) -> None:
    import shutil

    run = train(tiny("baseline", steps=1, every=1), tmp_path / "runs", quiet=True)
    shutil.rmtree(run.folder / "checkpoints")
    with pytest.raises(TrainingError, match="no checkpoint yet"):
        exporting.export_run(run, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_an_exported_design_needs_no_torch(
    painted: tuple[torch.nn.Module, Path], drawing: Path
) -> None:
    code = (
        "import sys\n"
        "for name in 'torch lightning_fabric onnx onnxscript safetensors'.split():\n"
        "    sys.modules[name] = None\n"
        "from irodori.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "colorize", str(drawing), "--colorist", str(painted[1])]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert drawing.with_suffix(".colored.png").exists()
