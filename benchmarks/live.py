"""From pointer move to repainted picture, against the time of the bare color graph.

    python benchmarks/live.py [--seconds 30] [--work-size 512] [--client page|socket]

The real program, a real Chromium that draws one long stroke at 60 moves a second over a drawing of
512 px, and the color graph alone at the same work size in this process, before and after. `socket`
does without the browser: from a change sent to the frame received. A move counts until the first
picture that shows it. While the brush moves, the network looks at 256 px; at a larger work size the
full answer comes when the brush rests, and the last line says how long after the last move.
"""

from __future__ import annotations

import io
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from irodori import Colorist, Drawing, Hints, Palette
from irodori.color.conditions import hint_channels, palette_slots
from pages import scaled
from table import Table, parser

SIDE = 512
MOVES = 60  # a second
CHROMIUM = "/usr/bin/chromium"

# Notes when a move happened, when its change was sent, and when a picture with it was on screen.
PROBE = """
window.probe = {moved: 0, sent: [], shown: [], frames: 0, behind: 0};
addEventListener("pointermove", (event) => { probe.moved = event.timeStamp; }, true);
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (!this.probed) {
    this.probed = true;
    this.addEventListener("message", ({ data }) => {
      if (typeof data === "string") return;
      const seq = new DataView(data).getUint32(0, true);
      const full = new DataView(data).getUint8(4) === 1;
      probe.frames += 1;
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
          const now = performance.now();
          for (const each of probe.sent) {
            if (each.seq > seq) break;
            if (each.shown === undefined) each.shown = now;
            if (full && each.full === undefined) each.full = now;
          }
        };
        channel.port2.postMessage(0);
      });
    });
  }
  const message = JSON.parse(data);
  if (message.type === "change" && (message.add || message.extend || message.set)) {
    probe.sent.push({ seq: message.seq, moved: probe.moved, sent: performance.now() });
    const waiting = probe.sent.filter((each) => each.shown === undefined).length;
    probe.behind = Math.max(probe.behind, waiting);
  }
  return send.call(this, data);
};
"""


def drawing_png() -> bytes:
    file = io.BytesIO()
    scaled("sailor", SIDE).save(file, "PNG")
    return file.getvalue()


def graph_seconds(work_size: int, rounds: int = 25) -> float:
    """The median time of the bare color graph."""
    colorist = Colorist.load()
    encoding = colorist.encode(Drawing.load(drawing_png()), work_size=work_size)
    hints = Hints().with_dab(150, 100, "#c03040").with_dab(180, 300, "#3060c0")
    fine, coarse = encoding.features
    feeds = {
        "fine": fine,
        "coarse": coarse,
        "hints": hint_channels(hints, encoding.grid)[None],
        "palette": palette_slots(Palette(), hints)[None],
    }
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        colorist._color.run(["votes", "shade"], feeds)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


