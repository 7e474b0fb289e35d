"""A worker of its own process: python worker.py STORAGE TRIALS SECONDS_PER_TRIAL."""

from __future__ import annotations

import math
import sys
import time

from irodori.lab import tune

storage, trials, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])


def objective(attempt: tune.Attempt) -> float:
    time.sleep(seconds)
    rate, decay = attempt.values["rate"], attempt.values["decay"]
    return 1 + math.log10(rate / 0.005) ** 2 + math.log10(decay / 0.05) ** 2


space = {"rate": tune.log(1e-5, 1e-1), "decay": tune.log(1e-6, 1e-2)}
print("ready", flush=True)
found = tune.search(objective, space, trials, storage=storage, prune=False)
print(found.best.value)
