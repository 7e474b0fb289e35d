"""Trials that kill their process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from irodori.lab import tune


def test_a_process_that_dies_is_a_trial_that_failed(
    storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import dying  # type: ignore[import-not-found]

    try:
        space = {"rate": tune.log(1e-5, 1)}
        found = tune.search(tune.isolated(dying.objective), space, 7, storage=storage)
    finally:
        sys.modules.pop("dying", None)
    reasons = {reason for _, reason in found.failures}
    assert reasons == {
        "its process died (SIGSEGV)",
        "its process died (SIGKILL, perhaps out of memory)",
        "out of memory",
    }
    assert len(found.trials) == 7
    assert 1e-3 < found.best.params["rate"] < 1e-1
