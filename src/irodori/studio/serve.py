"""Starting the studio: a free port, a store of its own, files opened, the browser called."""

from __future__ import annotations

import errno
import ipaddress
import os
import shutil
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

from irodori.color.colorist import WORK_SIZE, Colorist
from irodori.color.errors import IrodoriError, OutputError
from irodori.studio.core import Limits, Studio
from irodori.studio.store import Store, new_id

PORT = 8765
"""The first port that is tried."""

_TRIES = 50  # ports after it
_STORES = 20  # studios at one time


Progress = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and a name."""


@dataclass(frozen=True)
class Address:
    """Where the studio listens. names: further names that it may be asked for."""

    host: str = "127.0.0.1"
    port: int | None = None
    names: frozenset[str] = field(default_factory=frozenset)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def listen(address: Address) -> socket.socket:
    """A listening socket on the port asked for, or on the first free one from `PORT` on.

    Raises OutputError.
    """
    ports = [address.port] if address.port is not None else range(PORT, PORT + _TRIES)
    for port in ports:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address.host, port))
            listener.listen(512)
        except OSError as error:
            listener.close()
            if error.errno == errno.EADDRINUSE and address.port is None:
                continue
            raise OutputError(
                f"{address.host}:{port}: cannot listen there ({error.strerror});"
                " choose another with --port"
            ) from error
        return listener
    raise OutputError(f"ports {PORT} to {PORT + _TRIES - 1} are all taken; name one with --port")


def claim_store(base: Path) -> tuple[Store, IO[str]]:
    """The store at `base`, or beside it where another studio runs on that, and its lock.

    The system lets go of the lock however the program ends. Raises OutputError.
    """
    for number in range(1, _STORES + 1):
        root = base if number == 1 else base.with_name(f"{base.name}-{number}")
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (root / "lock").open("w")
        except OSError as error:
            raise OutputError(
                f"{root}: no folder can be made there ({error.strerror}); name one with --store"
            ) from error
        if _hold(lock):
            return Store(root), lock
        lock.close()
    raise OutputError(f"{base}: {_STORES} studios run already; close some")


def default_store() -> Path:
    """The folder for this user's work on this system."""
    import platformdirs

    return Path(platformdirs.user_data_dir("irodori", appauthor=False)) / "studio"


def open_files(
    studio: Studio, files: Sequence[str], say: Callable[[str], None], progress: Progress
) -> None:
    """Load files into a session of their own, for the page that opens next.

    What cannot be loaded is said and left out.
    """
    if not files:
        return
    session = studio.desk.new_session()
    for number, path in enumerate(files):
        progress(number, len(files), path)
        held = studio.store.temporary / f"{new_id()}.upload"
        try:
            shutil.copyfile(path, held)
            record = studio.take_in(
                held, Path(path).name, session.record.id, "auto", encode=number == 0
            )
        except (IrodoriError, OSError) as error:
            say(str(error) if isinstance(error, IrodoriError) else f"{path}: {error.strerror}")
            continue
        finally:
            held.unlink(missing_ok=True)
        record.path = str(Path(path).resolve())
        studio.remember(record)
        studio.desk.add(record)
    if session.drawings:
        studio.desk.pending.append(session.record.id)
    else:
        studio.desk.remove_session(session.record.id)


def serve(
    files: Sequence[str],
    address: Address,
    *,
    store: Path | None = None,
    colorist: str | Colorist = "quick",
    threads: int | None = None,
    work_size: int | None = None,
    browser: bool = True,
    limits: Limits | None = None,
    say: Callable[[str], None] = print,
    progress: Callable[[str], AbstractContextManager[Progress]] = lambda what: nullcontext(_silent),
) -> None:
    """Run the studio until Ctrl-C. `say` gets the page's address, and what could not be loaded.

    threads: colorings at a time; None for one per core. work_size: long side of what the network
    sees for a full answer, None for the one it learnt with. progress: with a word for the work,
    what shows how far the loading of `files` is.

    Raises OutputError and ColoristError.
    """
    import uvicorn

    from irodori.studio.app import create_app

    listener = listen(address)
    claimed, lock = claim_store(store if store is not None else default_store())
    with lock, listener:
        tempfile.tempdir = str(claimed.temporary)  # uploads are spooled there too
        painter = Colorist.load(colorist) if isinstance(colorist, str) else colorist
        full = work_size or painter.work_size
        studio = Studio(
            claimed,
            painter,
            limits or Limits(),
            work_size=full,
            live_work_size=min(full, WORK_SIZE),
            threads=threads,
        )
        with progress("opening") as tell:
            open_files(studio, files, say, tell)
        token = claimed.token()
        app = create_app(studio, token, names=address.names, any_address=not address.local)
        url = _url(address, listener.getsockname()[1], token)
        say(url)
        config = uvicorn.Config(
            app,
            log_level="warning",
            ws_max_size=1_000_000,
            ws_per_message_deflate=False,  # costs more than the loopback saves
            timeout_graceful_shutdown=5,
            server_header=False,
        )
        if browser:
            webbrowser.open(url)
        uvicorn.Server(config).run(sockets=[listener])


def _silent(done: int, total: int, name: str) -> None:
    pass


def _url(address: Address, port: int, token: str) -> str:
    host = _own_address() if address.host in ("0.0.0.0", "::") else address.host
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/#token={quote(token)}"


def _own_address() -> str:
    """This machine's address in its network, as a tablet beside it would write it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only picks the way out
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _hold(lock: IO[str]) -> bool:
    """Whether the file is ours until it is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
