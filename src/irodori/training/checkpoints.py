"""Checkpoints: folders that are whole or not there, from which a run goes on as if never stopped.

checkpoints/00000500/
average.safetensors    the averaged weights: what is validated and exported
network.safetensors    the weights that learn
judge.safetensors      those of the adversary, if there is one
state.pt               optimizers, random states, counters; only numbers and tensors
checkpoint.json        step, validation error, the design's fingerprint, the git tag
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from torch import Tensor

from irodori.training.errors import TrainingError

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """One that lies on the disk."""

    folder: Path
    step: int
    error: float
    fingerprint: str
    tag: str | None

    def weights(self, which: str = "average") -> Weights:
        """average, network or judge. Raises TrainingError."""
        path = self.folder / f"{which}.safetensors"
        try:
            return load_file(path)
        except Exception as error:  # safetensors has its own, and OSError
            raise TrainingError(
                f"{path}: cannot be read ({error}); use another checkpoint of the run"
            ) from error

    def state(self) -> dict[str, Any]:
        """What `write` was given. Raises TrainingError."""
        path = self.folder / "state.pt"
        try:
            state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
            return state
        except Exception as error:  # torch raises many kinds for damaged files
            raise TrainingError(
                f"{path}: cannot be read; delete {self.folder.name} to go on from the one before"
            ) from error


def write(
    folder: Path,
    facts: Mapping[str, Any],
    weights: Mapping[str, Mapping[str, Tensor]],
    state: Mapping[str, Any],
) -> Checkpoint:
    """Write the checkpoint of a step into `folder`, which holds a run's checkpoints.

    facts: step, error, fingerprint, tag. Whatever happens meanwhile, the others stay readable, and
    there is no half one. Raises TrainingError where it does not fit on the disk.
    """
    final = folder / f"{facts['step']:08d}"
    beside = folder / f".{final.name}.part"
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for name, tensors in weights.items():
            plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
            _write_file(beside / f"{name}.safetensors", to_bytes(plain))
        buffer = io.BytesIO()
        torch.save(dict(state), buffer)
        _write_file(beside / "state.pt", buffer.getbuffer())
        _write_file(beside / "checkpoint.json", json.dumps(dict(facts), indent=2).encode() + b"\n")
        _sync(beside)
        if final.exists():  # the same step again, after going on from an earlier one
            shutil.rmtree(final)
        beside.rename(final)
        _sync(folder)
    except OSError as error:
        raise TrainingError(
            f"{final}: cannot be written ({error.strerror or error}); make room and go on with "
            "--resume, the checkpoints before are intact"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return _read(final)


def found(folder: Path) -> list[Checkpoint]:
    """The checkpoints in a run's folder `checkpoints`, by step."""
    names = sorted(folder.glob("[0-9]*")) if folder.is_dir() else []
    return [_read(path) for path in names if (path / "checkpoint.json").exists()]


def best(checkpoints: list[Checkpoint]) -> Checkpoint:
    """The one with the least validation error, the later of equal ones."""
    return min(checkpoints, key=lambda each: (each.error, -each.step))


def digest(checkpoint: Checkpoint) -> str:
    """SHA-256 of the averaged weights' file, in hexadecimal."""
    content = (checkpoint.folder / "average.safetensors").read_bytes()
    return hashlib.sha256(content).hexdigest()


def prune(folder: Path, keep: int) -> None:
    """Delete all but the last and the `keep` best."""
    there = found(folder)
    kept = {each.step for each in sorted(there, key=lambda each: each.error)[:keep]}
    for each in there[:-1]:
        if each.step not in kept:
            gone = each.folder.with_name(f".{each.folder.name}.part")
            each.folder.rename(gone)  # in one stroke, so that no half one is ever seen
            shutil.rmtree(gone, ignore_errors=True)


def random_state() -> dict[str, Any]:
    """Of Python, NumPy and torch, in numbers and tensors."""
    version, numbers, gauss = random.getstate()
    name, keys, *rest = np.random.get_state()
    return {
        "python": [version, list(numbers), gauss],
        "numpy": [name, torch.from_numpy(np.asarray(keys).astype(np.int64)), *rest],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def set_random_state(state: Mapping[str, Any]) -> None:
    """Go on with what `random_state` gave."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])


def _read(folder: Path) -> Checkpoint:
    facts = json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))
    return Checkpoint(folder, facts["step"], facts["error"], facts["fingerprint"], facts.get("tag"))


def _write_file(path: Path, content: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make sure that names in a folder are on the disk, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
