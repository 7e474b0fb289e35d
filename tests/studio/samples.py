"""Drawings and hints made on the spot, and the real program on a real socket."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

TOKEN = "a-token-for-tests-that-is-long-enough-to-be-one"
AUTH = {"authorization": f"Bearer {TOKEN}"}


def house(width: int = 120, height: int = 80) -> Image.Image:
    """A house and a sun: closed outlines on white, never square."""
    picture = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(picture)
    x, y = width / 120, height / 80
    pen.rectangle((15 * x, 40 * y, 70 * x, 72 * y), outline=0, width=2)
    pen.polygon([(10 * x, 40 * y), (42 * x, 12 * y), (76 * x, 40 * y)], outline=0, width=2)
    pen.ellipse((85 * x, 10 * y, 110 * x, 35 * y), outline=0, width=2)
    return picture


def png(picture: Image.Image | None = None, note: str = "") -> bytes:
    """A PNG; another note makes another file of the same picture, which nobody remembers."""
    buffer = io.BytesIO()
    text = PngInfo()
    text.add_text("note", note)
    (picture or house()).save(buffer, "PNG", pnginfo=text)
    return buffer.getvalue()


def dab(id: str, x: float, y: float, color: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "kind": "dab", "x": x, "y": y, "color": color, "radius": 3, **more}


WALL = dab("wall", 40, 55, "#C03040")
SUN = dab("sun", 97, 22, "#E0B020")


@dataclass
class Program:
    """The real program, running."""

    process: subprocess.Popen[str]
    base: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=f"{self.base}/api/v1", headers=self.headers, timeout=60)


@contextmanager
def running(store: Path, *arguments: str) -> Iterator[Program]:
    """``irodori studio`` on a free port of the loopback, killed in the end."""
    command = [
        *(sys.executable, "-m", "irodori", "studio", "--no-browser"),
        *("--store", str(store), *arguments),
    ]
    environment = {**os.environ, "PYTHONWARNINGS": ""}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    watchdog = threading.Timer(240, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        base, _, token = process.stdout.readline().strip().partition("/#token=")
        if not token:
            process.kill()
            raise AssertionError(process.communicate()[1])
        yield Program(process, base, token)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
