"""Pre-trained seers, VGG19 and ResNet18, whose weights are named as torchvision names them.

So a file of torchvision's weights loads as it is, and torchvision itself is not needed. Sources:
Simonyan, Zisserman, ICLR 2015; He, Zhang, Ren, Sun, CVPR 2016.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, per channel


class Seer(nn.Module):
    """A picture (N, 3, H, W) in 0..1 -> features, finest first.

    widths, strides: channels of each, and pixels per place.
    """

    widths: tuple[int, ...]
    strides: tuple[int, ...]

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Buffer(torch.tensor(_MEAN).view(3, 1, 1), persistent=False)
        self.deviation = nn.Buffer(torch.tensor(_DEVIATION).view(3, 1, 1), persistent=False)

    def normalized(self, picture: Tensor) -> Tensor:
        """The picture as ImageNet's were when the weights learnt."""
        return (picture - self.mean) / self.deviation


class VGG19(Seer):
    """VGG19's convolutions. Features at strides 1, 2, 4, 8, 16, before each pooling.

    width: 64 as published; tests use less.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs, self.ends = 3, []
        self.strides = (1, 2, 4, 8, 16)
        self.widths = tuple(width * times for times in (1, 2, 4, 8, 8))
        for wide, times in zip(self.widths, (2, 2, 4, 4, 4), strict=True):
            for _ in range(times):
                layers += [nn.Conv2d(inputs, wide, 3, 1, 1), nn.ReLU()]
                inputs = wide
            self.ends.append(len(layers))
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)

    def forward(self, picture: Tensor) -> list[Tensor]:
        """See `Seer`."""
        x = self.normalized(picture)
        seen: list[Tensor] = []
        for number, layer in enumerate(self.features, 1):
            x = layer(x)
            if number == self.ends[-1]:
                return [*seen, x]
            if number in self.ends:
                seen.append(x)
        return seen


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions around a skip connection, as ResNet18 has them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
            if stride > 1 or inputs != outputs
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, h / stride, w / stride)."""
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.downsample(x))


class ResNet18(Seer):
    """ResNet18 without its classifier. Features at strides 2, 4, 8, 16, 32."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.widths = tuple(width * times for times in (1, 1, 2, 4, 8))
        self.strides = (2, 4, 8, 16, 32)
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for number, (inputs, outputs) in enumerate(
            zip(self.widths[:-1], self.widths[1:], strict=True), 1
        ):
            stride = 1 if number == 1 else 2
            layer = nn.Sequential(
                BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)
            )
            setattr(self, f"layer{number}", layer)

    def forward(self, picture: Tensor) -> list[Tensor]:
        """See `Seer`."""
        x = torch.relu(self.bn1(self.conv1(self.normalized(picture))))
        seen, x = [x], self.maxpool(x)
        for number in range(1, 5):
            x = getattr(self, f"layer{number}")(x)
            seen.append(x)
        return seen


def load_seer(path: Path) -> Seer:
    """VGG19 or ResNet18 with the weights of a file in torchvision's format (.pth, .safetensors).

    Which of the two, and how wide, is read off the names and shapes. Raises ValueError with a line
    that says what is wrong with the file, OSError if it cannot be read.
    """
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        weights = load_file(path)
    else:
        weights = torch.load(path, weights_only=True, map_location="cpu")
    seer: Seer
    if "features.0.weight" in weights:
        seer = VGG19(len(weights["features.0.weight"]))
    elif "layer1.0.conv1.weight" in weights:
        seer = ResNet18(len(weights["conv1.weight"]))
    else:
        raise ValueError("neither VGG19 nor ResNet18 as torchvision names their weights")
    try:
        found = seer.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise ValueError("its layers are not VGG19's or ResNet18's") from error
    if found.missing_keys:
        raise ValueError(f"{found.missing_keys[0]} is missing")
    return seer
