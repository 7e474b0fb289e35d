"""Searches from end to end, in this process."""

from __future__ import annotations

import math
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from irodori.lab import tune
from irodori.lab.errors import LabError
from irodori.lab.tune.axes import Space


def bowl(attempt: tune.Attempt) -> float:
    """1 at a rate of 0.005 and a decay of 0.05, which lies above the first mesh."""
    rate, decay = attempt.values["rate"], attempt.values["decay"]
    return 1 + math.log10(rate / 0.005) ** 2 + math.log10(decay / 0.05) ** 2


def test_coarse_short_runs_then_fine_long_ones(space: Space, storage: str) -> None:
    lengths = []

    def objective(attempt: tune.Attempt) -> float:
        lengths.append(attempt.length)
        return bowl(attempt)

    start = {"rate": 1e-3, "decay": 1e-5}
    found = tune.search(objective, space, 25, lengths=(4, 12), storage=storage, start=start)
    assert lengths == [4] * 15 + [12] * 10
    assert [trial.user_attrs["cell"]["level"] for trial in found.coarse.trials] == [0] * 15
    assert all(trial.user_attrs["cell"]["level"] >= 1 for trial in found.fine.trials)
    assert found.coarse.trials[0].params == start
    assert found.fine.trials[0].params == found.coarse.best_params
    assert found.best.value == min(t.value for t in found.fine.trials if t.value is not None)
    assert found.best.value < 1.3


def test_the_same_again_does_nothing_anew(space: Space, storage: str) -> None:
    first = tune.search(bowl, space, 10, storage=storage)

    def never(attempt: tune.Attempt) -> float:
        raise AssertionError

    again = tune.search(never, space, 10, storage=storage)
    assert again.best.params == first.best.params
    more = tune.search(bowl, space, 14, storage=storage)
    assert len(more.trials) == 14


def test_what_fails_is_kept_with_its_reason_and_the_search_goes_on(
    space: Space, storage: str
) -> None:
    count = 0

    def objective(attempt: tune.Attempt) -> float:
        nonlocal count
        count += 1
        match count:
            case 2:
                raise RuntimeError("the graph\nis broken")
            case 4:
                return math.nan
            case 6:
                raise MemoryError
            case 8:
                try:
                    raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
                except RuntimeError as error:
                    raise ValueError("no batch fits") from error
        return bowl(attempt)

    found = tune.search(objective, space, 16, storage=storage)
    assert [reason for _, reason in found.failures] == [
        "RuntimeError: the graph is broken",
        "the result is nan, no number",
        "out of memory",
        "out of memory: no batch fits",
    ]
    assert len(found.trials) == 16
    assert found.best.value is not None
    cells = [tuple(t.user_attrs["cell"]["cell"]) for t in found.coarse.trials]
    assert len(set(cells)) == len(cells)  # a cell that failed is not tried again


def test_short_runs_that_others_outdo_are_pruned(space: Space, storage: str) -> None:
    trained = 0

    def objective(attempt: tune.Attempt) -> float:
        nonlocal trained
        value = bowl(attempt)
        for step in range(attempt.length):
            trained += 1
            attempt.report(step + 1, value)
        return value

    found = tune.search(objective, space, 16, lengths=(4, 8), storage=storage)
    pruned = [t for t in found.trials if t.state == TrialState.PRUNED]
    assert len(pruned) >= 2
    assert {t.user_attrs["reason"] for t in pruned} == {"others did better"}
    assert trained < 10 * 4 + 6 * 8


def test_stopped_by_hand_it_goes_on_in_the_same_cell_or_another(space: Space, storage: str) -> None:
    count = 0

    def objective(attempt: tune.Attempt) -> float:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return bowl(attempt)

    with pytest.raises(KeyboardInterrupt):
        tune.search(objective, space, 10, storage=storage)
    found = tune.search(objective, space, 10, storage=storage)
    assert len(found.trials) == 10
    assert not found.failures
    assert len(found.coarse.trials) + len(found.fine.trials) == 11


@pytest.mark.parametrize("way", ["tpe", "random"])
def test_optunas_own_samplers_in_its_place(space: Space, storage: str, way: tune.Way) -> None:
    found = tune.search(bowl, space, 12, storage=storage, way=way)
    assert len(found.trials) == 12
    around = found.coarse.best_params
    for trial in found.fine.trials:
        for name in space:
            assert abs(math.log10(trial.params[name] / around[name])) < 0.8  # powers of ten


