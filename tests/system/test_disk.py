"""A disk that will not take the picture: one line, exit code 2, nothing half-written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

Program = Callable[..., subprocess.CompletedProcess[bytes]]
FORMATS = ["png", "webp", "psd", "ora"]


@pytest.fixture
def read_only_disk(tmp_path: Path, mount: Callable[[Path, str], None]) -> Iterator[Path]:
    """A disk with one drawing on it that nobody may write to, root included."""
    disk = tmp_path / "fixed"
    mount(disk, "size=1m")
    _busy_drawing().save(disk / "busy.png")
    remount = ["mount", "-o", "remount,ro", str(disk)]
    subprocess.run(remount, check=True)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def _busy_drawing() -> Image.Image:
    """So many closed shapes that no format packs the coloring into a few kilobytes."""
    picture = Image.new("L", (400, 300), 255)
    pen = ImageDraw.Draw(picture)
    for y in range(10, 280, 22):
        for x in range(10, 380, 22):
            pen.ellipse((x, y, x + 8 + (x * y) % 9, y + 8 + (x + y) % 9), outline=0, width=2)
    return picture


def _refused(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 2, lines
    assert done.stdout == b""
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk(format: str, full_disk: Path, tmp_path: Path, program: Program) -> None:
    _busy_drawing().save(tmp_path / "busy.png")
    hints = ["--hint=50,50,#ff0000", "--hint=200,150,#00aa44", "--hint=380,280,#2040ff"]
    done = program("colorize", tmp_path / "busy.png", "-o", full_disk / f"out.{format}", *hints)
    assert f"out.{format}" in _refused(done)
    assert [path.name for path in full_disk.iterdir()] == ["ballast"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_read_only_disk(format: str, read_only_disk: Path, program: Program) -> None:
    done = program("colorize", read_only_disk / "busy.png", "--format", format)
    assert str(read_only_disk) in _refused(done)
    assert [path.name for path in read_only_disk.iterdir()] == ["busy.png"]


def test_a_folder_without_permission(drawing: Path, program: Program) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write to any folder; the read-only disk covers root")
    drawing.parent.chmod(0o555)
    try:
        _refused(program("colorize", drawing))
        assert [path.name for path in drawing.parent.iterdir()] == ["house.png"]
    finally:
        drawing.parent.chmod(0o755)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_standard_output(drawing: Path, tmp_path: Path) -> None:
    import sys

    command = [sys.executable, "-m", "irodori", "colorize", str(drawing), "-o", "-"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert len(done.stderr.decode().splitlines()) == 1, done.stderr


def test_an_output_folder_that_is_a_file(drawing: Path, tmp_path: Path, program: Program) -> None:
    (tmp_path / "out").write_text("a file")
    _refused(program("colorize", drawing, "-o", f"{tmp_path}/out/"))
    assert (tmp_path / "out").read_text() == "a file"
