"""What is costly to make of a drawing, kept while there is room: the least recently used goes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.encoding import Encoding

FRAME_SIDE = 1024
"""Long side of the pictures that follow the brush, in pixels."""

_BYTES_PER_PIXEL = 12  # ink, parts, and what is cached beside them


@dataclass(frozen=True, eq=False)
class Prepared:
    """A drawing ready to be colored: at its own size, and for the brush at the frame's size.

    `scale`: frame pixels per pixel of the drawing, at most 1.
    """

    encoding: Encoding
    frame: Encoding

    @property
    def drawing(self) -> Drawing:
        """The drawing at its own size."""
        return self.encoding.drawing

    @property
    def final(self) -> bool:
        """Whether the frame is the drawing itself, so that the quick answer is the full one."""
        return self.frame is self.encoding

    @property
    def scale(self) -> float:
        """Frame pixels per pixel of the drawing."""
        return self.frame.drawing.width / self.drawing.width

    @property
    def bytes(self) -> int:
        """About how much memory this holds."""
        return self.drawing.width * self.drawing.height * _BYTES_PER_PIXEL + 16_000_000


def prepare(
    drawing: Drawing, colorist: Colorist, *, work_size: int, live_work_size: int
) -> Prepared:
    """Encodes a drawing; where the brush works at another size, a second time for the frame."""
    encoding = colorist.encode(drawing, work_size=work_size)
    frame = encoding.shrunk(FRAME_SIDE)
    if live_work_size != work_size:
        frame = colorist.look_again(frame, work_size=live_work_size)
    return Prepared(encoding, frame)


class Shelf:
    """Prepared drawings by id. Thread-safe: two that ask for one drawing wait for one making."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._making: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, id: str, make: Callable[[], Prepared]) -> Prepared:
        """The prepared drawing, made if it is not (or no longer) there."""
        if (found := self.peek(id)) is not None:
            return found
        with self._lock:
            making = self._making.setdefault(id, threading.Lock())
        with making:
            if (found := self.peek(id)) is not None:
                return found
            made = make()
            self.replace(id, made)
        with self._lock:
            self._making.pop(id, None)
        return made

    def peek(self, id: str) -> Prepared | None:
        """The prepared drawing if it is there, now the most recently used."""
        with self._lock:
            if id in self._kept:
                self._kept.move_to_end(id)
            return self._kept.get(id)

    def drop(self, id: str) -> None:
        """Forget a drawing."""
        with self._lock:
            self._kept.pop(id, None)

    def replace(self, id: str, made: Prepared) -> None:
        """Put a prepared drawing in the place of any that is there; make room for it."""
        with self._lock:
            self._kept[id] = made
            total = sum(each.bytes for each in self._kept.values())
            while total > self._most_bytes and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                total -= gone.bytes
