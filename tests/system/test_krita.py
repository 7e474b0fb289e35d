"""Our layered files in the program that artists open them with."""

from __future__ import annotations

import contextlib
import os
import runpy
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from irodori.color import layers

SAMPLES = Path(__file__).parents[1] / "color" / "samples.py"
sample_coloring = runpy.run_path(str(SAMPLES))["sample_coloring"]

MISSING = [program for program in ("krita", "xvfb-run") if shutil.which(program) is None]

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (apt install krita xvfb)"
)


def open_in_krita(path: Path, home: Path) -> np.ndarray:
    """The picture (H, W, 4) uint8 that Krita makes of a file."""
    exported = path.with_suffix(path.suffix + ".krita.png")
    home.mkdir(mode=0o700)
    environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    number = 100 + os.getpid() % 20_000  # tests that run beside each other would take the same
    screen = ["xvfb-run", "-a", "-n", str(number), "-w", "30"]  # a busy machine starts it slowly
    command = [*screen, "krita", "--export", "--export-filename", exported, path]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            process.wait(timeout=300)
        finally:
            with contextlib.suppress(ProcessLookupError):  # it takes Krita and the screen along
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert exported.exists(), (home / "log").read_text(errors="replace")[-500:]
    with Image.open(exported) as picture:
        return np.asarray(picture.convert("RGBA"))


def difference(coloring: Any, format: str, folder: Path) -> tuple[int, int]:
    """How far Krita's picture is from ours, at worst, in 1/255: opacity, and color where any is."""
    path = folder / f"picture.{format}"
    layers.write(coloring, path)
    layers.write(coloring, folder / "picture.png")
    found = open_in_krita(path, folder / "home").astype(int)
    with Image.open(folder / "picture.png") as picture:
        wanted = np.asarray(picture.convert("RGBA")).astype(int)
    assert found.shape == wanted.shape
    apart = np.abs(found - wanted)
    return int(apart[..., 3].max()), int(apart[wanted[..., 3] > 0].max())


@pytest.mark.parametrize("transparent", [False, True], ids=["opaque", "transparent"])
@pytest.mark.parametrize("format", ["psd", "ora"])
def test_krita_shows_our_flat_picture(tmp_path: Path, format: str, transparent: bool) -> None:
    coloring = sample_coloring(transparent=transparent)
    opacity, color = difference(coloring, format, tmp_path)
    assert opacity <= 2
    assert color <= 2
