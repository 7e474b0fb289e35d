"""The bundled colorist's own ONNX files give back the network that they were made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

import irodori.color
from irodori.lab.ensemble.dead import cut_dead
from irodori.lab.ensemble.quantizing import unquantized
from irodori.network.autoencoder import Autoencoder
from irodori.network.colornet import ColorNet, without_normalization
from irodori.network.palette_unet import PaletteUNet
from irodori.network.proposer import Blind, Proposer
from irodori.training.errors import TrainingError
from irodori.training.start import load_start, read_start

QUICK = Path(irodori.color.__file__).parent / "colorists" / "quick"


def in_floats(graph: str) -> bytes:
    """One of its graphs with the weights that its 8 bits stand for, and nothing rounded."""
    whole: bytes = unquantized(onnx.load(QUICK / f"{graph}.onnx")).SerializeToString()
    return whole


def test_a_colorists_weights_make_the_network_it_was_exported_from(tmp_path: Path) -> None:
    weights = read_start("quick", tmp_path)
    network = ColorNet(weights["bins"])
    without_normalization(network)
    assert weights.keys() == network.state_dict().keys()
    assert load_start(network, weights, "quick") == len(weights)
    torch.manual_seed(0)
    ink, hints, palette = torch.rand(1, 1, 96, 160), torch.rand(1, 8, 24, 40), torch.rand(1, 16, 4)
    fine, coarse = onnxruntime.InferenceSession(in_floats("encode")).run(None, {"ink": ink.numpy()})
    votes, shade, *_ = onnxruntime.InferenceSession(in_floats("color")).run(
        None,
        {"fine": fine, "coarse": coarse, "hints": hints.numpy(), "palette": palette.numpy()},
    )
    with torch.no_grad():
        log_votes, own_shade = network.eval()(ink, hints, palette)
    assert np.abs(log_votes.exp().numpy() - votes).max() < 1e-3
    assert np.abs(own_shade.numpy() - shade).max() < 1e-3


def test_what_was_cut_comes_back_and_says_nothing_yet(tmp_path: Path) -> None:
    """On inputs that woke nothing but what paper wakes, most channels are gone."""
    random = np.random.default_rng(0)
    fine, coarse = onnxruntime.InferenceSession(QUICK / "encode.onnx").run(
        None, {"ink": np.zeros((1, 1, 96, 160), np.float32)}
    )
    told = {"hints": np.zeros((1, 8, 24, 40)), "palette": random.random((1, 16, 4))}
    told = {name: value.astype(np.float32) for name, value in told.items()}
    paper = {"ink": np.zeros((1, 1, 96, 160), np.float32), "fine": fine, "coarse": coarse} | told
    small = tmp_path / "small"
    small.mkdir()
    (small / "colorist.json").write_bytes((QUICK / "colorist.json").read_bytes())
    cuts = [cut_dead(QUICK / name, small / name, [paper]) for name in ("encode.onnx", "color.onnx")]
    assert all(cut.dead for cut in cuts)
    weights = read_start(str(small), tmp_path)
    network = ColorNet(weights["bins"])
    without_normalization(network)
    network.load_state_dict(weights)
    ink = random.random((1, 1, 96, 160)).astype(np.float32)
    (expected,) = onnxruntime.InferenceSession(small / "encode.onnx").run(["coarse"], {"ink": ink})
    with torch.no_grad():
        _, found = network.encoder(torch.from_numpy(ink))
    assert np.abs(found.numpy() - expected).max() < 1e-3 * np.abs(expected).max()


def test_a_file_of_weights(tmp_path: Path) -> None:
    network = Autoencoder((8, 12))
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    weights = read_start(str(tmp_path / "mine.safetensors"), tmp_path)
    other = Autoencoder((8, 12))
    assert load_start(other, weights, "mine") == len(weights)
    assert all(
        torch.equal(a, b) for a, b in zip(network.parameters(), other.parameters(), strict=True)
    )


def test_a_palette_painters_weights_go_to_the_painter_inside_a_blind_one() -> None:
    painter = PaletteUNet((8, 12))
    blind = Blind(Proposer(4, 8), PaletteUNet((8, 12)))
    load_start(blind, painter.state_dict(), "painter")
    for name, value in painter.state_dict().items():
        assert torch.equal(blind.painter.state_dict()[name], value)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="0 of its 2 weights fit"):
        load_start(Autoencoder((8, 12)), {"a": torch.ones(2), "b": torch.ones(3)}, "x")
    (tmp_path / "noise.safetensors").write_bytes(b"noise")
    with pytest.raises(TrainingError, match="holds no weights"):
        read_start(str(tmp_path / "noise.safetensors"), tmp_path)
    with pytest.raises(TrainingError, match="neither a run"):
        read_start("nothing", tmp_path)
