"""The exact tensors that enter, as pictures; what repeats is marked; what is off centre shows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from irodori.lab.errors import LabError
from irodori.lab.inspect.inputs import Side, input_sheet, repeated_batches, value_histogram
from irodori.lab.inspect.pictures import to_picture


def batches(count: int = 3, size: int = 5) -> list[tuple[Tensor, Tensor]]:
    torch.manual_seed(0)
    return [(torch.rand(size, 3, 20, 28) * 2 - 1, torch.arange(size)) for _ in range(count)]


def test_the_sheet_shows_the_pixels_themselves() -> None:
    shown = torch.zeros(1, 3, 16, 16) - 1
    shown[0, 0] = 1  # red, once the preprocessing is undone
    side = Side("training", [(shown, torch.tensor([7]))])
    picture = np.asarray(input_sheet(side, undo=lambda x: x / 2 + 0.5))
    assert (picture.reshape(-1, 3) == (255, 0, 0)).all(1).sum() == 112 * 112


def test_a_repeated_batch_is_found_and_marked() -> None:
    first, second, third = batches()
    assert repeated_batches([first, second, first, third, second]) == [(2, 0), (4, 1)]
    assert repeated_batches([first, second, third]) == []
    marked = input_sheet(Side("training", [first, first]))
    plain = input_sheet(Side("training", [first, second]))
    assert marked.height > plain.height  # the mark has lines of its own


def test_the_histogram_tells_mean_and_spread() -> None:
    side = Side("validation", [(torch.full((4, 2, 30, 20), 3.0), torch.zeros(4))])
    figure = value_histogram(Side("training", batches()), side, channels=["red", "green", "blue"])
    texts = [text.get_text() for axis in figure.axes for text in axis.get_legend().get_texts()]
    assert len(texts) == 3 + 2
    assert texts[0].startswith("red: ")
    assert abs(float(texts[0].split()[1])) < 0.1
    assert texts[3] == "red: 3.00 ± 0.00"


def test_nan_and_empty() -> None:
    broken = torch.zeros(2, 3, 8, 12)
    broken[0, 0, 0] = torch.nan
    figure = value_histogram(Side("training", [broken]))
    assert "not finite" in figure.axes[0].get_title()
    assert input_sheet(Side("training", [broken])).width > 0
    assert (to_picture(torch.zeros(3, 0, 5)) == (200, 40, 60)).all()
    assert (to_picture(torch.full((3, 4, 5), torch.nan)) == (200, 40, 60)).all()


def test_an_empty_side_is_told() -> None:
    with pytest.raises(LabError, match="validation side gives no batch"):
        input_sheet(Side("validation", []))
    with pytest.raises(LabError, match="no pictures"):
        input_sheet(Side("training", [torch.zeros(4, 7)]))
