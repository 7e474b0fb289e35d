"""Telling of a run that other processes work on, from what they write into its folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from irodori.training.progress import Watcher, validated
from irodori.training.runs import Run

_EVERY = 1.0  # seconds between looks


@contextmanager
def followed(run: Run, watcher: Watcher) -> Iterator[None]:
    """Tells `watcher` meanwhile of each record that is added to the run's metrics."""
    over = threading.Event()
    reader = _Reader(run.folder / "metrics.jsonl", watcher)

    def follow() -> None:
        while not over.wait(_EVERY):
            reader.tell()
        reader.tell()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class _Reader:
    """Reads on in a file of JSON lines, which may also have been cut back meanwhile."""

    def __init__(self, path: Path, watcher: Watcher) -> None:
        self.path, self.watcher = path, watcher
        self.at = path.stat().st_size if path.exists() else 0

    def tell(self) -> None:
        """Tell what is new."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            self.at = min(self.at, self.path.stat().st_size)
            file.seek(self.at)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self.at += len(line)
                figures = json.loads(line)
                self.watcher.step(figures["step"], figures["seconds"], figures)
                if "valid/error" in figures:
                    self.watcher.say(validated(figures["step"], figures))
