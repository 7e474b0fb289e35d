"""The mesh against Optuna's TPE, on functions whose optimum is known.

    python benchmarks/search.py [--seeds 10] [--budget 60] [--dimensions 1,2,3] [--json FILE]

Every function is 1 at its optimum, over logarithmic scales from 1e-5 to 0.1: the first mesh. The
optimum lies inside, on the border, or outside. Counted is how many trials it takes until one is
within 5 % of the optimum; budget + 1 where none is. TPE cannot leave its limits, so it searches
twice: within the first mesh, and within all that the mesh may be moved to; the better of the two
counts for each function. A run that fails is told to TPE as the worst value there is, since it
ignores failures; the mesh is told that it failed. Random search is within the first mesh.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import optuna
from numpy.typing import NDArray

from irodori.lab import tune

NAMES = ("rate", "decay", "weight")
OPTIMA = {
    "inside": (-3.2, -2.3, -3.6),
    "border": (-1.05, -4.9, -2.9),
    "outside": (0.6, -3.3, -6.5),
}
WITHIN = 1.05
WORST = 100.0

Function = Callable[[NDArray[np.float64]], float]
"""Of the distance to the optimum, in powers of ten along each axis."""


def bowl(d: NDArray[np.float64]) -> float:
    """Even on all sides."""
    return 1 + float((d**2).sum())


def valley(d: NDArray[np.float64]) -> float:
    """Long and slanted: the axes depend on each other."""
    along, across = float((d * (-1.0) ** np.arange(len(d))).sum()), float(d.sum())
    rest = float((d[2:] ** 2).sum())
    return 1 + 4 * across**2 + 0.3 * along**2 + rest


def cliff(d: NDArray[np.float64]) -> float:
    """As a rate: slow on one side, and on the other training goes to pieces."""
    if d[0] > 0.7:
        return math.nan
    return bowl(d) + 16 * max(0.0, float(d[0]) - 0.2) ** 2


def ripple(d: NDArray[np.float64]) -> float:
    """With a second-best hollow a power of ten away on every side."""
    return 1 + 0.5 * float((d**2).sum()) + 0.15 * float((1 - np.cos(2 * math.pi * d)).sum())


def plain(d: NDArray[np.float64]) -> float:
    """Far away all is equally bad."""
    return 1 + 3 * (1 - math.exp(-0.5 * float((d**2).sum())))


FUNCTIONS = (bowl, valley, cliff, ripple, plain)


def trials_needed(
    function: Function, at: Sequence[float], sampler: str, *, wide: bool, seed: int, budget: int
) -> int:
    """How many trials until one is within 5 % of the optimum; budget + 1 where none is."""
    space = {name: tune.log(1e-5, 1e-1) for name in NAMES[: len(at)]}
    samplers = {
        "mesh": lambda: tune.MeshSampler(space, seed=seed),
        "tpe": lambda: optuna.samplers.TPESampler(seed=seed),
        "random": lambda: optuna.samplers.RandomSampler(seed=seed),
    }
    study = optuna.create_study(sampler=samplers[sampler]())
    for number in range(1, budget + 1):
        trial = study.ask()
        values = [
            trial.suggest_float(
                name, axis.least if wide else axis.low, axis.most if wide else axis.high, log=True
            )
            for name, axis in space.items()
        ]
        value = function(np.log10(values) - np.array(at))
        if value <= WITHIN:
            return number
        if math.isfinite(value):
            study.tell(trial, value)
        elif sampler == "mesh":
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, WORST)
    return budget + 1


def compared(function: Function, at: Sequence[float], seeds: int, budget: int) -> dict[str, float]:
    """The median of trials for each way to search."""
    ways = {
        "mesh": ("mesh", True),
        "tpe": ("tpe", False),
        "tpe, wide": ("tpe", True),
        "random": ("random", False),
    }
    return {
        way: statistics.median(
            trials_needed(function, at, sampler, wide=wide, seed=seed, budget=budget)
            for seed in range(seeds)
        )
        for way, (sampler, wide) in ways.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budget", type=int, default=60)
    parser.add_argument("--dimensions", default="1,2,3")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    print(f"median trials until within 5 % of the optimum, of {given.budget}, {given.seeds} seeds")
    print(f"{'optimum':9}{'function':10}{'axes':>5}{'mesh':>7}{'TPE':>7}{'wide':>7}{'random':>8}")
    rows = []
    for axes in map(int, given.dimensions.split(",")):
        for where, optimum in OPTIMA.items():
            for function in FUNCTIONS:
                if function is valley and axes == 1:
                    continue  # with one axis it is a bowl
                found = compared(function, optimum[:axes], given.seeds, given.budget)
                counts = [f"{n:g}" if n <= given.budget else "-" for n in found.values()]
                shown = "".join(f"{c:>{w}}" for c, w in zip(counts, (7, 7, 7, 8), strict=True))
                print(f"{where:9}{function.__name__:10}{axes:5}{shown}", flush=True)
                rows.append({"optimum": where, "function": function.__name__, "axes": axes} | found)
    for where in (*OPTIMA, "all"):
        some = [row for row in rows if where in ("all", row["optimum"])]
        best = [min(row["tpe"], row["tpe, wide"], given.budget) for row in some]
        won = sum(row["mesh"] <= other for row, other in zip(some, best, strict=True))
        reached = sum(row["mesh"] <= given.budget for row in some)
        print(
            f"{where}: the mesh reaches {reached} of {len(some)}, and needs no more trials than "
            f"the better TPE on {won}"
        )
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