@contextmanager
def program(work_size: int) -> Iterator[tuple[str, str, int]]:
    """(address, token, process id) of a running studio."""
    with tempfile.TemporaryDirectory() as store:
        command = [sys.executable, "-m", "irodori", "studio", "--no-browser", "--store", store]
        running = subprocess.Popen(
            [*command, "--work-size", str(work_size)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert running.stdout is not None
            base, _, token = running.stdout.readline().strip().partition("/#token=")
            yield base, token, running.pid
        finally:
            running.terminate()
            running.wait(20)


def resident_mb(process: int) -> float:
    """Memory that a process holds, in MB (Linux)."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return math.nan


def path(step: int) -> tuple[float, float]:
    """Where the pen is at a step, as shares of the drawing: a slow figure of eight."""
    return 0.5 + 0.25 * math.sin(step / 90), 0.45 + 0.3 * math.sin(step / 57)


Sample = dict[str, float]


def over_socket(base: str, token: str, seconds: float, note: Callable[[], None]) -> list[Sample]:
    """Changes sent at the pace of a pen; when each was sent, and when a frame showed it."""
    from websockets.sync.client import connect

    drawing = upload(base, token, drawing_png())
    address = base.replace("http", "ws") + "/api/v1/live"
    protocols: Any = ["irodori.v1", f"token.{token}"]
    sent: list[Sample] = []
    with connect(address, subprotocols=protocols, max_size=None, proxy=None) as link:
        link.send(
            json.dumps({"type": "open", "session": drawing["session"], "drawing": drawing["id"]})
        )
        while isinstance(link.recv(), str):
            pass
        done = threading.Event()

        def receive() -> None:
            while not (done.is_set() and "shown" in sent[-1]):
                message = link.recv(timeout=20)
                now = time.perf_counter()
                if isinstance(message, str):
                    continue
                seq, full = int.from_bytes(message[:4], "little"), message[4] == 1
                for each in reversed(sent[:seq]):
                    if "full" in each:
                        break
                    each.setdefault("shown", now)
                    if full:
                        each.setdefault("full", now)

        reader = threading.Thread(target=receive)
        points: list[list[float]] = []
        started = time.perf_counter()
        for step in range(int(seconds * MOVES)):
            x, y = path(step)
            points.append([x * drawing["width"], y * drawing["height"]])
            hint = {"id": "pen", "kind": "stroke", "color": "#C03040", "radius": 3}
            what: dict[str, Any] = {"extend": {"id": "pen", "points": points[-1:]}}
            if step == 0:
                what = {"add": [{**hint, "points": points}]}
            now = time.perf_counter()
            sent.append({"moved": now})
            link.send(json.dumps({"type": "change", "seq": step + 1, **what}))
            if step == 0:
                reader.start()
            note()
            time.sleep(max(0, started + (step + 1) / MOVES - time.perf_counter()))
        done.set()
        reader.join(30)
    return sent


def upload(base: str, token: str, picture: bytes) -> dict[str, Any]:
    """Add a picture's file to a running studio: the drawing as the page gets it."""
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    request = urllib.request.Request(
        f"{base}/api/v1/drawings",
        body + picture + b"\r\n--x--\r\n",
        {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=x"},
    )
    with urllib.request.urlopen(request) as answer:
        loaded: dict[str, Any] = json.load(answer)
    return loaded


def in_browser(base: str, token: str, seconds: float, note: Callable[[], None]) -> list[Sample]:
    """The same with the page in Chromium: from the pointer's event to the picture on screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        known = CHROMIUM if Path(CHROMIUM).exists() else None
        browser = playwright.chromium.launch(executable_path=known, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 700}, bypass_csp=True)
        page.add_init_script(PROBE)
        page.goto(f"{base}/#token={token}")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sailor.png"
            file.write_bytes(drawing_png())
            page.locator("input[type=file]").first.set_input_files(file)
            page.wait_for_function("probe.frames > 0", timeout=60_000)
        page.wait_for_timeout(1500)
        page.keyboard.press("b")
        box = page.locator("canvas").first.bounding_box()
        assert box is not None
        side = min(box["width"], box["height"])
        left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def place(step: int) -> tuple[float, float]:
            x, y = path(step)
            return left + (x - 0.5) * side * 0.7, top + (y - 0.5) * side

        page.mouse.move(*place(0))
        page.mouse.down()
        started = time.perf_counter()
        for step in range(1, int(seconds * MOVES)):
            page.mouse.move(*place(step))
            note()
            time.sleep(max(0, started + step / MOVES - time.perf_counter()))
        page.mouse.up()
        page.wait_for_timeout(2000)
        sent: list[Sample] = page.evaluate("probe.sent")
        browser.close()
    return [{key: value / 1000 for key, value in each.items()} for each in sent]


def report(samples: list[Sample], graph: float, memory: list[float], table: Table) -> None:
    """One line a figure."""
    shown = [each["shown"] - each["moved"] for each in samples if "shown" in each]
    half = len(shown) // 2
    median = statistics.median(shown)
    print(f"moves sent {len(samples)}, answered {len(shown)}")
    print(f"move to picture: median {median * 1e3:.0f} ms")
    print(
        f"  first half {statistics.median(shown[:half]) * 1e3:.0f} ms, second half "
        f"{statistics.median(shown[half:]) * 1e3:.0f} ms, 95 % within "
        f"{sorted(shown)[int(0.95 * len(shown))] * 1e3:.0f} ms (a growing queue would show here)"
    )
    last = samples[-1]
    if "full" in last:
        waited = last["full"] - last["moved"]
        print(f"last move to the full answer: {waited * 1e3:.0f} ms = {waited / graph:.2f} x")
    table.add("pointer move to picture", median / graph, against="the bare color graph")
    series = [memory[len(memory) * part // 6] for part in range(6)] + memory[-1:]
    print("server's memory over the time, MB: " + " ".join(f"{each:.0f}" for each in series))


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=30)
    arguments.add_argument("--work-size", type=int, default=512)
    arguments.add_argument("--client", choices=("page", "socket"), default="page")
    chosen = arguments.parse_args()
    before = graph_seconds(chosen.work_size)
    with program(chosen.work_size) as (base, token, process):
        memory: list[float] = []
        last = [0.0]

        def note() -> None:
            if time.perf_counter() - last[0] > 0.25:
                last[0] = time.perf_counter()
                memory.append(resident_mb(process))

        draw = in_browser if chosen.client == "page" else over_socket
        samples = draw(base, token, chosen.seconds, note)
    after = graph_seconds(chosen.work_size)
    graph = statistics.mean([before, after])
    print(
        f"color graph alone, {chosen.work_size} px, {os.cpu_count()} cores: {before * 1e3:.0f} ms"
        f" before, {after * 1e3:.0f} ms after"
    )
    table = Table()
    report(samples, graph, memory, table)
    table.write(chosen.json)


if __name__ == "__main__":
    main()
