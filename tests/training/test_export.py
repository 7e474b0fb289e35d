"""ONNX computes what PyTorch computes, on odd sizes; a network that differs is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.network.colornet import PALETTE_SLOTS, ColorNet
from irodori.training import export as exporting

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def network() -> ColorNet:
    torch.manual_seed(0)
    network = ColorNet(torch.rand(24, 3))
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # a plain average: statistics as after some training
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(2, 1, 64, 96), torch.rand(2, 8, 16, 24), torch.rand(2, 16, 4))
    return network.eval()


@pytest.fixture(scope="module")
def folder(network: ColorNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mine")
    exporting.export(network, folder, name="mine")
    return folder


@pytest.mark.parametrize("size", [(33, 57), (128, 96), (251, 401), (8, 9)])
@torch.no_grad()
def test_both_graphs_agree_with_torch(
    network: ColorNet, folder: Path, size: tuple[int, int]
) -> None:
    torch.manual_seed(sum(size))
    ink = torch.rand(1, 1, *size)
    hints = torch.rand(1, 8, *(-(-side // 4) for side in size))
    hints[:, 0:3] *= hints[:, 3:4]
    hints[:, 4:7] *= hints[:, 7:8]
    palette = torch.rand(1, PALETTE_SLOTS, 4)
    network = exporting.deployed(network)
    fine, coarse = network.encoder(ink)
    expected = exporting.ColorGraph(network)(fine, coarse, hints, palette)
    features = onnxruntime.InferenceSession(folder / "encode.onnx").run(None, {"ink": ink.numpy()})
    for feature, right in zip(features, (fine, coarse), strict=True):
        assert np.abs(feature - right.numpy()).max() <= 1e-3 * max(1, right.abs().max().item())
    answers = onnxruntime.InferenceSession(folder / "color.onnx").run(
        None,
        {
            "fine": features[0],
            "coarse": features[1],
            "hints": hints.numpy(),
            "palette": palette.numpy(),
        },
    )
    for answer, right in zip(answers, expected, strict=True):
        assert answer.shape == tuple(right.shape)
        assert np.abs(answer - right.numpy()).max() <= 1e-3


def test_the_files_are_small_enough_to_ship(folder: Path) -> None:
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert 8 * MEGABYTE < size < 16 * MEGABYTE


def test_what_was_exported_colours(folder: Path) -> None:
    ink = np.zeros((70, 110), np.float32)
    ink[20:50, 40:42] = 1
    assert Colorist.load(folder).colorize(Drawing(ink)).flats.shape == (70, 110, 3)


def test_an_export_that_differs_is_refused(
    network: ColorNet, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(5)
    other = ColorNet(torch.rand(24, 3)).eval()
    with pytest.raises(exporting.ExportError, match="differ by"):
        exporting._compare(other, exporting.ColorGraph(other).eval(), folder, (61, 44))
