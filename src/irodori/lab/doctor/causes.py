"""From suspicions to findings: each suspected cause is put right on a copy, and the best one wins.

What was seen directly stands. Everything else must gain: the program with that one thing changed
must train truly better than as it is, at the same number of samples seen. Where one fault hides
another (a constant output hides the rate), the trials start from the program with the certain
faults put right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from irodori.lab.doctor import thresholds as limit
from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.remedies import all_remedies
from irodori.lab.doctor.remedy import Remedy
from irodori.lab.doctor.trial import History, Setting, run


@dataclass
class Trials:
    """What was tried: the program as it is, then each remedy. gains: of a remedy's name.

    repaired: remedies of certain findings that later trials start from.
    """

    case: Case
    main: History
    steps: int
    base: History
    repaired: list[Remedy] = field(default_factory=list)
    histories: dict[str, History] = field(default_factory=dict)
    gains: dict[str, float] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)


def confirm(trials: Trials, suspicions: list[Suspicion]) -> None:
    """Run the remedies, most likely first, while there is time; fills each suspicion's gain."""
    known = all_remedies(trials.case)
    certain = [s for s in suspicions if s.certain]
    for suspicion in sorted(certain, key=lambda s: -s.weight):
        _repair(trials, suspicion, known)
    todo = sorted((s for s in suspicions if not s.certain), key=lambda s: -s.weight)
    for place, suspicion in enumerate(todo):
        if _answered(trials, suspicion):
            continue
        names = [n for n in suspicion.remedies if n in known]
        waiting = [s.weight for s in todo[place:] for _ in s.remedies]
        for name in names:
            if name not in trials.gains:
                seconds = _share(trials.case, suspicion.weight, waiting)
                _try(trials, name, known[name], seconds)
        tried = [trials.gains[n] for n in names if n in trials.gains]
        suspicion.gain = max(tried) if tried else None
        _more_than_one(trials, todo, place)
    _say_untried(trials, [s for s in todo if s.weight >= 0.25 and s.remedies])


def _say_untried(trials: Trials, suspicions: list[Suspicion]) -> None:
    """A line for the report where time ran out before something likely was tried."""
    untried = [s.family for s in suspicions if s.gain is None and not _answered(trials, s)]
    if untried and trials.case.clock.left < 6:
        families = ", ".join(dict.fromkeys(untried))
        trials.case.limits.append(
            f"no time was left to try what would help against: {families}; a larger budget_s does"
        )


def _more_than_one(trials: Trials, todo: list[Suspicion], place: int) -> None:
    """After what is likely was tried one by one: if nothing helped, try all of it together."""
    from irodori.lab.doctor.together import put_right

    likely = place + 1 < len(todo) and todo[place + 1].weight >= 0.25
    if likely or "all together" in trials.gains or (level(trials.base) or 0) > limit.SOLVED - 0.1:
        return
    if max(trials.gains.values(), default=0.0) < limit.MATERIAL_GAIN:
        trials.gains["all together"] = 0.0
        put_right(trials, todo)


def _answered(trials: Trials, suspicion: Suspicion) -> bool:
    """Nothing is left to gain, or another remedy gains it all and this one is far-fetched."""
    reached = level(trials.base)
    if reached is None:
        return False
    top = max((g for n, g in trials.gains.items()), default=0.0)
    room = max(1.0 - max(reached, 0.0), 1e-6)
    if trials.repaired and reached >= limit.SOLVED:
        return True
    if suspicion.weight < 0.15 and top > limit.MATERIAL_GAIN:
        return True
    return suspicion.weight < 0.25 and top > 0.8 * room and top > limit.MATERIAL_GAIN


def _share(case: Case, weight: float, waiting: list[float]) -> float:
    """Seconds for the next trial: its part, by weight, of what is left but for the report.

    waiting: weights of all trials to come. Trials stop early when they fail, so more is shared
    out than there is.
    """
    left = case.clock.left - 6.0
    return max(0.5, min(1.5 * left * weight / max(sum(waiting), weight), case.clock.left / 4))


def _setting(trials: Trials) -> Setting:
    setting = trials.case.setting(trials.steps)
    for remedy in trials.repaired:
        setting = remedy(trials.case, setting) or setting
    return setting


