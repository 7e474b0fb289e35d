"""What is measured while a run goes: lines of JSON, and the same for TensorBoard."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irodori.training.errors import TrainingError


class Metrics:
    """Writes `metrics.jsonl` and `tensorboard/` in a run's folder; goes on after `step`."""

    def __init__(self, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.path = folder / "metrics.jsonl"
        self._drop_after(step)
        self.board: Any = SummaryWriter(
            str(folder / "tensorboard"), purge_step=step + 1, flush_secs=30
        )
        """The SummaryWriter behind, for what else has something to show."""

    def record(self, step: int, seconds: float, figures: Mapping[str, float | str]) -> None:
        """One line. Raises TrainingError where the disk is full."""
        rounded = {
            key: value if isinstance(value, str) else float(f"{value:.6g}")
            for key, value in figures.items()
        }
        line = json.dumps({"step": step, "seconds": round(seconds, 1)} | rounded)
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            for key, value in figures.items():
                if not isinstance(value, str):
                    self.board.add_scalar(key, value, step)
        except OSError as error:
            raise _full(self.path, error) from error

    def picture(self, step: int, name: str, picture: NDArray[np.uint8]) -> None:
        """A picture, uint8 (H, W, 3), for TensorBoard."""
        try:
            self.board.add_image(name, picture, step, dataformats="HWC")
        except OSError as error:
            raise _full(self.path, error) from error

    def text(self, write: Callable[[Any], None]) -> None:
        """Let `write` put words on TensorBoard; it is given the SummaryWriter."""
        try:
            write(self.board)
        except OSError as error:
            raise _full(self.path, error) from error

    def close(self) -> None:
        """Write what TensorBoard still holds back, as far as the disk lets it."""
        try:
            self.board.close()
        except OSError as error:
            raise _full(self.path, error) from error

    def _drop_after(self, step: int) -> None:
        """Lines of steps that are about to be gone through again."""
        if not self.path.exists():
            return
        kept = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                if json.loads(line)["step"] <= step:
                    kept.append(line + "\n")
            except (ValueError, KeyError):
                continue  # a line that a crash cut off
        beside = self.path.with_suffix(".part")
        try:
            beside.write_text("".join(kept), encoding="utf-8")
            beside.replace(self.path)
        except OSError as error:
            raise _full(self.path, error) from error


def _full(path: Path, error: OSError) -> TrainingError:
    return TrainingError(
        f"{path}: cannot be written ({error.strerror or error}); make room and go on with "
        "--resume, the checkpoints are intact"
    )
