"""Real processes on one storage: together, and killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import optuna
import pytest

from irodori.lab.tune.storage import open_storage

WORKER = Path(__file__).with_name("worker.py")


def start(storage: str, trials: int, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", str(WORKER), storage, str(trials), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def trials_of(storage: str) -> list[optuna.trial.FrozenTrial]:
    kept = open_storage(storage)
    found = []
    for name in ("search-coarse", "search-fine"):
        found += optuna.load_study(study_name=name, storage=kept).trials
    return found


def finished(kept: optuna.storages.BaseStorage) -> dict[int, float | None]:
    """Results of the coarse trials that have ended, by number."""
    if "search-coarse" not in optuna.get_all_study_names(kept):
        return {}
    study = optuna.load_study(study_name="search-coarse", storage=kept)
    return {trial.number: trial.value for trial in study.trials if trial.state.is_finished()}


def cells(trials: list[optuna.trial.FrozenTrial]) -> Counter[tuple[int, tuple[int, ...]]]:
    claims = [trial.user_attrs["cell"] for trial in trials]
    return Counter((claim["level"], tuple(claim["cell"])) for claim in claims)


def test_two_workers_never_try_one_cell_twice(storage: str) -> None:
    workers = [start(storage, 30, 0.02) for _ in range(2)]
    for worker in workers:
        worker.communicate(timeout=120)
        assert worker.returncode == 0
    found = trials_of(storage)
    assert 30 <= len(found) <= 32  # both may begin a last one at the same moment
    assert max(cells(found).values()) == 1
    who = Counter(trial.user_attrs["worker"] for trial in found)
    assert len(who) == 2
    assert min(who.values()) >= 5, "one of them did all the work: nothing was tested"


def test_killed_and_resumed_nothing_is_lost(storage: str) -> None:
    worker = start(storage, 16, 0.25)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    deadline = time.monotonic() + 60
    kept = open_storage(storage)
    while len(finished(kept)) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    worker.kill()  # SIGKILL, most likely in the middle of a trial's quarter of a second
    worker.communicate()
    before = finished(kept)
    again = start(storage, 16, 0.01)
    again.communicate(timeout=120)
    assert again.returncode == 0
    found = trials_of(storage)
    assert before.items() <= finished(open_storage(storage)).items()
    done = [trial for trial in found if trial.state == optuna.trial.TrialState.COMPLETE]
    assert len(done) == 16
    lost = [trial for trial in found if trial.state == optuna.trial.TrialState.FAIL]
    assert len(lost) <= 1
    assert all(t.user_attrs["reason"] == "interrupted: its process ended" for t in lost)
    assert max(cells(done).values()) == 1


@pytest.mark.parametrize("url", ["nonsense", "nosuchdb://here/x", "sqlite:////no/such/folder/x.db"])
def test_a_storage_that_is_none_is_said_in_a_line(url: str) -> None:
    from irodori.lab.errors import LabError

    with pytest.raises(LabError, match="SQLAlchemy URL") as caught:
        open_storage(url)
    assert "\n" not in str(caught.value)