def test_the_sampler_serves_any_study(space: Space) -> None:
    study = optuna.create_study(direction="maximize", sampler=tune.MeshSampler(space, seed=1))

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("rate", 1e-9, 1e3, log=True)
        decay = trial.suggest_float("decay", 1e-10, 1e2, log=True)
        other = trial.suggest_float("not in the space", 0, 1)
        return -(math.log10(rate / 0.005) ** 2) - math.log10(decay / 0.05) ** 2 - other * 1e-6

    study.enqueue_trial({"rate": 0.1, "decay": 0.1, "not in the space": 0.5})
    study.optimize(objective, n_trials=30)
    assert study.best_value > -0.1
    assert study.trials[0].params["rate"] == 0.1


def test_a_study_ends_with_its_last_cell() -> None:
    space: Space = {"batch": tune.steps(8, 16, 32), "act": tune.choice("relu", "silu")}
    study = optuna.create_study(sampler=tune.MeshSampler(space))
    study.optimize(
        lambda trial: (
            trial.suggest_categorical("batch", (8, 16, 32))
            + (trial.suggest_categorical("act", ("relu", "silu")) == "silu")
        ),
        n_trials=100,
    )
    assert len(study.trials) == 6
    assert study.best_params == {"batch": 8, "act": "relu"}


def test_threads_share_the_mesh_too(space: Space) -> None:
    study = optuna.create_study(sampler=tune.MeshSampler(space, last=0))
    names = list(space)
    study.optimize(
        lambda trial: sum(trial.suggest_float(n, 1e-10, 1e3, log=True) for n in names),
        n_trials=16,
        n_jobs=4,
    )
    cells = [tuple(t.user_attrs["cell"]["cell"]) for t in study.trials]
    assert len(set(cells)) == 16


def test_a_search_without_any_good_trial_says_why(space: Space, storage: str) -> None:
    found = tune.search(lambda attempt: math.nan, space, 4, storage=storage)
    with pytest.raises(LabError, match="no trial ended well; the last one: the result is nan"):
        _ = found.best


@pytest.mark.parametrize(
    "options", [{"groups": [["rate"]]}, {"start": {"rate": 1.0}}, {"groups": [["rate", "speed"]]}]
)
def test_names_that_do_not_fit_are_refused(space: Space, options: dict[str, object]) -> None:
    with pytest.raises(LabError, match="each axis of the space"):
        tune.MeshSampler(space, **options)  # type: ignore[arg-type]


def test_a_margin_is_claimed_only_where_seeds_agree() -> None:
    clear = tune.Margin((1.0, 1.1, 0.9), (0.8, 0.9, 0.73))
    assert clear.holds
    assert clear.gain == pytest.approx(0.19, abs=0.01)
    assert "3 fresh seeds" in clear.words()
    vague = tune.Margin((1.0, 1.1, 0.9), (0.6, 1.3, 0.9))
    assert not vague.holds
    assert "no gain one can rely on" in vague.words()


def test_the_margin_uses_the_same_seeds_for_both() -> None:
    seen = []

    def objective(attempt: tune.Attempt) -> float:
        seen.append((attempt.values["rate"], attempt.seed, attempt.length))
        return float(attempt.values["rate"]) * (1 + attempt.seed / 100)

    margin = tune.confirm(objective, {"rate": 1.0}, {"rate": 0.5}, length=7, seeds=[3, 4])
    assert seen == [(1.0, 3, 7), (0.5, 3, 7), (1.0, 4, 7), (0.5, 4, 7)]
    assert margin.gain == pytest.approx(0.5)


def test_a_page_with_the_mesh_the_border_and_what_failed(
    space: Space, storage: str, tmp_path: Path
) -> None:
    count = 0

    def objective(attempt: tune.Attempt) -> float:
        nonlocal count
        count += 1
        if count == 3:
            raise ValueError("<a tag>")
        return bowl(attempt)

    found = tune.search(objective, space, 15, storage=storage)
    margin = tune.Margin((2.0, 2.1), (1.0, 1.1))
    found.save(tmp_path / "search.html", margin=margin, sub="a bowl")
    page = (tmp_path / "search.html").read_text(encoding="utf-8")
    assert page.count("<img") == 3
    assert "the mesh was moved: decay (above" in page
    assert "ValueError: &lt;a tag&gt;" in page
    assert "Better settings" in page
    assert "2 fresh seeds" in page
    assert "optuna-dashboard" in page
    vague = tune.Margin((2.0, 2.1), (1.0, 3.1))
    found.save(tmp_path / "search.html", margin=vague)
    assert "Keep the settings you have" in (tmp_path / "search.html").read_text(encoding="utf-8")
