"""What must lie on a local disk while it is worked on, for a place elsewhere.

Storage elsewhere can neither add to a file nor lock one. Journals, runs at work and the like lie in
a working folder in the user's state folder, named after the address, so that the same command finds
it again; a mirror keeps the address the same as the folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from irodori.storage.errors import StorageError
from irodori.storage.places import remote
from irodori.storage.remote import RemotePath

CACHE = "cache"
"""The name of folders whose content can be worked out again."""

_KNOWN = ".mirrored.json"

Wanted: TypeAlias = Callable[[str], bool]
"""Whether a file is wanted, by its way from the folder, with slashes."""


def working_folder(address: RemotePath) -> Path:
    """The local folder for what is done at an address; made if need be. Raises StorageError."""
    import platformdirs

    state = Path(platformdirs.user_state_dir("irodori", appauthor=False))
    plain = re.sub(r"[^\w.-]+", "-", str(address))[-40:].strip("-")
    digest = hashlib.sha256(str(address).encode()).hexdigest()[:12]
    folder = state / "storage" / f"{plain}-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be made ({error.strerror}), and {address} needs a local folder to "
            "work in; set XDG_STATE_HOME to a place with room"
        ) from None
    return folder


def working_file(folder: Path, name: str) -> Path:
    """Where a file that is added to lies: in `folder` itself, or in its working folder."""
    there = remote(folder)
    return (folder if there is None else working_folder(there)) / name


def mirror_of(folder: Path) -> Mirror | None:
    """The mirror of a place elsewhere, None for a local folder."""
    there = remote(folder)
    return None if there is None else Mirror(there, working_folder(there))


@contextmanager
def working(folder: Path) -> Iterator[Path]:
    """The folder itself, or a local one that is what lies there, and is sent back at the end.

    It is sent also where the work was stopped or failed, so that what is done is kept.
    """
    mirror = mirror_of(folder)
    if mirror is None:
        yield folder
        return
    mirror.there.mkdir()  # says at once where nothing can be written
    mirror.fetch()
    try:
        yield mirror.here
    finally:
        mirror.send()


@dataclass(frozen=True)
class Mirror:
    """An address and the local folder that is to be the same; only what changed travels.

    What is known of both sides lies in the folder, in `.mirrored.json`: for each file its local
    stamp and its version there, of when they were last the same.
    """

    there: RemotePath
    here: Path

    def fetch(self, below: str = "", wanted: Wanted = lambda name: True) -> None:
        """Brings what is new or was changed there; takes away here what was taken away there.

        below: only that folder in it. What was changed here alone stays. Raises StorageError.
        """
        found = self._listed(below)
        with self._known() as known:
            for name in sorted(found):
                if wanted(name) and known.get(name, [None, None])[1] != found[name]:
                    known[name] = [self._bring(name), found[name]]
            for name in [name for name in known if name.startswith(_prefix(below))]:
                if name not in found and wanted(name):
                    (self.here / name).unlink(missing_ok=True)
                    del known[name]

    def send(self, below: str = "") -> None:
        """Sends what is new or was changed here; takes away there what was taken away here.

        In the order in which the files were written, so that what tells of others comes after them.
        What is called .part is half a file and stays here, as does what lies in a folder called
        cache, since it can be worked out again. Raises StorageError.
        """
        stamps = {name: _stamp(self.here / name) for name in self._local(below)}
        with self._known() as known:
            for name in sorted(stamps, key=lambda name: (stamps[name], name)):
                if known.get(name, [None])[0] != stamps[name]:
                    (self.there / name).put(self.here / name)
                    known[name] = [stamps[name], (self.there / name).stat().version]
            gone = {name for name in known if name.startswith(_prefix(below))} - stamps.keys()
            for name in sorted(gone, key=lambda name: known[name][0], reverse=True):
                (self.there / name).unlink(missing_ok=True)
                del known[name]

    def _bring(self, name: str) -> list[int]:
        """The stamp of the file that was brought here."""
        path = self.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            (self.there / name).get(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return _stamp(path)

    def _local(self, below: str) -> Iterator[str]:
        for path in (self.here / below).rglob("*"):
            name = path.relative_to(self.here).as_posix()
            stays = any(each == CACHE or each.endswith(".part") for each in name.split("/"))
            if path.is_file() and not stays and name != _KNOWN:
                yield name

    def _listed(self, below: str) -> dict[str, str]:
        folder = self.there / below if below else self.there
        return {f"{_prefix(below)}{name}": version for name, version in folder.versions().items()}

    @contextmanager
    def _known(self) -> Iterator[dict[str, list[Any]]]:
        """What is known of both sides, to be changed; kept also where the work is stopped."""
        path = self.here / _KNOWN
        try:
            known: dict[str, list[Any]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # none yet, or cut off: everything is looked at anew
            known = {}
        try:
            yield known
        finally:
            self.here.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{_KNOWN}.part")
            part.write_text(json.dumps(known), encoding="utf-8")
            part.replace(path)


def _prefix(below: str) -> str:
    return f"{below}/" if below else ""


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_mtime_ns, found.st_size]
