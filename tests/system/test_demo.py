"""What `make demo` shows, without the installation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]


def test_the_demo_ends_in_colored_pictures(tmp_path: Path, chroma: Callable[[Path], float]) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "demo.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    drawings = {path.stem for path in (ROOT / "examples").glob("*.png") if "." not in path.stem}
    assert len(drawings) >= 4
    for name in drawings:
        with Image.open(ROOT / "examples" / f"{name}.png") as picture:
            size = picture.size
        for way in ("alone", "palette", "hints"):
            path = tmp_path / f"{name}.{way}.png"
            with Image.open(path) as picture:
                assert picture.size == size
            assert chroma(path) > 4, path
        assert (tmp_path / f"{name}.hints.psd").read_bytes().startswith(b"8BPS")
        assert (tmp_path / f"{name}.hints.ora").read_bytes().startswith(b"PK")
    assert chroma(tmp_path / "contact-sheet.png") > 4
    assert "contact-sheet.png" in done.stdout
    assert "irodori colorize" in done.stdout
