"""An S3-compatible server as a process of its own, and a line to it that can be cut.

What tests and benchmarks of storage need; nothing of it is ours to measure.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

KEYS = {
    "AWS_ACCESS_KEY_ID": "someone",
    "AWS_SECRET_ACCESS_KEY": "a secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_VERBS = (b"GET ", b"PUT ", b"HEAD ", b"POST ", b"DELETE ")


@contextlib.contextmanager
def object_store(**environment: str) -> Iterator[int]:
    """moto's server; its port on this machine. environment: more variables for it."""
    port = _free_port()
    program = [sys.executable, "-c", "from moto.server import main; main()", "-p", str(port)]
    server = subprocess.Popen(
        program,
        env={**os.environ, **KEYS, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/moto-api/")
        yield port
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[int]:
    """Python's own web server over a folder; its port on this machine."""
    port = _free_port()
    program = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    server = subprocess.Popen(
        program, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/")
        yield port
    finally:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


class Line:
    """A TCP proxy to a port of this machine that can be cut, or held, at a certain request.

    Cut: every connection is closed at once and new ones are refused. Held: connections stay, and
    nothing passes.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.requests = 0
        """How many requests were passed on, or begun to be, since `arm` or the beginning."""
        self.breaks = 0
        """How often it was cut or held since then."""
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._plan: tuple[int, float, bool] | None = None
        self._passing = threading.Event()
        self._passing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._accepting(self._listener)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def arm(self, request: int | None, seconds: float = 10.0, *, hold: bool = False) -> None:
        """Plan to cut the line in the middle of the nth request from now; None for not at all."""
        with self._lock:
            self.requests = self.breaks = 0
            self._plan = None if request is None else (request, seconds, hold)

    def close(self) -> None:
        self._listener.close()
        self._drop()

    def _accepting(self, listener: socket.socket) -> None:
        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return  # closed
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                with self._lock:
                    self._open |= {client, server}
                for source, sink, asks in ((client, server, True), (server, client, False)):
                    threading.Thread(
                        target=self._pump, args=(source, sink, asks), daemon=True
                    ).start()

        threading.Thread(target=accept, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, asks: bool) -> None:
        try:
            while data := source.recv(1 << 16):
                if asks and data.startswith(_VERBS):
                    self._count()
                self._passing.wait()
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        with self._lock:
            self._open -= {source, sink}

    def _count(self) -> None:
        with self._lock:
            self.requests += 1
            if self._plan is None or self.requests < self._plan[0]:
                return
            _, seconds, hold = self._plan
            self._plan = None
            self.breaks += 1
        if hold:
            self._passing.clear()
            threading.Timer(seconds, self._passing.set).start()
            return
        # A listener that another thread waits on is closed for good only once that thread wakes.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._timer = threading.Timer(seconds, self.mend)
        self._timer.daemon = True
        self._timer.start()
        self._drop()

    def _drop(self) -> None:
        with self._lock:
            dropped, self._open = self._open, set()
        for each in dropped:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """End a cut, if there is one, before its time."""
        with self._lock:
            if self._listener.fileno() >= 0:
                return
            self._listener = socket.create_server(("127.0.0.1", self.port))
        self._accepting(self._listener)
