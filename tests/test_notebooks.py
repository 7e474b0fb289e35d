"""What a notebook shows of a result, and that types come with the package."""

from __future__ import annotations

import html
import importlib.util
import io
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import irodori


@pytest.fixture(scope="module")
def coloring() -> irodori.Coloring:
    picture = np.full((1400, 900), 255, np.uint8)
    picture[300:310, 100:800] = picture[1200:1210, 100:800] = 0
    picture[300:1210, 100:110] = picture[300:1210, 790:800] = 0
    hints = irodori.Hints().with_dab(400, 700, "#D02040")
    return irodori.colorize(picture, hints, palette="#d02040,#20a0d0")


def test_a_coloring_shows_itself_with_what_was_said(coloring: irodori.Coloring) -> None:
    shown = coloring._repr_html_()
    (data,) = re.findall(r'src="data:image/png;base64,([^"]+)"', shown)
    with Image.open(io.BytesIO(b64decode(data))) as picture:
        assert picture.size == (658, 1024)  # smaller than the 900 x 1400 of the drawing
        red = np.asarray(picture.convert("RGB"))[512, 300]
    assert np.abs(red.astype(int) - (0xD0, 0x20, 0x40)).max() <= 2
    assert "900 x 1400 pixels, 1 hint " in shown
    assert "background:#d02040" in shown.lower()


def test_a_front_end_without_html_gets_the_whole_picture(coloring: irodori.Coloring) -> None:
    with Image.open(io.BytesIO(coloring._repr_png_())) as picture:
        assert picture.size == (900, 1400)


def test_a_report_shows_its_page_in_a_frame() -> None:
    from irodori.lab.doctor.report import Report

    report = Report([], ['inputs <"scaled">'], [], "classification")
    frame = report._repr_html_()
    (page,) = re.findall(r'srcdoc="([^"]*)"', frame)
    assert html.unescape(page).startswith("<!doctype html>")
    assert "All is well" in page


def test_types_come_along() -> None:
    spec = importlib.util.find_spec("irodori")
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).with_name("py.typed").is_file()
