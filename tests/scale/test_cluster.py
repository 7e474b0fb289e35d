"""A cluster that runs already is joined, and runs on when the work is done."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def address() -> Iterator[str]:
    """Of a cluster of two cores that `ray start` started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"]
    command += ["--port", str(port), "--num-cpus", "2", "--include-dashboard=false"]
    command += ["--object-store-memory", "100000000", "--disable-usage-stats"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    assert running.stdout is not None
    assert any("Ray runtime started" in line for line in running.stdout)
    yield f"127.0.0.1:{port}"
    assert running.poll() is None, "the cluster runs on"
    running.terminate()
    running.communicate(timeout=60)


def test_two_commands_on_one_cluster(
    address: str,
    tmp_path: Path,
    program: Callable[..., subprocess.CompletedProcess[bytes]],
    contents: Callable[[Path], dict[str, str]],
) -> None:
    here, there = ("--workers", 2), ("--engine", "ray", "--address", address)
    for folder, how in ((tmp_path / "here", here), (tmp_path / "there", there)):
        folder.mkdir()
        for command in (["synth", "art", "--count", 40, "--size", 64], ["split", "art"]):
            done = program("data", *command, *how, cwd=folder)
            assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
