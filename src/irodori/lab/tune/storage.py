"""Where trials are kept: a database that any number of processes share, and that outlives them."""

from __future__ import annotations

import os
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import optuna
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from irodori.lab.errors import LabError
from irodori.lab.tune.sampler import INTERRUPTED

WORKER = "worker"
"""The user attribute of a trial that says who works on it: host and process."""

_BEAT, _GRACE = 15, 90  # seconds between signs of life; after how many a process counts as dead


def open_storage(url: str) -> BaseStorage:
    """A database by its SQLAlchemy URL, such as sqlite:///trials.db. Raises LabError."""
    options = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {}
    for attempt in range(5):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                return RDBStorage(
                    url,
                    engine_kwargs=options,
                    heartbeat_interval=_BEAT,
                    grace_period=_GRACE,
                    heartbeat_stale_trial_callback=_mark_dead,
                )
        except (SQLAlchemyError, ImportError, ValueError, RuntimeError) as error:
            # Two processes that make the same tables at once get in each other's way, once.
            if attempt == 4 or not isinstance(error, SQLAlchemyError):
                line = str(error).splitlines()[0]
                raise LabError(
                    f"{url}: cannot be used to keep trials ({line}); give an SQLAlchemy URL such "
                    "as sqlite:///trials.db"
                ) from error
            time.sleep(0.3 * (attempt + 1))
    raise AssertionError("unreachable")


def sign(trial: Trial) -> None:
    """Write down that this process works on a trial."""
    trial.set_user_attr(WORKER, f"{socket.gethostname()}:{os.getpid()}")


def bury(study: Study) -> None:
    """End trials whose process is dead: at once on this machine, else after some silence."""
    for trial in study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
        if _is_dead(trial):
            _mark_dead(study, trial)
            study.tell(trial.number, state=TrialState.FAIL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)


def _is_dead(trial: FrozenTrial) -> bool:
    host, _, process = str(trial.user_attrs.get(WORKER, "")).rpartition(":")
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _mark_dead(study: Study, trial: FrozenTrial) -> None:
    study._storage.set_trial_user_attr(
        trial._trial_id, "reason", f"{INTERRUPTED}: its process ended"
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna says nothing meanwhile; what fails is in the trials and on the page."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
