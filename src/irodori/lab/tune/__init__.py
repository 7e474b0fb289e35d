"""Find out what to train with: the rate first, then all else, then how large a model pays.

    from irodori.lab import tune

    tune.rate(train).save("rate.html")                    # 1 down to 1e-7 in short runs
    space = tune.spaces.rate() | tune.spaces.regularization()
    found = tune.search(objective, space, 30, lengths=(300, 1000))
    found.best.params
    tune.capacity(fit).size                               # layers and widths, then regularization

For any training that Python can start. Trials are kept by Optuna, so its samplers, its dashboard
and its databases are yours; `MeshSampler` is one more sampler, for any study.
"""

from importlib.util import find_spec

if find_spec("optuna") is None:
    raise ModuleNotFoundError(
        'tuning needs Optuna; install it with: pip install "irodori[lab]"', name="optuna"
    )

from irodori.lab.tune import spaces
from irodori.lab.tune.attempt import Attempt, Objective
from irodori.lab.tune.axes import Choice, Scale, Space, Values, choice, linear, log, steps
from irodori.lab.tune.capacity import Capacity, Fit, Size, capacity
from irodori.lab.tune.isolation import isolated
from irodori.lab.tune.margin import Margin, confirm
from irodori.lab.tune.memory import training_memory
from irodori.lab.tune.rate import RATES, Curve, Rates, rate
from irodori.lab.tune.sampler import MeshSampler
from irodori.lab.tune.search import Search, Way, search

__all__ = [
    "RATES",
    "Attempt",
    "Capacity",
    "Choice",
    "Curve",
    "Fit",
    "Margin",
    "MeshSampler",
    "Objective",
    "Rates",
    "Scale",
    "Search",
    "Size",
    "Space",
    "Values",
    "Way",
    "capacity",
    "choice",
    "confirm",
    "isolated",
    "linear",
    "log",
    "rate",
    "search",
    "spaces",
    "steps",
    "training_memory",
]
