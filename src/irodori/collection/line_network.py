"""A trained line network from an ONNX file, whatever its input looks like."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.collection.errors import CollectionError
from irodori.collection.extractors import RGB8, Ink

_STRIDE = 64  # sides are padded to a multiple, since most networks halve them several times
_CHANNELS = (1, 3)


class OnnxLines:
    """Draws line art with a network of one picture in and one picture out.

    Input: (1, 3 or 1, H, W) float32, RGB or gray, in 0..1, or in -1..1 if `signed`; sides free or
    fixed. Output: (1, 1, H, W) in the same range, dark lines on white or light ones on black.
    Raises CollectionError for a file that is no such network.
    """

    def __init__(self, path: str | Path, *, signed: bool = False) -> None:
        import onnxruntime

        self.path, self.signed = Path(path), signed
        if not self.path.is_file():
            raise CollectionError(f"{path}: no such file; name the ONNX file of a line network")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # pictures are drawn by as many processes as there are
        try:
            self._session = onnxruntime.InferenceSession(str(self.path), options)
        except Exception as error:  # the runtime's own tree of errors, none of them public
            raise CollectionError(f"{path}: is no network in ONNX: {error}") from None
        (entry, *more), outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = entry.shape
        if more or len(outputs) != 1 or len(shape) != 4 or shape[1] not in _CHANNELS:
            raise CollectionError(
                f"{path}: takes {shape} and gives {len(outputs)} outputs; a line network takes one "
                "picture, (1, 3 or 1, H, W), and gives one"
            )
        self._name, self._channels = entry.name, shape[1]
        self._fixed = _fixed_size(shape)

    def __call__(self, picture: RGB8, /) -> Ink:
        """Ink, float32 (H, W), of a picture uint8 (H, W, 3)."""
        height, width = picture.shape[:2]
        if self._fixed is not None:
            scaled = cv2.resize(picture, self._fixed[::-1], interpolation=cv2.INTER_AREA)
            lines = self._run(np.asarray(scaled, np.uint8))
            lines = np.asarray(cv2.resize(lines, (width, height)), np.float32)
        else:
            below, right = -height % _STRIDE, -width % _STRIDE
            padded = np.pad(picture, ((0, below), (0, right), (0, 0)), "edge")
            lines = self._run(padded)[:height, :width]
        ink = 1 - lines if np.median(lines) > 0.5 else lines
        return np.asarray(np.clip(ink, 0, 1), np.float32)

    def _run(self, picture: RGB8) -> NDArray[np.float32]:
        """What the network answers, float32 (H, W) in 0..1."""
        if self._channels == 1:
            picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)[..., None]
        values = picture.transpose(2, 0, 1)[None].astype(np.float32) / 255
        try:
            (answer,) = self._session.run(
                None, {self._name: values * 2 - 1 if self.signed else values}
            )
        except Exception as error:
            raise CollectionError(f"{self.path}: cannot draw this picture: {error}") from None
        lines = np.asarray(answer, np.float32).squeeze()
        if lines.shape != picture.shape[:2]:
            raise CollectionError(
                f"{self.path}: answers {np.shape(answer)} to {values.shape}; a line network gives "
                "one channel of the same size"
            )
        return np.asarray((lines + 1) / 2 if self.signed else lines, np.float32)


def _fixed_size(shape: Sequence[object]) -> tuple[int, int] | None:
    height, width = shape[2:]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


@lru_cache(maxsize=1)
def load(path: str, signed: bool) -> OnnxLines:
    """The network of a file, kept in memory for the next picture."""
    return OnnxLines(path, signed=signed)
