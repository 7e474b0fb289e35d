"""A checkpoint is whole or not there, whatever stops its writing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from irodori.training import checkpoints
from irodori.training.errors import TrainingError


def write(folder: Path, step: int, error: float = 1.0) -> checkpoints.Checkpoint:
    facts = {"step": step, "error": error, "fingerprint": "f", "tag": None}
    weights = {"network": {"a": torch.full((3, 4), float(step))}, "average": {"a": torch.ones(2)}}
    return checkpoints.write(folder, facts, weights, {"count": {"step": step}})


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = write(tmp_path, 7, 0.5)
    (found,) = checkpoints.found(tmp_path)
    assert found == written
    assert torch.equal(found.weights("network")["a"], torch.full((3, 4), 7.0))
    assert found.state() == {"count": {"step": 7}}


@pytest.mark.parametrize("files_before", range(5))
def test_a_crash_while_writing_leaves_the_one_before(
    files_before: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each of the files in turn, in the middle of the next."""
    write(tmp_path, 1)
    done = 0
    real = checkpoints._write_file

    def until_the_crash(path: Path, content: Any) -> None:
        nonlocal done
        if done == files_before:
            path.write_bytes(bytes(content)[: len(bytes(content)) // 2])
            raise KeyboardInterrupt
        done += 1
        real(path, content)

    monkeypatch.setattr(checkpoints, "_write_file", until_the_crash)
    if files_before == 4:
        write(tmp_path, 2)
    else:
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path, 2)
    monkeypatch.undo()
    found = checkpoints.found(tmp_path)
    assert [each.step for each in found] == ([1, 2] if files_before == 4 else [1])
    for each in found:
        each.weights()
        each.weights("network")
        each.state()
    write(tmp_path, 2)
    assert checkpoints.found(tmp_path)[-1].weights("network")["a"][0, 0] == 2


def test_what_a_kill_left_behind_is_not_taken_for_a_checkpoint(tmp_path: Path) -> None:
    write(tmp_path, 1)
    torn = tmp_path / ".00000002.part"
    torn.mkdir()
    (torn / "checkpoint.json").write_text("{}")
    assert [each.step for each in checkpoints.found(tmp_path)] == [1]


def test_the_last_and_the_best_are_kept(tmp_path: Path) -> None:
    for step, error in enumerate([5.0, 2.0, 4.0, 1.0, 3.0, 6.0]):
        write(tmp_path, step, error)
        checkpoints.prune(tmp_path, 2)
    there = checkpoints.found(tmp_path)
    assert [each.step for each in there] == [1, 3, 5]
    assert checkpoints.best(there).step == 3


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    checkpoint = write(tmp_path, 3)
    for name in ("average.safetensors", "state.pt"):
        path = checkpoint.folder / name
        path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(TrainingError, match=r"average\.safetensors: cannot be read"):
        checkpoint.weights()
    with pytest.raises(TrainingError, match=r"state\.pt: cannot be read"):
        checkpoint.state()


def test_random_states_go_on(tmp_path: Path) -> None:
    random.seed(1)
    np.random.seed(2)
    torch.manual_seed(3)
    random.random(), np.random.standard_normal(), torch.randn(5)
    state = {"random": checkpoints.random_state()}
    facts = {"step": 0, "error": 1.0, "fingerprint": "f", "tag": None}
    kept = checkpoints.write(tmp_path, facts, {}, state)

    def draw() -> list[float]:
        some = [random.random(), *np.random.standard_normal(3)]
        return [*some, *torch.randn(3).tolist()]

    expected = draw()
    draw()
    checkpoints.set_random_state(kept.state()["random"])
    assert draw() == expected
