"""Every long command as a process of its own, its storage gone for ten seconds in the middle."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_long_command_waits_says_so_and_finishes_right() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "storage.py", "--pictures", "12"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NO" not in done.stdout
    assert len([line for line in done.stdout.splitlines() if line.endswith("yes")]) == 13
