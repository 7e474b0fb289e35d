"""The studio's colorings by Ray Serve: one server keeps what is said, many replicas paint.

A drawing is encoded by the server, once, and lies in Ray's shared memory from then on; what goes
out for each touch of the brush is what was said, and what comes back is the coloring. A replica
that is lost is started anew by Serve, and what it had in hand is asked for again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any
from weakref import WeakKeyDictionary

from irodori.color.coloring import Coloring
from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.encoding import Encoding
from irodori.color.hints import Hints
from irodori.color.palette import Palette
from irodori.scale.cluster import cores
from irodori.scale.errors import ScaleError

_KEPT = 32  # encodings that a replica has at hand; the others stay in shared memory
_TRIES = 5  # of one coloring, each by another replica
_NAME = "irodori"


@contextmanager
def served(colorist: str, replicas: int | None = None) -> Iterator[Colorist]:
    """A colorist whose colorings are made by so many replicas on the connected cluster.

    replicas: None for one per core. Raises ColoristError.
    """
    import logging

    from ray import serve

    here = _Served.load(colorist)  # refused before anything is started
    logging.getLogger("ray.serve").setLevel(logging.CRITICAL)
    painter = serve.deployment(
        num_replicas=replicas or cores(),
        max_ongoing_requests=2,
        ray_actor_options={"num_cpus": 1},
        logging_config={"log_level": "CRITICAL", "enable_access_log": False},
    )(_Painter)
    serve.start(proxy_location="Disabled")
    try:
        here.painter = serve.run(painter.bind(colorist), name=_NAME, route_prefix=None)
        yield here
    finally:
        serve.shutdown()  # type: ignore[no-untyped-call, unused-ignore]


class _Served(Colorist):
    """Encodes and inspires here, colors by `painter`: the handle of a deployment of `_Painter`."""

    painter: Any = None

    def colorize(
        self,
        drawing: Drawing | Encoding,
        hints: Hints | None = None,
        palette: Palette | None = None,
        *,
        seed: int = 0,
    ) -> Coloring:
        """As `Colorist.colorize`. Raises ScaleError where every replica is lost at it."""
        from ray.exceptions import RayActorError

        encoding = drawing if isinstance(drawing, Encoding) else self.encode(drawing)
        hints = hints if hints is not None else Hints()
        hints.check_inside(encoding.drawing.width, encoding.drawing.height)
        for _ in range(_TRIES):
            asked = self.painter.colorize.remote(_lent(encoding), hints, palette, seed)
            try:
                return Coloring(drawing=encoding.drawing, **asked.result())
            except RayActorError:
                continue
        raise ScaleError(f"{_TRIES} replicas were lost at this drawing; scale it down")


class _Painter:
    """A replica: a colorist, and the encodings that it was asked about last."""

    def __init__(self, colorist: str) -> None:
        import cv2

        cv2.setNumThreads(1)
        self.colorist = Colorist.load(colorist, threads=1)
        self.kept: OrderedDict[str, Encoding] = OrderedDict()

    def colorize(
        self, lent: list[Any], hints: Hints, palette: Palette | None, seed: int
    ) -> dict[str, Any]:
        """The fields of a coloring without its drawing, which the server has.

        lent: a list of one reference, since Ray would fetch a bare one each time.
        """
        coloring = self.colorist.colorize(self._encoding(lent[0]), hints, palette, seed=seed)
        names = (field.name for field in fields(coloring))
        return {name: getattr(coloring, name) for name in names if name != "drawing"}

    def _encoding(self, reference: Any) -> Encoding:
        import ray

        key = reference.hex()
        if key not in self.kept:
            self.kept[key] = ray.get(reference)
        self.kept.move_to_end(key)
        while len(self.kept) > _KEPT:
            self.kept.popitem(last=False)
        return self.kept[key]


_references: WeakKeyDictionary[Encoding, list[Any]] = WeakKeyDictionary()
_lock = threading.Lock()


def _lent(encoding: Encoding) -> list[Any]:
    """A list of the reference to an encoding in shared memory, where it lies as long as here."""
    import ray

    with _lock:
        if encoding not in _references:
            _references[encoding] = [ray.put(encoding)]
        return _references[encoding]
