"""Ctrl-C: one line, exit code 130, whole files only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image


@pytest.mark.skipif(os.name == "nt", reason="signals are sent in another way on Windows")
def test_ctrl_c_between_and_during_drawings(drawing: Path, tmp_path: Path) -> None:
    for number in range(40):
        shutil.copy(drawing, tmp_path / f"drawing-{number:02d}.png")
    command = [sys.executable, "-m", "irodori", "colorize", str(tmp_path), "-o", f"{tmp_path}/out"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    running.stdout.readline()  # the first picture is written
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert errors == "irodori: stopped\n"
    written = sorted((tmp_path / "out").iterdir())
    assert 1 <= len(written) < 41
    for path in written:
        with Image.open(path) as picture:
            picture.load()  # raises for half a file
