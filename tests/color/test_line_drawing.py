"""Lines of a picture that has colors already."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.errors import DrawingError
from irodori.color.line_drawing import extract_lines, is_colored, load_pixels


@pytest.mark.parametrize("name", ["adventurer", "farmer", "pufferfish", "witch"])
def test_a_colored_drawing_gives_its_lines_back(examples: Path, tmp_path: Path, name: str) -> None:
    drawing = Drawing.load(examples / f"{name}.png")
    colors = np.array([(0.9, 0.5, 0.4), (0.4, 0.6, 0.9), (0.95, 0.8, 0.4), (0.6, 0.8, 0.5)])
    regions = Colorist.load(threads=1).encode(drawing).regions.labels()
    painted = colors[regions % 4] * (1 - drawing.ink[..., None])
    path = tmp_path / "colored.png"
    Image.fromarray(np.uint8(painted * 255)).save(path)
    pixels = load_pixels(path, name="colored.png", max_megapixels=10)
    assert is_colored(pixels.over_white)
    found = extract_lines(pixels, name="colored.png")
    assert found.size == drawing.size
    strong, near = drawing.ink > 0.7, _grown(drawing.ink > 0.1, 2)
    assert (found.ink[strong] > 0.3).mean() > 0.9  # the lines are there
    assert (near[found.ink > 0.5]).mean() > 0.9  # and hardly anything else


def _grown(mask: np.ndarray, by: int) -> np.ndarray:
    import cv2

    size = 2 * by + 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0


def test_line_art_is_not_taken_for_a_colored_picture(examples: Path) -> None:
    for path in sorted(examples.glob("*.png")):
        if ".hints" not in path.name:
            pixels = load_pixels(path, name=path.name, max_megapixels=10)
            assert not is_colored(pixels.over_white), path.name


def test_a_picture_without_edges_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    Image.new("RGB", (90, 60), "#80c0f0").save(path)
    pixels = load_pixels(path, name="plain.png", max_megapixels=10)
    with pytest.raises(DrawingError, match="no lines were found"):
        extract_lines(pixels, name="plain.png")


def test_a_missing_file_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DrawingError, match="cannot be opened"):
        load_pixels(tmp_path / "none.png", name="none.png", max_megapixels=10)
