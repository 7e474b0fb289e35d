"""Trials in processes of their own: what kills a process is a trial's failure, no more."""

from __future__ import annotations

import multiprocessing
import signal
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

import optuna

from irodori.lab.tune.attempt import Attempt, FailedError, Objective, reason


@dataclass(frozen=True)
class _Isolated:
    objective: Objective

    def __call__(self, attempt: Attempt) -> float:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_work, args=(theirs, self.objective, replace(attempt, trial=None))
        )
        process.start()
        theirs.close()
        try:
            return _listen(ours, attempt)
        except EOFError:
            process.join()
            raise FailedError(f"its process died ({_cause(process.exitcode)})") from None
        finally:
            process.kill()
            process.join()
            ours.close()


def isolated(objective: Objective) -> Objective:
    """The same objective, each trial in a new process: a crash there is kept as its reason.

    Slower by what it takes to start Python and import what the objective needs, and all memory is
    given back after each trial. objective: must be picklable, so a function of a module, no lambda;
    a program that calls this must do so under `if __name__ == "__main__"`.
    """
    return _Isolated(objective)


def _listen(pipe: Connection, attempt: Attempt) -> float:
    """What the trial's process says: reports, which are answered, and how it ended."""
    while True:
        kind, told = pipe.recv()
        if kind == "report":
            try:
                attempt.report(*told)
            except optuna.TrialPruned:
                pipe.send(False)
                raise
            pipe.send(True)
        elif kind == "failed":
            raise FailedError(told)
        else:
            return float(told)


class _Reporter:
    """Stands for Optuna's trial in the trial's process."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe, self.goes_on = pipe, True

    def report(self, value: float, step: int) -> None:
        self.pipe.send(("report", (step, value)))
        self.goes_on = self.pipe.recv()

    def should_prune(self) -> bool:
        return not self.goes_on


def _work(pipe: Connection, objective: Objective, attempt: Attempt) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    reporter: Any = _Reporter(pipe)
    try:
        pipe.send(("done", float(objective(replace(attempt, trial=reporter)))))
    except optuna.TrialPruned:
        return
    except Exception as error:  # whatever a training may raise
        pipe.send(("failed", reason(error)))


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"{name}, perhaps out of memory" if name == "SIGKILL" else name
    return f"exit code {code}"
