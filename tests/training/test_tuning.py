"""The tuner on real, tiny trainings of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from irodori.cli import main
from irodori.lab import tune
from irodori.lab.tune.axes import Scale
from irodori.training import tuning
from irodori.training.errors import TrainingError
from irodori.training.loop import train
from irodori.training.recipe import Recipe
from irodori.training.settings import changed, chosen, options, settings, widths
from irodori.training.tuning import Bench

Tiny = Callable[..., Recipe]
SMALL = ["--size", "32", "--batch-size", "4"]


@pytest.fixture
def bench(tiny: Tiny, tmp_path: Path) -> Bench:
    recipe = tiny("baseline", widths=(4, 8))
    return Bench(replace(recipe, held_back=4), tmp_path / "tuning")


@pytest.mark.slow
def test_a_rate_from_real_losses(bench: Bench) -> None:
    found = tuning.find_rate(bench, 24, lambda line: None)
    assert [curve.rate for curve in found.curves if curve.rate in tune.RATES] == list(tune.RATES)
    assert 1e-4 < found.proposed <= 1
    still = next(curve for curve in found.curves if curve.rate == 1e-7)
    moved = next(curve for curve in found.curves if curve.rate == found.proposed)
    assert len(moved.losses) == 6  # steps of 4 pictures
    assert moved.end < still.end
    assert not list(bench.runs.glob("*/checkpoints")), "weights of trials are not kept"


@pytest.mark.slow
def test_a_search_over_our_settings(bench: Bench) -> None:
    over = ["rate", "batch", "act", "width"]
    found = tuning.find_settings(
        bench, over, 6, (16, 32), storage=None, way="mesh", isolated=False, said=lambda line: None
    )
    assert len(found.trials) == 6
    assert not found.failures
    assert found.coarse.trials[0].params == {"rate": 1e-3, "batch": 8, "act": "relu", "width": 4}
    assert (bench.folder / "trials.db").exists()
    margin = tuning.find_margin(bench, found, 2, lambda line: None)
    assert len(margin.before) == len(margin.after) == 2
    assert all(0 < error < 60 for error in margin.before + margin.after)


def test_a_training_that_goes_to_pieces_is_a_failure_with_a_reason(bench: Bench) -> None:
    attempt = tune.Attempt({"rate": 1e30}, 40, 1)
    torn = Bench(replace(bench.recipe, clip=None), bench.folder)
    with pytest.raises(TrainingError, match="no number any more"):
        tuning.Training(torn)(attempt)


def test_sizes_become_widths_and_a_network(bench: Bench, tmp_path: Path) -> None:
    assert widths(tune.Size(5, 16)) == (16, 32, 64, 96, 128)  # the design's own
    recipe = bench.short(8, widths=widths(tune.Size(3, 4)), act="prelu", norm="group", dropout=0.3)
    run = train(recipe, tmp_path / "runs", quiet=True)
    checkpoint = run.best()
    network = run.design(checkpoint).network  # built again from what run.json says
    network.load_state_dict(checkpoint.weights())
    assert [len(each) for each in (network.down, network.up)] == [2, 2]
    assert "PReLU" in repr(network)
    assert "GroupNorm" in repr(network)


def test_capacity_measures_time_memory_and_both_errors(bench: Bench) -> None:
    fits = [
        tuning._fitted(bench.short(8, widths=size), bench.runs) for size in ((4, 8), (16, 32, 64))
    ]
    assert fits[1].memory > 2 * fits[0].memory
    assert all(fit.seconds > 0 and fit.training > 0 and fit.validation > 0 for fit in fits)


def test_a_folder_is_for_one_question(bench: Bench) -> None:
    bench.claim("rate", pictures=100)
    bench.claim("rate", pictures=100)
    with pytest.raises(TrainingError, match=r"other options \(pictures\)"):
        bench.claim("rate", pictures=200)
    bench.claim("rate", pictures=100)


def test_all_settings_are_a_recipes(bench: Bench) -> None:
    space = settings()
    values = {
        name: axis.value(0.2) if isinstance(axis, Scale) else axis.options[-1]
        for name, axis in space.items()
    }
    better = changed(bench.recipe, values)
    told = options(bench.recipe, values)
    assert better.widths == widths(tune.Size(values["layers"], values["width"]))
    assert better.act == "silu"
    assert "--act silu" in told
    assert "--batch-size 64" in told
    assert told.count("--widths") == 1
    with pytest.raises(TrainingError, match="no such setting speed; there are rate"):
        chosen(["rate", "speed"])


@pytest.mark.slow
def test_the_commands(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "tuning"
    common = [str(pairs), *SMALL, "-o", str(folder)]
    assert main(["tune", "rate", *common, "--pictures", "24"]) == 0
    assert "irodori train baseline" in capsys.readouterr().out
    search = ["tune", "search", *common, "--trials", "5", "--short", "8", "--long", "16"]
    search += ["--over", "rate,norm", "--held-back", "4", "--confirm", "2"]
    assert main(search) == 0
    assert "2 fresh seeds" in capsys.readouterr().out
    assert main(["tune", "capacity", *common, "--pictures", "8", "--held-back", "4"]) == 0
    assert "--widths" in capsys.readouterr().out
    for name in ("rate", "search", "capacity"):
        assert "<img" in (folder / f"{name}.html").read_text(encoding="utf-8")
    assert json.loads((folder / "search.json").read_text())["over"] == ["rate", "norm"]


def test_a_typing_error_is_one_line(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["tune", "search", str(pairs), "--over", "speed", "-o", str(tmp_path / "t")]
    assert main(asked) == 2
    assert "no such setting speed" in capsys.readouterr().err
    assert main(["train", "quick", str(pairs), "--steps", "1", "--act", "silu"]) == 2
    assert "one way only" in capsys.readouterr().err


@pytest.mark.parametrize("question", ["rate", "search", "capacity"])
def test_what_cannot_be_trained_is_said_once_and_leaves_no_folder(
    question: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tuning"
    assert main(["tune", question, str(tmp_path / "nowhere"), "-o", str(out)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "no such collection" in lines[0]
    assert not out.exists()
