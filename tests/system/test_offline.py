"""Coloring asks nobody: it works with the network switched off."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Python's own door to the network, for machines where no real one can be closed.
NO_SOCKETS = """
import sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"the network was asked for: {event} {arguments}")
sys.addaudithook(refuse)
from irodori.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_no_socket_is_ever_opened(drawing: Path) -> None:
    command = [sys.executable, "-c", NO_SOCKETS, "colorize", str(drawing)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_in_a_machine_without_a_network(drawing: Path) -> None:
    unshare = ["unshare", "--user", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*unshare, "true"]).returncode != 0:
        pytest.skip("a namespace without a network is not permitted here")
    command = [*unshare, sys.executable, "-m", "irodori", "colorize", str(drawing)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert drawing.with_name("house.colored.png").is_file()
