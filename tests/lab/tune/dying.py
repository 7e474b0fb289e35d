"""An objective in which processes die; it stands in a module of its own, as pickle wants it."""

from __future__ import annotations

import math
import os
import signal

from irodori.lab.tune import Attempt


def objective(attempt: Attempt) -> float:
    """Dies on the left of 1e-3, is out of memory above 1e-1, else good near 1e-2."""
    rate = attempt.values["rate"]
    attempt.report(1, 1.0)
    if rate < 1e-4:
        os.kill(os.getpid(), signal.SIGSEGV)
    if rate < 1e-3:
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where memory is short
    if rate > 1e-1:
        raise MemoryError
    return 1 + math.log10(rate / 1e-2) ** 2
