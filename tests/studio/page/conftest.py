"""What the page's tests use: the real program, the real Chromium, and an artist at work in it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SIZES = {"desktop": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}


class Server:
    """`irodori studio` as its own process, with a store of its own."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.address = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> None:
        """Start it, on the same port as before if it ran already, and wait for its address."""
        again = ["--port", re.findall(r":(\d+)/", self.address)[0]] if self.address else []
        command = [sys.executable, "-m", "irodori", "studio", "--no-browser"]
        command += ["--store", str(self.store), *again, *arguments]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if found := re.search(r"http://\S+", line):
                self.address = found.group()
                return
        self.stop()
        raise AssertionError(f"the studio did not start: {''.join(said)}")

    def stop(self) -> None:
        """Ctrl-C, and wait until it is gone."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None


class Artist:
    """A person in front of the page: points in pixels of the drawing."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def arrive(self) -> None:
        """Open the page and wait until it knows its session."""
        self.page.goto(self.server.address)
        self.until("!!(window.irodori && irodori.studio.session)")

    def until(self, expression: str, seconds: float = 60) -> None:
        """Wait until a JavaScript expression holds."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"never came true: {expression}"
            time.sleep(0.03)

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression; `studio` is the page's state."""
        return self.page.evaluate(
            f"(() => {{ const {{ studio }} = irodori; return {expression}; }})()"
        )

    def drop(self, *files: Path) -> None:
        """Drop files on the window, as from a file manager."""
        loads = [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files]
        self.page.evaluate(
            """(loads) => {
              const data = new DataTransfer();
              for (const [name, text] of loads) {
                const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
                data.items.add(new File([bytes], name, { type: "image/png" }));
              }
              const options = { dataTransfer: data, bubbles: true, cancelable: true };
              for (const kind of ["dragover", "drop"]) {
                document.body.dispatchEvent(new DragEvent(kind, options));
              }
            }""",
            loads,
        )
        self.until(f"irodori.studio.pages.length >= {len(files)}")
        self.until("!!irodori.studio.page?.painted")
        self.rest()

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the drawing is on the screen."""
        view = self.ask("studio.view")
        return x * view["scale"] + view["x"], y * view["scale"] + view["y"]

    def dab(self, x: float, y: float, color: str) -> None:
        """Take a color by writing it, and dab."""
        self.page.fill("#hex", color)
        self.page.press("#hex", "Enter")
        self.stroke([(x, y), (x + 1, y + 1)])

    def stroke(self, points: list[tuple[float, float]]) -> None:
        """Draw with the mouse."""
        mouse = self.page.mouse
        mouse.move(*self.place(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.place(*point))
        mouse.up()

    def rest(self) -> None:
        """Wait until the picture shows all that was said."""
        self.until("irodori.pages.live.settled")
        self.page.evaluate("() => irodori.pages.frames")

    def color(self, x: float, y: float) -> str:
        """The color the picture has at a point of the drawing, without ink."""
        return str(
            self.page.evaluate(
                """([x, y]) => {
                  const { colors, size } = irodori.studio.page;
                  const pen = colors.getContext("2d", { willReadFrequently: true });
                  const column = Math.floor(x / size.width * colors.width);
                  const row = Math.floor(y / size.height * colors.height);
                  const [r, g, b] = pen.getImageData(column, row, 1, 1).data;
                  return "#" + [r, g, b].map((c) => c.toString(16).padStart(2, "0")).join("");
                }""",
                [x, y],
            )
        ).upper()

    def picture(self) -> str:
        """All colors on the stage, as one text to compare."""
        return str(self.ask("studio.page.colors.toDataURL()"))

    def hints(self) -> list[dict[str, Any]]:
        """The hints the page holds, in the order of painting."""
        found = json.loads(self.ask("JSON.stringify(Object.values(studio.page.doc.hints))"))
        return sorted(found, key=lambda hint: hint["z"])

    def download(self, start: Callable[[], object], folder: Path) -> Path:
        """Do what starts a download, and have the file."""
        with self.page.expect_download(timeout=30_000) as waiting:
            start()
        target = folder / waiting.value.suggested_filename
        waiting.value.save_as(target)
        return target


@pytest.fixture(scope="module")  # while it runs, no test elsewhere can run an event loop
def playwright() -> Iterator[Playwright]:
    """Playwright, where there is a Chromium for it."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: set CHROMIUM to its path")
    api = pytest.importorskip("playwright.sync_api", reason="pip install irodori[dev]")
    with api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for a file's tests; each has a context of its own."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A studio that runs for this test alone."""
    running = Server(tmp_path / "store")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def enter(chromium: Browser, server: Server) -> Iterator[Callable[..., Artist]]:
    """Let an artist in: ``enter("phone", locale="ja-JP")``."""
    contexts: list[BrowserContext] = []
    artists: list[Artist] = []

    def come(size: str = "desktop", **options: Any) -> Artist:
        width, height = SIZES[size]
        options = {"locale": "en-US", "has_touch": size == "phone", **options}
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        artist = Artist(context.new_page(), server)
        artists.append(artist)
        artist.arrive()
        return artist

    yield come
    for context in contexts:
        context.close()
    assert [fault for artist in artists for fault in artist.faults] == []


@pytest.fixture
def artist(enter: Callable[..., Artist]) -> Artist:
    """An artist at a desk."""
    return enter()


@pytest.fixture
def open_browser(playwright: Playwright, server: Server) -> Iterator[Callable[[Path], Artist]]:
    """Open a browser of its own with a profile, which can be killed."""
    contexts: list[BrowserContext] = []

    def come(profile: Path) -> Artist:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            locale="en-US",
            viewport={"width": 1440, "height": 900},
        )
        contexts.append(context)
        artist = Artist(context.pages[0], server)
        artist.arrive()
        return artist

    yield come
    contexts[-1].close()


@pytest.fixture
def node() -> str:
    """The path of Node.js."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("no Node.js: install node to test the page's functions apart")
    return found
