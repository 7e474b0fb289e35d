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


def cells(trials: list[optuna.trial.FrozenTrial]) -> Counter[tuple[int, tuple[int, ...]]]:
    claims = [trial.user_attrs["cell"] for trial in trials]
    return Counter((claim["level"], tuple(claim["cell"])) for claim in claims)


def test_two_workers_never_try_one_cell_twice(storage: str) -> None:
    workers = [start(storage, 30, 0.02) for _ in range(2)]
    for worker in workers:
        assert worker.wait(timeout=120) == 0
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
    kept: list[optuna.trial.FrozenTrial] = []
    while len(kept) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        study = optuna.load_study(study_name="search-coarse", storage=open_storage(storage))
        kept = [trial for trial in study.trials if trial.state.is_finished()]
    worker.kill()  # SIGKILL
    worker.wait()
    before = {trial.number: trial.value for trial in study.trials if trial.state.is_finished()}
    assert start(storage, 16, 0.01).wait(timeout=120) == 0
    found = trials_of(storage)
    coarse = found[: len(found) - 6]
    assert {n: coarse[n].value for n in before} == before
    done = [trial for trial in found if trial.state == optuna.trial.TrialState.COMPLETE]
    assert len(done) == 16
    lost = [trial for trial in found if trial.state == optuna.trial.TrialState.FAIL]
    assert [trial.user_attrs["reason"] for trial in lost] == ["interrupted: its process ended"]
    assert max(cells(done).values()) == 1


@pytest.mark.parametrize("url", ["nonsense", "nosuchdb://here/x", "sqlite:////no/such/folder/x.db"])
def test_a_storage_that_is_none_is_said_in_a_line(url: str) -> None:
    from irodori.lab.errors import LabError

    with pytest.raises(LabError, match="SQLAlchemy URL") as caught:
        open_storage(url)
    assert "\n" not in str(caught.value)