def treated(trials: Trials, remedy: Remedy) -> Setting | None:
    """A fresh setting with the remedy; None where it does not apply or the program is too odd."""
    try:
        return remedy(trials.case, _setting(trials))
    except (RuntimeError, TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        trials.case.limits.append(f"a remedy could not be tried: {type(error).__name__}: {error}")
        return None


def _repair(trials: Trials, suspicion: Suspicion, known: dict[str, list[Remedy]]) -> None:
    """Put a certain fault right for the trials that follow, unless that makes things worse."""
    case = trials.case
    for name in suspicion.remedies:
        if name not in known or case.clock.left < 8:
            continue
        remedy = known[name][0]
        setting = treated(trials, remedy)
        if setting is None:
            continue
        history = run(setting, seconds=min(8.0, case.clock.left / 6), seed=case.seed)
        gain = compare(history, trials.base)
        trials.histories[name], trials.gains[name] = history, gain
        suspicion.gain = gain
        if gain > -0.05 and not history.error:
            trials.repaired.append(remedy)
            trials.base = history
            return


def _try(trials: Trials, name: str, remedies: list[Remedy], seconds: float) -> None:
    """Run a remedy, and its stronger forms as long as they gain or nothing has gained yet."""
    case = trials.case
    best = -math.inf
    for remedy in remedies:
        if case.clock.left < 5:
            return
        setting = treated(trials, remedy)
        if setting is None:
            return
        history = run(setting, seconds=seconds, seed=case.seed)
        if name == "from-validation":
            gain = compare_held_out(history, trials.base)
        else:
            gain = compare(history, trials.base, by_steps=name == "longer")
        if gain > best:
            trials.gains[name], trials.histories[name] = gain, history
        if gain < -0.02 or (best > 0.02 and gain < best + 0.02):
            return
        best = max(best, gain)


def compare(history: History, base: History, *, by_steps: bool = False) -> float:
    """How much higher a trial scores than another, at the same share of the plan done.

    With a validation part, the smaller of both gains counts double: to learn by heart is no cure.
    by_steps: the trial's plan is longer, so compare at its last step, or the other's end.
    """
    share = min(1.0, history.done / max(1, history.planned))
    mine = _best(history, share)
    if by_steps:
        share = min(1.0, history.done / max(1, base.planned))
    other, end = _best(base, share), _best(base, 1.0)
    if other is not None and end is not None:
        other = min(other, end)  # what was reached and lost again does not count
    if mine is not None and other is not None:
        return max(mine, 0.0) - max(other, 0.0) - _to_come(base)
    if history.error or not history.losses or not base.losses:
        return -1.0 if history.error else 0.0
    if base.diverged and not history.diverged:
        return 0.5
    return 0.0


def compare_held_out(history: History, base: History) -> float:
    """How much higher the validation score is; the other's best counts."""
    mine = history.val_at(min(1.0, history.done / max(1, history.planned)))
    other = max((v for _, v in base.vals), default=None)
    if mine is None or other is None or history.error:
        return 0.0
    return max(mine, 0.0) - max(other, 0.0) - _to_come(base)


def _to_come(history: History) -> float:
    """What a training that ran out of time would still have gained, were it to go on as it went.

    Scores rise about evenly with the logarithm of the steps: each doubling counts like the last.
    """
    if history.finished or history.error or history.diverged or history.done < 4:
        return 0.0
    now = _best(history, history.done / history.planned)
    half = _best(history, history.done / history.planned / 2)
    if now is None or half is None or now <= 0:
        return 0.0
    doublings = math.log2(history.planned / history.done)
    return max(0.0, min(1.0 - now, (now - half) * doublings))


def _best(history: History, share: float) -> float | None:
    train, val = history.score_at(share), history.val_at(share)
    if train is None:
        return None
    if history.diverged or history.error:
        return -1.0
    return train if val is None else 0.5 * (train + val)


def level(history: History) -> float | None:
    """The score a trial ends with, training and validation half and half; or would end with."""
    reached = _best(history, 1.0)
    return None if reached is None else reached + _to_come(history)


def told(trials: Trials, suspicion: Suspicion) -> Suspicion:
    """With what putting it right brought, as a line of evidence."""
    before = level(trials.base if not suspicion.certain else trials.main)
    if suspicion.gain is not None and suspicion.gain > 0.05 and before is not None:
        before = max(before, 0.0)
        after = min(1.0, before + suspicion.gain)
        suspicion.evidence.append(
            f"put right on a copy, the score rises from {before:.2f} to {after:.2f} "
            "(0 is chance, 1 perfect)"
        )
    return suspicion


def ranked(trials: Trials, suspicions: list[Suspicion]) -> list[Suspicion]:
    """What is worth telling, most likely cause first."""
    best = max((s.gain or 0.0 for s in suspicions), default=0.0)
    seen = {s.family for s in suspicions if s.certain}
    told = []
    for suspicion in suspicions:
        if suspicion.family in seen and not suspicion.certain:
            continue  # a vaguer word for what was seen directly
        rank = _rank(suspicion, best, trials)
        if rank > 0:
            told.append((rank, suspicion))
    told.sort(key=lambda pair: -pair[0])
    if not told:
        return []
    top = told[0][0]
    return [s for rank, s in told if rank >= 0.35 * min(top, 1.0)][:6]


def _rank(suspicion: Suspicion, best: float, trials: Trials) -> float:
    if suspicion.certain:
        return 2.0 + suspicion.weight
    gain = suspicion.gain
    if gain is None or best <= 0:
        return 0.0
    if suspicion.weight >= 0.7:
        needed = limit.RULE_GAIN
    elif suspicion.weight >= 0.5:
        needed = limit.MATERIAL_GAIN
    else:
        needed = limit.ORDINARY_GAIN
    if gain < needed:
        return 0.0
    return (gain / best) * (0.25 + suspicion.weight)
