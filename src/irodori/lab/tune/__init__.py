"""Find out what to train with: the rate first, then all else, then how large a model pays.

    from irodori.lab import tune

    found = tune.rate(losses_at)                          # 1 down to 1e-7 in short runs
    space = {"rate": tune.log(1e-5, 1e-1), "dropout": tune.linear(0.2, 0.5, least=0, most=0.9)}
    result = tune.search(objective, space, 30, lengths=(300, 1000))
    result.best.params
    tune.capacity(fit)                                    # layers and widths, then regularization

For any training that Python can start. Trials are kept by Optuna, so its samplers, its dashboard and
its databases are yours; `MeshSampler` is one more sampler, for any study.
"""

from importlib.util import find_spec

if find_spec("optuna") is None:
    raise ModuleNotFoundError(
        'tuning needs Optuna; install it with: pip install "irodori[lab]"', name="optuna"
    )

from irodori.lab.tune.attempt import Attempt, Objective
from irodori.lab.tune.axes import Choice, Scale, Space, Values, choice, linear, log, steps
from irodori.lab.tune.sampler import MeshSampler
from irodori.lab.tune.search import Search, search

__all__ = [
    "Attempt",
    "Choice",
    "MeshSampler",
    "Objective",
    "Scale",
    "Search",
    "Space",
    "Values",
    "choice",
    "linear",
    "log",
    "search",
    "steps",
]
