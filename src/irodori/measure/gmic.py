"""G'MIC's line art colorizer as a rival, run as the program `gmic`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from irodori.color.hints import Hints
from irodori.measure.errors import Picture
from irodori.measure.extras import RivalError

_TIMEOUT = 120.0  # seconds for one picture; a 512 px picture takes about one

_SMART = "1,95,0,0,1,24,200,0,75,2,60,20,90,1,10,1,0"


class Gmic:
    """`fx_colorize_lineart_smart` in its mode "extrapolate color spots".

    By Fourey, Tschumperlé and Revoy (2018): gaps are closed by joining the ends of lines, then the
    spots are flooded.

    Raises RivalError where the program is not installed.
    """

    def __init__(self, options: str = _SMART) -> None:
        program = shutil.which("gmic")
        if program is None:
            raise RivalError("gmic is not installed; apt-get install gmic, or leave it out")
        self._program = program
        self._options = options

    def paint(self, ink: NDArray[np.float32], hints: Hints) -> Picture:
        """The filter's layer of colors, uint8 (H, W, 3); white without hints."""
        height, width = ink.shape
        if not hints:
            return np.full((height, width, 3), 255, np.uint8)
        with tempfile.TemporaryDirectory(prefix="irodori-gmic-") as folder:
            Image.fromarray(spots(hints, height, width)).save(Path(folder, "spots.png"))
            grey = np.rint(255 * (1 - ink)).astype(np.uint8)
            Image.fromarray(grey).save(Path(folder, "lines.png"))
            self._run(Path(folder))
            return _read(Path(folder, "colors.png"), (height, width))

    def _run(self, folder: Path) -> None:
        # Layers go in top first; the colors it found come out as the last one, new or not.
        command = [self._program, "spots.png", "lines.png"]
        command += ["fx_colorize_lineart_smart", self._options, "keep[-1]", "output", "colors.png"]
        alone = {**os.environ, "OMP_NUM_THREADS": "1"}  # several run at once, one on each core
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=alone,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RivalError(f"gmic took over {_TIMEOUT:.0f} s; leave it out") from None
        except OSError as error:
            raise RivalError(f"gmic cannot be run: {error.strerror}; leave it out") from None
        if done.returncode or not (folder / "colors.png").is_file():
            last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
            raise RivalError(f"gmic failed: {last[-1][:200]}; leave it out")


def spots(hints: Hints, height: int, width: int) -> NDArray[np.uint8]:
    """The hints as a layer: uint8 (height, width, 4) RGBA, opaque where something was said."""
    table = np.array([(0, 0, 0, 0), *((*color, 255) for color in hints.colors())], np.uint8)
    return table[hints.labels(height, width)]


def _read(path: Path, shape: tuple[int, int]) -> Picture:
    with Image.open(path) as image:
        picture = np.asarray(image.convert("RGB"))
    if picture.shape[:2] != shape:
        raise RivalError(f"gmic gave {picture.shape[:2]} pixels for {shape}; leave it out")
    return picture
