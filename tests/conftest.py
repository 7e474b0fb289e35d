"""What many tests use: a small drawing, the example drawings, and the program itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image, ImageDraw

from irodori.cli import main

ROOT = Path(__file__).parents[1]

# Time limits of a single example say more about the machine's other work than about us.
settings.register_profile("irodori", deadline=None, derandomize=True)
settings.load_profile("irodori")

# A shell gives what it starts in the background no ear for Ctrl-C, and programs inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of the example drawings."""
    return ROOT / "examples"


def draw(width: int = 120, height: int = 80) -> Image.Image:
    """A house and a sun: closed outlines on white, gray (height, width), never square."""
    picture = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((15, 40, 70, 72), outline=0, width=2)
    pen.polygon([(10, 40), (42, 12), (76, 40)], outline=0, width=2)
    pen.ellipse((85, 10, 110, 35), outline=0, width=2)
    return picture


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    """A drawing of 120 x 80 pixels in a folder of its own."""
    path = tmp_path / "house.png"
    draw().save(path)
    return path


@pytest.fixture
def program() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run the program as its own process: ``program("colorize", path, cwd=...)``."""

    def run(
        *arguments: object, cwd: Path | None = None, stdin: bytes = b"", timeout: float = 120
    ) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "irodori", *map(str, arguments)]
        environment = {**os.environ, "NO_COLOR": "1", "PYTHONWARNINGS": ""}
        return subprocess.run(
            command, cwd=cwd, input=stdin, capture_output=True, env=environment, timeout=timeout
        )

    return run


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command line, expect refusal: exit code 2 and one line on stderr, which it returns.

    Nothing may appear in ``folder`` that was not there, and what was there must stay as it is.
    """

    def run(*arguments: object, folder: Path) -> str:
        before = _contents(folder)
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        output, errors = capfd.readouterr()
        assert code == 2, (code, output, errors)
        assert output == ""
        lines = errors.splitlines()
        assert len(lines) == 1, errors
        assert lines[0].startswith("irodori: ")
        assert _contents(folder) == before
        return lines[0].removeprefix("irodori: ")

    return run


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"folder"
        for path in folder.rglob("*")
    }


def _mount(where: Path, options: str) -> None:
    """A small file system in memory, or a skip where that is not ours to make."""
    where.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("there is no mount program")
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(where)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"mounting a tmpfs is not permitted here: {done.stderr.strip()}")


@pytest.fixture
def mount() -> Callable[[Path, str], None]:
    """Mount a file system in memory: ``mount(where, "size=1m")``."""
    return _mount


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB with 4 kB left."""
    disk = tmp_path / "full"
    _mount(disk, "size=64k")
    (disk / "ballast").write_bytes(bytes(60 * 1024))
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def chroma(path: Path) -> float:
    """The mean of (largest - smallest of R, G, B) over a picture's pixels, 0..255."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"), np.int16)
    return float((pixels.max(axis=2) - pixels.min(axis=2)).mean())


@pytest.fixture(name="chroma")
def chroma_fixture() -> Callable[[Path], float]:
    return chroma
