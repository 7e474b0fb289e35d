"""Where no single remedy helps, several faults hide each other: put all right, take one back.

The program with every suspected fault put right is the simplest self that a training has: scaled
data, fresh weights, activations where they belong, the usual loss, no regularization, Adam. If
that learns, each remedy is left out in turn; what is missed most was a cause.
"""

from __future__ import annotations

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.causes import Trials, compare, level, treated
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.remedies import all_remedies
from irodori.lab.doctor.remedy import Remedy, joined_remedies
from irodori.lab.doctor.trial import History, run

# How a program is rebuilt: weights before operations, operations before the loss, Adam at last,
# since it has to hold the parameters as they end up.
ORDER = (
    "reinitialized",
    "scaled-both",
    "scaled-inputs",
    "scaled-targets",
    "shuffled",
    "added-activations",
    "relu-hidden",
    "no-dropout",
    "no-last-activation",
    "natural-loss",
    "without-penalty",
    "batch-32",
    "adam",
)
STANDS_FOR = {"rate-up": "adam", "rate-down": "adam", "default-options": "adam", "no-decay": "adam"}


def put_right(trials: Trials, suspicions: list[Suspicion]) -> None:
    """Fill the gains of suspicions that only count together; nothing if all together fail too."""
    reached = level(trials.base)
    if reached is None or trials.case.clock.left < 9:
        return
    open_ones = [s for s in suspicions if not s.certain and s.weight >= 0.25]
    chosen = {_component(s): s for s in sorted(open_ones, key=lambda s: s.weight)}
    chosen.pop("", None)
    if not chosen:
        return
    names = [n for n in ORDER if n in chosen or n == "adam"]
    whole = _trial(trials, names)
    if whole is None:
        return
    gain = compare(whole, trials.base)
    trials.gains["all together"], trials.histories["all together"] = gain, whole
    if gain < 2 * limit.MATERIAL_GAIN:
        return
    for name in names:
        missed = _missed(trials, whole, [n for n in names if n != name])
        for suspicion in open_ones:
            if _component(suspicion) == name:
                # a share by weight even where it is not missed: others may do its work
                suspicion.gain = max(missed, 0.4 * gain * suspicion.weight, suspicion.gain or 0.0)


def _component(suspicion: Suspicion) -> str:
    """The remedy that stands for a suspicion in the rebuilt program."""
    for name in suspicion.remedies:
        name = STANDS_FOR.get(name, name)
        if name in ORDER:
            return name
    return ""


def _missed(trials: Trials, whole: History, names: list[str]) -> float:
    """How much worse it is without the one left out; 0 without time to see."""
    if trials.case.clock.left < 7:
        return 0.0
    without = _trial(trials, names)
    return 0.0 if without is None else max(0.0, compare(whole, without))


def _trial(trials: Trials, names: list[str]) -> History | None:
    known = all_remedies(trials.case)
    parts: list[Remedy] = [known[n][0] for n in names]
    setting = treated(trials, joined_remedies(*parts))
    if setting is None:
        return None
    seconds = max(1.0, min((trials.case.clock.left - 5) / 4, 6.0))
    return run(setting, seconds=seconds, seed=trials.case.seed)
