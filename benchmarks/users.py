"""Many people drawing at once in one studio: who waits how long, and what it holds in memory.

    python benchmarks/users.py [--users 20] [--seconds 120]

The real program, and as many WebSocket clients in one other process, each with a drawing of its
own. A client draws strokes of a second and a half at 60 points a second, rests for half a second,
and starts the next one elsewhere in another color. An answer's time runs from a change sent to the
first picture that shows it. Fair is: the slowest user's median over the fastest's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from batch import draw_variants
from live import program, resident_mb, upload
from table import Table, parser

MOVES = 60  # a second
STROKE, STRIDE, PAUSE = 90, 3, 0.5  # points, pixels from one to the next, seconds
COLORS = ("#C03040", "#3060C0", "#E0B020", "#40A060", "#F0D0B0", "#705040")


class User:
    """One client: what it sent and when, and how long each change waited for its picture."""

    def __init__(self, number: int, drawing: dict[str, Any]) -> None:
        self.drawing, self.random = drawing, random.Random(number)
        self.waiting: list[tuple[int, float]] = []  # seq and when it was sent
        self.answers: list[float] = []
        self.errors: list[str] = []
        self.seq = 0
        self.opened = asyncio.Event()

    async def draw(self, base: str, token: str, start: asyncio.Event, seconds: float) -> None:
        """Open the drawing, and draw from `start` on."""
        from websockets.asyncio.client import connect

        address = base.replace("http", "ws") + "/api/v1/live"
        protocols: Any = ["irodori.v1", f"token.{token}"]
        async with connect(address, subprotocols=protocols, max_size=None, proxy=None) as link:
            opening = {"session": self.drawing["session"], "drawing": self.drawing["id"]}
            await link.send(json.dumps({"type": "open", **opening}))
            reader = asyncio.create_task(self._listen(link))
            await self.opened.wait()
            await start.wait()
            ends = time.perf_counter() + seconds
            while time.perf_counter() < ends and not reader.done():
                await self._stroke(link)
                await asyncio.sleep(PAUSE)
            for _ in range(200):  # ten seconds for what is still on its way
                if not self.waiting or reader.done():
                    break
                await asyncio.sleep(0.05)
            if self.waiting:
                self.errors.append(f"{len(self.waiting)} changes without an answer")
            reader.cancel()

    async def _stroke(self, link: Any) -> None:
        width, height = self.drawing["width"], self.drawing["height"]
        x, y = (self.random.uniform(0.2, 0.8) * side for side in (width, height))
        turned = self.random.uniform(0, 2 * math.pi)
        hint = {"id": f"s{self.seq}", "kind": "stroke", "radius": 3}
        hint["color"] = self.random.choice(COLORS)
        started = time.perf_counter()
        for step in range(STROKE):
            turned += self.random.uniform(-0.3, 0.3)  # a hand turns, and does not jump
            x = min(width - 2.0, max(2.0, x + STRIDE * math.cos(turned)))
            y = min(height - 2.0, max(2.0, y + STRIDE * math.sin(turned)))
            points = [[x, y]]
            what: dict[str, Any] = {"extend": {"id": hint["id"], "points": points}}
            if step == 0:
                what = {"add": [{**hint, "points": points}]}
            self.seq += 1
            self.waiting.append((self.seq, time.perf_counter()))
            await link.send(json.dumps({"type": "change", "seq": self.seq, **what}))
            await asyncio.sleep(max(0.0, started + (step + 1) / MOVES - time.perf_counter()))

    async def _listen(self, link: Any) -> None:
        try:
            async for message in link:
                if isinstance(message, str):
                    note = json.loads(message)
                    if note["type"] == "error":
                        self.errors.append(note["message"])
                    continue
                self.opened.set()
                seq, now = int.from_bytes(message[:4], "little"), time.perf_counter()
                while self.waiting and self.waiting[0][0] <= seq:
                    self.answers.append(now - self.waiting.pop(0)[1])
        except Exception as error:  # whatever cuts a user off is what this looks for
            self.errors.append(f"{type(error).__name__}: {error}")
            self.opened.set()


async def draw_all(
    base: str, token: str, drawings: list[dict[str, Any]], seconds: float
) -> list[User]:
    """All users at once, each from when the last one's drawing is open."""
    users = [User(number, drawing) for number, drawing in enumerate(drawings)]
    start = asyncio.Event()
    tasks = [asyncio.create_task(each.draw(base, token, start, seconds)) for each in users]
    for user in users:
        await user.opened.wait()
    start.set()
    for user, result in zip(
        users, await asyncio.gather(*tasks, return_exceptions=True), strict=True
    ):
        if isinstance(result, BaseException):
            user.errors.append(f"{type(result).__name__}: {result}")
    return users


