"""The gallery is small, names its sources, and is what the bundled colorist paints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"
PAGE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")


def test_twenty_drawings_with_failures_in_two_megabytes() -> None:
    shown = re.findall(r"^\[!\[[^]]+\]\((gallery/[a-z-]+\.webp)\)\]", PAGE, re.MULTILINE)
    assert len(shown) == len(set(shown)) == 20
    assert PAGE.count("**A failure.**") >= 3
    assert sum(path.stat().st_size for path in GALLERY.iterdir()) <= 2e6


def test_every_drawing_names_author_license_and_source() -> None:
    for entry in json.loads((GALLERY / "drawings.json").read_text(encoding="utf-8")):
        assert (GALLERY / f"{entry['name']}.line.webp").is_file()
        assert entry["author"]
        assert entry["author"] in PAGE
        assert entry["source"].startswith("https://")
        assert f"| {entry['license']} | <https://" in PAGE


@pytest.mark.slow
def test_the_command_makes_the_gallery_as_it_is(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "gallery.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert (tmp_path / "gallery.md").read_text(encoding="utf-8") == PAGE
    made = [*tmp_path.glob("gallery/*.webp"), tmp_path / "pictures" / "three-dabs.webp"]
    assert len(made) == 21
    for path in made:
        there = ROOT / "docs" / path.relative_to(tmp_path)
        new, old = (np.asarray(Image.open(each).convert("RGB"), float) for each in (path, there))
        assert new.shape == old.shape
        assert np.abs(new - old).mean() < 2, path.name  # of 255: other processors round otherwise
