"""Filters are shown as they are: an edge detector looks like an edge."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from irodori.lab.errors import LabError
from irodori.lab.inspect.filters import filters


def edge_detector() -> nn.Module:
    """Its first filter is a vertical edge, dark to the left; the others are nought."""
    model = nn.Sequential(nn.Conv2d(1, 3, (5, 7)), nn.ReLU(), nn.Conv2d(3, 8, 3))
    with torch.no_grad():
        model[0].weight.zero_()
        model[0].weight[0, 0, :, :3] = -1
        model[0].weight[0, 0, :, 4:] = 1
    return model


def test_an_edge_detector_looks_like_an_edge() -> None:
    picture = np.asarray(filters(edge_detector()).convert("L"), int)
    cell = picture[26 : 26 + 56, 6 : 6 + 56]  # title and gaps are above and to the left
    dark, gray, bright = cell[20, 2], cell[20, 28], cell[20, 53]
    assert (dark, bright) == (0, 255)
    assert abs(gray - 127) <= 1
    assert (cell[5:35, 2] == 0).all()


def test_any_layer_and_how_many() -> None:
    wide = nn.Sequential(nn.Conv2d(3, 80, 3), nn.ConvTranspose2d(80, 5, 4))
    assert filters(wide).height < filters(wide, most=80, per_row=8).height
    assert filters(wide, "1").width > 300


def test_nan_is_shown_not_hidden() -> None:
    model = edge_detector()
    with torch.no_grad():
        model[0].weight[1, 0, 2, 3] = torch.nan
    picture = np.asarray(filters(model), int)
    red = (picture[..., 0] > 150) & (picture[..., 1] < 90) & (picture[..., 2] < 90)
    assert red.sum() > 20


def test_what_has_no_filters() -> None:
    with pytest.raises(LabError, match="no 2-D convolution"):
        filters(nn.Linear(3, 2))
    with pytest.raises(LabError, match="need a Conv2d"):
        filters(edge_detector(), "1")
