"""Ray's processes on this machine, and how one of them is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def processes(title: str) -> list[int]:
    """Those that Ray runs under such a title."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if line.startswith("ray::") and title in line:
            found.append(int(entry.name))
    return found


@contextmanager
def killing(title: str, ready: Callable[[], bool]) -> Iterator[list[int]]:
    """Meanwhile kills one such process, once it is time; the list holds its number then."""
    killed: list[int] = []

    def watch() -> None:
        while not (ready() and (there := processes(title))):
            time.sleep(0.02)
        os.kill(there[0], signal.SIGKILL)
        killed.append(there[0])

    threading.Thread(target=watch, daemon=True).start()
    yield killed
    assert killed, "the work was over before one could be killed"
