"""gallery-dl, run as a program: what it is told, what it says, and how it is stopped.

It is under the GPL and never imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, TypeAlias

from irodori.collection.errors import CollectionError
from irodori.collection.sites import Site
from irodori.color.errors import OutputError

if sys.platform != "win32":  # there, two crawls of one folder at a time are not told apart
    import fcntl

Config: TypeAlias = dict[str, Any]

KEYS = {
    "danbooru": {"username": "DANBOORU_USERNAME", "password": "DANBOORU_API_KEY"},
    "gelbooru": {"user-id": "GELBOORU_USER_ID", "api-key": "GELBOORU_API_KEY"},
}
"""For boards with accounts: gallery-dl's options and the environment variables they come from."""

_PATIENCE = 120  # seconds to wait for the gallery-dl of a crawl that was killed
_DISK_FULL = ("No space left", "Disk quota", "[Errno 28]")


@dataclass
class Heard:
    """What gallery-dl told of one search: pictures fetched, found fetched before, not to be had."""

    fetched: int = 0
    known: int = 0
    failed: list[str] = field(default_factory=list)
    error: str | None = None

    @property
    def answered(self) -> int:
        """The posts that came up so far."""
        return self.fetched + self.known + len(self.failed)


def check_installed() -> None:
    """Raises CollectionError, with the remedy, where gallery-dl is missing."""
    if find_spec("gallery_dl") is None:
        raise CollectionError(
            'gallery-dl is needed to crawl and is not installed; pip install "irodori[data]"'
        )


@contextlib.contextmanager
def only_crawl(path: Path) -> Iterator[int | None]:
    """Keeps others off as long as this process, or a gallery-dl that it started, lives.

    path: of a file that is locked; its descriptor is handed to gallery-dl, which thereby holds the
    lock even when we are killed. It then ends with its next line, so it is waited for. Raises
    CollectionError where another crawl is at work.
    """
    with path.open("a") as file:
        if sys.platform == "win32":
            yield None
            return
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise CollectionError(
                        f"{path.parent.parent}: another crawl is at work there; wait for it to end"
                    ) from None
                time.sleep(0.2)
        yield file.fileno()


def fetch(
    site: Site, tags: str, config: Config, *, lock: int | None, hear: Callable[[Heard], None]
) -> Heard:
    """Fetches what answers the tags, as far as it is not there yet.

    hear: called after each post. Raises CollectionError where the board ends the search, and
    OutputError where the disk is full; Ctrl-C ends gallery-dl too.
    """
    config = with_keys(site, config)
    handle, name = tempfile.mkstemp(prefix="irodori-crawl-", suffix=".json")  # only we can read it
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(config, file)
        command = [sys.executable, "-m", "gallery_dl", "--config-ignore", "--config", name]
        with subprocess.Popen(
            [*command, site.search_url(tags)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if lock is None else (lock,),
        ) as process:
            try:
                heard = _listen(process.stdout, hear)
            except BaseException:
                process.terminate()
                raise
    finally:
        Path(name).unlink(missing_ok=True)
    if heard.error is None and process.returncode & ~4:  # 4: single files, which were counted
        heard.error = f"gallery-dl ended with code {process.returncode}"
    if heard.error is not None:
        raise _explained(site, heard.error)
    return heard


def _listen(lines: IO[str] | None, hear: Callable[[Heard], None]) -> Heard:
    """Lines without a tab are files, "# " before those that were there; the others are its log."""
    heard = Heard()
    for line in lines or ():
        level, tab, rest = line.strip().partition("\t")
        if tab:
            who, _, message = rest.partition("\t")
            if level == "error" and who == "download":
                heard.failed.append(message.removeprefix("Failed to download "))
            elif level == "error":
                heard.error = heard.error or message
        elif level.startswith("# "):
            heard.known += 1
        elif level:
            heard.fetched += 1
        hear(heard)
    return heard


def config_for(folder: Path, rate: float) -> Config:
    """What gallery-dl is told for any search. rate: seconds between two requests."""
    return {
        "extractor": {
            "base-directory": str(folder),
            "archive": str(folder / ".crawl" / "archive.sqlite3"),
            "archive-format": "{id}",
            # A picture that is whole but was not noted when we were killed: "skip" notes it.
            "archive-event": "file,skip",
            "sleep": rate,
            "sleep-request": rate,
            "sleep-retries": f"exp:2:0:60={max(rate, 0.5)}",
            "sleep-429": f"exp:2:0:600={30 * rate}" if rate else 0,
            "retries": 5,
            "retry-codes": [429],
        },
        "downloader": {"mtime": False, "progress": None},
        "output": {
            "mode": "pipe",
            "log": {"level": "warning", "format": "{levelname}\t{name}\t{message}"},
            "stdout": {"encoding": "utf-8", "line_buffering": True},
            "stderr": {"encoding": "utf-8", "line_buffering": True},
        },
    }


def with_keys(site: Site, config: Config, environment: Mapping[str, str] = os.environ) -> Config:
    """The same with the account that the environment names, for a board that has accounts."""
    options = KEYS.get(site.key, {})
    keys = {key: environment[name] for key, name in options.items() if environment.get(name)}
    return {**config, "extractor": {**config["extractor"], **keys}}


def _explained(site: Site, message: str) -> Exception:
    """gallery-dl's error as one line for a person."""
    names = " and ".join(KEYS.get(site.key, {}).values())
    if any(sign in message for sign in _DISK_FULL):
        return OutputError("the disk is full; make room and run it again, what is there stays")
    if "AuthRequired" in message and names:
        return CollectionError(
            f"{site.name} answers only with an account: set {names} in the environment"
        )
    if "'422 " in message and site.kind == "danbooru":
        account = f", set {names} for more" if names else ""
        return CollectionError(
            f"{site.name} refused the search: without an account it takes two tags at a time"
            f"{account}; leave pictures out by their tags with --without"
        )
    return CollectionError(
        f"{site.name} ended the search: {message}; what was fetched is kept, run it again to go on"
    )
