"""The page holds everything in itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from irodori.lab.errors import LabError
from irodori.lab.inspect.page import Animation, Page, Section, Shown


def page() -> Page:
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 2])
    shown: list[tuple[Shown, str]] = [
        (figure, "a <curve>"),
        (Image.new("RGB", (30, 20), "red"), ""),
        (Animation((Image.new("RGB", (30, 20)), Image.new("RGB", (30, 20), "red"))), "moving"),
        ("a & table", "text"),
    ]
    return Page("Run 7", "as it went", [Section("Curves", "look for & surges", "curves", shown)])


def test_it_needs_nothing_else(tmp_path: Path) -> None:
    page().save(tmp_path / "new" / "page.html", pictures=tmp_path / "pictures")
    text = (tmp_path / "new" / "page.html").read_text()
    assert re.findall(r'(?:src|href)="(?!data:image/(?:png|webp);base64,|\#)', text) == []
    assert text.count("data:image/png") == 2
    assert text.count("data:image/webp") == 1
    assert "a &lt;curve&gt;" in text
    assert "a &amp; table" in text
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == [
        "curves-0.png",
        "curves-1.png",
        "curves-2.webp",
    ]
    with Image.open(tmp_path / "pictures" / "curves-2.webp") as animation:
        assert animation.n_frames == 2
    with Image.open(tmp_path / "pictures" / "curves-1.png") as picture:
        assert picture.size == (30, 20)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LabError, match="cannot be written"):
        page().save(tmp_path / "file" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
