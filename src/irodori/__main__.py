"""`python -m irodori`, and what the `irodori` command starts."""

from __future__ import annotations

import gc
import sys

from irodori.cli import main


def start() -> int:
    """Run the program as a process of its own; the exit code."""
    gc.set_threshold(50_000, 20, 20)  # imports make many objects and hardly any garbage
    code = main()
    if "duckdb" not in sys.modules:  # which says on stderr what of it was not freed
        gc.freeze()  # nor is it worth looking for garbage where all of it goes
    return code


if __name__ == "__main__":
    sys.exit(start())
