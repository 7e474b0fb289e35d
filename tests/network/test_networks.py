"""Every generator: sizes, range, gradients, what it looks at; and how one starts from another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from irodori.network.autoencoder import Autoencoder
from irodori.network.discriminator import PatchDiscriminator
from irodori.network.encoders import VGG19, ResNet18, load_seer
from irodori.network.palette_unet import PaletteUNet
from irodori.network.parts import Style, activation, initialize, normalization
from irodori.network.proposer import Blind, Proposer
from irodori.network.recurrent import RecurrentPainter
from irodori.network.transfer import Transfer
from irodori.network.unet import UNet

WIDTHS = (8, 12, 16)

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "autoencoder": lambda: Autoencoder(WIDTHS),
    "unet": lambda: UNet(WIDTHS, Style("group", "silu", 0.1)),
    "palette": lambda: PaletteUNet(WIDTHS, Style("instance", "prelu")),
    "blind": lambda: Blind(Proposer(5, 8), PaletteUNet(WIDTHS)),
    "vgg": lambda: Transfer(VGG19(4), 8, Style("layer", "leaky")),
    "resnet": lambda: Transfer(ResNet18(4), 8),
    "recurrent": lambda: RecurrentPainter(3, 5, 32),
}


def conditions(height: int, width: int, n: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(height)
    ink = torch.rand(n, 1, height, width)
    hints = torch.rand(n, 8, -(-height // 4), -(-width // 4))
    return ink, hints, torch.rand(n, 16, 4)


def picture(answer: Tensor | tuple[Tensor, Tensor]) -> Tensor:
    return answer if isinstance(answer, Tensor) else answer[0]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("size", [(64, 96), (45, 39), (8, 17)])
def test_answers_with_a_picture_of_the_inks_size(name: str, size: tuple[int, int]) -> None:
    network = NETWORKS[name]().eval()
    answer = picture(network(*conditions(*size)))
    assert answer.shape == (2, 3, *size)
    assert answer.min() >= 0
    assert answer.max() <= 1


@pytest.mark.parametrize("name", NETWORKS)
def test_every_weight_learns(name: str) -> None:
    """After one step, since some weights begin at 0 behind another that does."""
    torch.manual_seed(0)
    network = NETWORKS[name]()
    ink, hints, palette = conditions(64, 96)
    optimizer = torch.optim.SGD(network.parameters(), 0.5)
    for _ in range(2):
        answer = network(ink, hints, palette)
        optimizer.zero_grad()
        total = sum(
            (part**2).mean() for part in (answer if isinstance(answer, tuple) else [answer])
        )
        total.backward()
        optimizer.step()
    still = [
        name
        for name, weight in network.named_parameters()
        if weight.grad is None or not weight.grad.any()
    ]
    assert not [name for name in still if "proposer" not in name], still


@pytest.mark.parametrize(
    ("name", "hints", "palette"),
    [
        ("autoencoder", True, False),
        ("unet", True, False),
        ("palette", True, True),
        ("blind", False, False),
        ("vgg", True, False),
        ("resnet", True, False),
        ("recurrent", True, False),
    ],
)
def test_looks_at_what_it_says(name: str, hints: bool, palette: bool) -> None:
    torch.manual_seed(0)
    network = NETWORKS[name]().eval()
    given = conditions(32, 48)
    answer = picture(network(*given))
    other_hints = picture(network(given[0], 1 - given[1], given[2]))
    other_palette = picture(network(given[0], given[1], 1 - given[2]))
    assert (answer != picture(network(1 - given[0], *given[1:]))).any()
    assert bool((answer != other_hints).any()) == hints
    assert bool((answer != other_palette).any()) == palette


def test_a_unet_starts_as_the_autoencoder_whose_weights_it_has() -> None:
    torch.manual_seed(0)
    before, after = Autoencoder(WIDTHS).eval(), UNet(WIDTHS).eval()
    found = after.load_state_dict(before.state_dict(), strict=False)
    assert not found.unexpected_keys
    assert torch.equal(before(*conditions(45, 39)), after(*conditions(45, 39)))


def test_a_palette_unet_starts_as_the_unet_where_no_palette_is_given() -> None:
    torch.manual_seed(0)
    before, after = UNet(WIDTHS).eval(), PaletteUNet(WIDTHS).eval()
    assert not after.load_state_dict(before.state_dict(), strict=False).unexpected_keys
    ink, hints, palette = conditions(45, 39)
    assert torch.allclose(before(ink, hints, palette), after(ink, hints, palette * 0), atol=1e-6)


def test_the_order_of_a_palette_does_not_matter() -> None:
    torch.manual_seed(0)
    network = PaletteUNet(WIDTHS).eval()
    nn.init.normal_(network.from_slots.weight)
    ink, hints, palette = conditions(32, 48)
    palette[:, 5:, 3] = 0
    turned = network(ink, hints, palette[:, torch.randperm(16)])
    assert torch.allclose(network(ink, hints, palette), turned, atol=1e-5)
    palette[:, 5:, :3] = torch.rand(2, 11, 3)  # the color of an empty slot says nothing
    assert torch.allclose(turned, network(ink, hints, palette), atol=1e-5)


def test_proposals_differ_and_are_palettes() -> None:
    torch.manual_seed(0)
    network = Blind(Proposer(5, 8), PaletteUNet(WIDTHS)).eval()
    _, palettes = network(*conditions(32, 48))
    assert palettes.shape == (2, 4, 16, 4)
    assert (palettes[:, :, 5:] == 0).all()
    assert (palettes[:, 0] != palettes[:, 1]).any()
    assert torch.equal(palettes, network(*conditions(32, 48))[1])


@pytest.mark.parametrize("conditional", [True, False])
def test_a_conditional_judge_sees_the_lines(conditional: bool) -> None:
    torch.manual_seed(0)
    judge = PatchDiscriminator(conditional=conditional, width=8)
    ink, hints, _ = conditions(32, 48)
    painted = torch.rand(2, 3, 32, 48)
    scores = judge(painted, ink, hints)
    assert scores.shape == (2, 1, 4, 6)
    assert bool((scores != judge(painted, 1 - ink, hints)).any()) == conditional
    assert bool((scores != judge(painted, ink, 1 - hints)).any()) == conditional
    alone = judge(painted[:1], ink[:1], hints[:1])
    assert torch.allclose(alone, scores[:1], atol=1e-5), "a picture's scores are its own"


@pytest.mark.parametrize("seer", [VGG19(4), ResNet18(4)], ids=["vgg", "resnet"])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_weights_in_torchvisions_format_load(seer: nn.Module, suffix: str, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    with torch.no_grad():
        for weight in seer.parameters():
            weight.normal_()
    path = tmp_path / f"weights.{suffix}"
    weights = dict(seer.state_dict())
    weights["classifier.0.weight"] = torch.zeros(2, 3)  # what torchvision's files hold besides
    weights["fc.bias"] = torch.zeros(3)
    torch.save(weights, path) if suffix == "pth" else save_file(weights, path)
    loaded = load_seer(path).eval()
    seen = torch.rand(1, 3, 64, 32)
    pairs = zip(seer.eval()(seen), loaded(seen), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
    for features, width, stride in zip(loaded(seen), loaded.widths, loaded.strides, strict=True):
        assert features.shape == (1, width, 64 // stride, 32 // stride)


def test_names_are_those_of_torchvision() -> None:
    assert {"features.0.weight", "features.34.weight"} <= set(VGG19().state_dict())
    assert VGG19().features[34].weight.shape == (512, 512, 3, 3)
    names = set(ResNet18().state_dict())
    assert {"conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight"} <= names
    assert {"layer2.0.downsample.0.weight", "layer4.1.bn2.weight"} <= names
    assert sum(weight.numel() for weight in ResNet18().parameters()) == 11_176_512  # 11.69 M - fc


def test_other_weights_are_refused(tmp_path: Path) -> None:
    torch.save({"embedding.weight": torch.zeros(2, 3)}, tmp_path / "text.pth")
    with pytest.raises(ValueError, match="neither VGG19 nor ResNet18"):
        load_seer(tmp_path / "text.pth")
    weights = dict(VGG19(4).state_dict())
    del weights["features.19.bias"]
    torch.save(weights, tmp_path / "torn.pth")
    with pytest.raises(ValueError, match=r"features\.19\.bias is missing"):
        load_seer(tmp_path / "torn.pth")


@pytest.mark.parametrize("kind", ["batch", "layer", "instance", "group"])
def test_normalization_gives_mean_0_and_variance_1(kind: str) -> None:
    torch.manual_seed(0)
    x = 3 * torch.randn(4, 16, 9, 11) + torch.arange(16)[None, :, None, None]
    y = normalization(kind, 16)(x)  # type: ignore[arg-type]
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3), "group": (2, 3)}[kind]
    if kind == "group":
        y = y.unflatten(1, (8, 2)).flatten(2, 3)
    assert y.mean(axes).abs().max() < 1e-4
    assert (y.var(axes, unbiased=False) - 1).abs().max() < 1e-3


def test_activations() -> None:
    x = torch.tensor([[-1.0, 2.0]])[:, :, None, None]
    assert activation("leaky", 2)(x).flatten().tolist() == pytest.approx([-0.2, 2])
    assert activation("relu", 2)(x).flatten().tolist() == [0, 2]
    assert activation("silu", 2)(x)[0, 1].item() == pytest.approx(2 / (1 + 2.718281828**-2))
    assert sum(weight.numel() for weight in activation("prelu", 2).parameters()) == 2


@pytest.mark.parametrize("start", ["orthogonal", "he", "xavier"])
def test_initialization(start: str) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(300, 200)
    initialize(layer, start)  # type: ignore[arg-type]
    weight = layer.weight.detach()
    assert not layer.bias.any()
    if start == "orthogonal":
        assert torch.allclose(weight @ weight.T, torch.eye(200), atol=1e-4)
    else:
        wanted = 2 / 300 if start == "he" else 2 / 500
        assert weight.var().item() == pytest.approx(wanted, rel=0.03)
