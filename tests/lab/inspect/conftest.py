"""Networks with known answers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn


class RedCircles(nn.Module):
    """One channel of `look` fires on red discs, the other on green ones; nothing is learnt."""

    def __init__(self, relu: nn.Module | None = None) -> None:
        super().__init__()
        self.look = nn.Conv2d(3, 2, 9, padding=4)
        self.relu = relu or nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(2)
        y, x = torch.meshgrid(torch.arange(9) - 4, torch.arange(9) - 4, indexing="ij")
        disc = ((x**2 + y**2) <= 12).float() - 0.5
        with torch.no_grad():
            self.look.weight.zero_()
            for channel, own in enumerate((0, 1)):
                for color in range(3):
                    self.look.weight[channel, color] = disc if color == own else -disc.clamp(min=0)
            self.look.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(self.relu(self.look(x)))


def disc_picture(color: int, at: tuple[int, int], height: int = 40, width: int = 56) -> Tensor:
    """(3, H, W): a disc of radius 3 in one primary color on black."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    picture = torch.zeros(3, height, width)
    picture[color] = (((x - at[1]) ** 2 + (y - at[0]) ** 2) <= 12).float()
    return picture


@pytest.fixture
def red_circles() -> RedCircles:
    return RedCircles()


@pytest.fixture
def discs() -> list[Tensor]:
    """Batches of unlike length: 30 pictures, every third with a red disc, the others blue."""
    torch.manual_seed(0)
    pictures = []
    for number in range(30):
        at = (8 + number % 24, 10 + (number * 7) % 36)
        picture = disc_picture((0, 2, 2)[number % 3], at) * (0.5 + number / 60)
        pictures.append(picture + 0.02 * torch.rand(3, 40, 56))
    stacked = torch.stack(pictures)
    return [stacked[:8], stacked[8:19], stacked[19:]]