def clients(base: str, token: str, users: int, seconds: float) -> None:
    """What the other process does: upload, draw, and print what was seen as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        files = draw_variants(Path(folder), users, 700)
        drawings = [upload(base, token, file.read_bytes()) for file in files]
    began = time.process_time()
    done = asyncio.run(draw_all(base, token, drawings, seconds))
    found = [{"answers": each.answers, "errors": each.errors} for each in done]
    print(json.dumps({"users": found, "cpu": time.process_time() - began}))


def watched(command: list[str], process: int) -> tuple[dict[str, Any], list[float]]:
    """What the clients print, and the program's memory in MB meanwhile, twice a second."""
    memory: list[float] = []
    with tempfile.TemporaryFile("w+") as out:
        running = subprocess.Popen(command, stdout=out)
        while running.poll() is None:
            memory.append(resident_mb(process))
            time.sleep(0.5)
        if running.returncode:
            raise SystemExit("the clients failed")
        out.seek(0)
        found: dict[str, Any] = json.load(out)
    return found, memory


def report(found: dict[str, Any], memory: list[float], seconds: float, table: Table) -> None:
    """One line a user, then what is held against a limit."""
    medians = []
    print(f"{'user':<6}{'answers':>9}{'median ms':>11}{'worst ms':>10}  errors")
    for number, user in enumerate(found["users"], 1):
        answers = user["answers"] or [float("nan")]
        medians.append(statistics.median(answers))
        shown = f"{medians[-1] * 1e3:>11.0f}{max(answers) * 1e3:>10.0f}"
        print(f"{number:<6}{len(user['answers']):>9}{shown}  {'; '.join(user['errors'][:2])}")
    start, middle, end = memory[len(memory) // 4], memory[len(memory) // 2], memory[-1]
    print(f"the clients took {found['cpu'] / seconds:.2f} of one core")
    print(f"the program held {start:.0f} MB, half way {middle:.0f} MB, at the end {end:.0f} MB\n")
    errors = sum(len(user["errors"]) for user in found["users"])
    fair = max(medians) / min(medians)
    many = f"{len(medians)} users"
    table.add(f"{many}: slowest median", fair, against="the fastest's median", limit=2)
    table.add(f"{many}: errors", errors, against="none", limit=0)
    table.add(f"{many}: memory at the end", end / middle, against="half way", limit=1.25)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--users", type=int, default=20)
    arguments.add_argument("--seconds", type=float, default=120)
    arguments.add_argument("--clients", metavar="BASE", help=argparse.SUPPRESS)
    arguments.add_argument("--token", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.clients:
        clients(asked.clients, asked.token, asked.users, asked.seconds)
        return
    table = Table()
    with program(work_size=256) as (base, token, process):
        command = [sys.executable, __file__, "--users", f"{asked.users}"]
        # joined to its option, since a token may begin with a dash
        command += [f"--seconds={asked.seconds}", f"--clients={base}", f"--token={token}"]
        report(*watched(command, process), asked.seconds, table)
    table.write(asked.json)


if __name__ == "__main__":
    main()
