"""Contact sheets: cells where they belong, nothing stretched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irodori.color.errors import OutputError
from irodori.color.sheet import Cell, contact_sheet, save_sheet


def red_box(sheet: np.ndarray) -> tuple[int, int]:
    """Height and width of what is red."""
    rows, columns = np.nonzero((sheet == (255, 0, 0)).all(2))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize("shape", [(50, 100), (100, 50), (700, 350)])
def test_pictures_keep_their_shape(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), (255, 0, 0), np.uint8)
    height, width = red_box(np.asarray(contact_sheet(["one"], [[Cell(picture, "")]])))
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.02)


def test_rows_and_columns_do_not_overlap() -> None:
    cell = Cell(np.zeros((10, 30, 3), np.uint8), "a caption that is far too long for one cell " * 3)
    one = contact_sheet(["a", "b"], [[cell]])
    two = contact_sheet(["a", "b"], [[cell, cell], [cell]])
    assert two.width == one.width
    assert two.height > 1.8 * one.height
    # The long caption ends within its own column: the place of the missing cell stays empty.
    assert len(np.unique(np.asarray(one)[60:, one.width // 2 + 4 :].reshape(-1, 3), axis=0)) == 1


def test_a_place_can_stay_free_and_captions_have_lines() -> None:
    cell = Cell(np.zeros((10, 30, 3), np.uint8), "one\ntwo")
    sheet = np.asarray(contact_sheet([], [[None, cell]]))
    free, taken = np.split(sheet, [sheet.shape[1] // 2], axis=1)
    assert len(np.unique(free.reshape(-1, 3), axis=0)) == 1
    words = (taken[220:] < 100).all(2).any(1)  # rows with ink below the picture
    assert (np.diff(np.flatnonzero(words)) > 2).any(), "no gap between two lines of text"


def test_a_sheet_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        save_sheet(contact_sheet(["a"], []), tmp_path / "nowhere" / "sheet.png")
