"""`python -m irodori`, and what the `irodori` command starts."""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType

from irodori.cli import main


def start() -> int:
    """Run the program as a process of its own; the exit code."""
    _take_sigterm_for_ctrl_c()
    gc.set_threshold(50_000, 20, 20)  # imports make many objects and hardly any garbage
    code = main()
    if "duckdb" not in sys.modules:  # which says on stderr what of it was not freed
        gc.freeze()  # nor is it worth looking for garbage where all of it goes
    return code


def _take_sigterm_for_ctrl_c() -> None:
    """So that a container or a batch system that ends the work loses nothing of it."""
    ours = os.getpid()

    def stop(number: int, frame: FrameType | None) -> None:
        if os.getpid() != ours:  # a fork, which its parent ends
            os._exit(128 + number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


if __name__ == "__main__":
    sys.exit(start())
