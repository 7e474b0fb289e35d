"""Waiting for storage that does not answer, and saying so: the one place where this is done.

Whatever is asked of storage can be asked again: an object is read or written as a whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from irodori.storage.errors import StorageError

Answer = TypeVar("Answer")

LONGEST = 300.0
"""Seconds after which storage that has not answered is given up."""

SLOW = 5.0
"""Seconds without an answer after which it is said that we wait for one."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0  # seconds between two tries; doubled each time


def patiently(ask: Callable[[], Answer], where: str, what: str) -> Answer:
    """What `ask` returns, asked again as long as the connection is lost.

    where: the storage, told in messages; what: the address that is asked for. A line on stderr says
    that we wait, and another that storage is back; of all processes of a command one says it.
    Raises StorageError after `LONGEST` seconds, and what `ask` raises for other reasons.
    """
    outage = Outage(where)
    since = time.monotonic()
    pause = _FIRST_PAUSE
    try:
        while True:
            slow = threading.Timer(SLOW, outage.begin, ("no answer yet",))
            slow.daemon = True
            slow.start()
            try:
                return ask()
            except Exception as error:
                if not is_lost_connection(error):
                    raise
                if time.monotonic() - since > LONGEST:
                    outage.forget()
                    raise StorageError(
                        f"{what}: no answer for {LONGEST / 60:.0f} minutes ({told(error)}); what "
                        "is done is kept: run it again once the storage answers, it goes on there"
                    ) from error
                outage.begin(told(error))
            except BaseException:  # stopped
                outage.forget()
                raise
            finally:
                slow.cancel()
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
    finally:
        outage.end()  # an answer, even if it is a refusal


class Outage:
    """A time without connection, told once for all processes of a command.

    The first that notices makes a marker file, the first that is through again removes it.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self._noticed = False

    def begin(self, reason: str) -> None:
        """Say that we wait, unless it was said."""
        if self._noticed:
            return
        self._noticed = True
        if self._is_first():
            _say(f"{self.where}: does not answer ({reason}); waiting, trying again")

    def end(self) -> None:
        """Say that it answers again, if it was said that it does not."""
        if self.forget():
            _say(f"{self.where}: answers again; going on")

    def forget(self) -> bool:
        """Say nothing more; whether it is this process's turn to say that it is over."""
        noticed, self._noticed = self._noticed, False
        if not noticed:
            return False
        try:
            self._marker.unlink()
        except FileNotFoundError:
            return False  # another process has said it
        return True

    def _is_first(self) -> bool:
        """Whether no other process has said it."""
        try:
            self._marker.touch(exist_ok=False)
            return True
        except FileExistsError:
            pass
        try:
            left = time.time() - self._marker.stat().st_mtime > LONGEST
        except FileNotFoundError:  # it has just been said that it is over
            return False
        if left:  # by a command that was killed, and had the same number
            self._marker.touch()
        return left

    @property
    def _marker(self) -> Path:
        import multiprocessing
        import tempfile

        parent = multiprocessing.parent_process()
        command = os.getpid() if parent is None else parent.pid
        digest = hashlib.sha256(self.where.encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir(), f"irodori-waits-{command}-{digest}")


def _say(line: str) -> None:
    print(f"irodori: {line}", file=sys.stderr, flush=True)


def is_lost_connection(error: BaseException) -> bool:
    """Whether an error, or what it was raised from, says that storage cannot be reached for now.

    Refused, reset, cut off in the middle, timed out, no such host for now, or an answer of 500 to
    599: the server is there, and what stands behind it is not.
    """
    kinds = _kinds()
    for each in _causes(error):
        if "SSL" in type(each).__name__ or "Certificate" in type(each).__name__:
            return False  # a certificate does not become right by waiting
        if isinstance(each, kinds):
            return True
        answer = getattr(each, "response", None)
        status = getattr(each, "status", None)
        if isinstance(answer, dict):
            status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if answer.get("Error", {}).get("Code") in ("SlowDown", "RequestTimeout"):
                return True
        if isinstance(status, int) and (status >= 500 or status in (408, 429)):
            return True
    return False


def _causes(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__


@lru_cache(maxsize=1)
def _kinds() -> tuple[type[BaseException], ...]:
    """The errors of the libraries that are installed."""
    kinds: list[type[BaseException]] = [ConnectionError, TimeoutError]
    try:
        import aiohttp

        kinds += [aiohttp.ClientConnectionError, aiohttp.ClientPayloadError]
    except ModuleNotFoundError:
        pass
    try:
        from botocore import exceptions
        from botocore.parsers import ResponseParserError

        kinds += [exceptions.HTTPClientError, exceptions.ConnectionError, ResponseParserError]
    except ModuleNotFoundError:
        pass
    return tuple(kinds)


def told(error: BaseException) -> str:
    """An error in a few words, addresses in it cut to the host."""
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r'(https?://[^/\s"]+)[^\s"]*', r"\1", text)[:120].rstrip(" :.")
