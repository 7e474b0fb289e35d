"""A worker that is killed is work done again: the same files, the same weights, the same search."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.scale.lost import killing, processes

from irodori.collection.importing import Given, import_pictures
from irodori.collection.pair import Pairing, pair
from irodori.collection.store import Collection
from irodori.collection.synth.write import synthesize
from irodori.lab.tune.sampler import INTERRUPTED
from irodori.scale import searching, training
from irodori.scale.mapper import map_ray
from irodori.training.errors import TrainingError
from irodori.training.loop import train
from irodori.training.recipe import Recipe
from irodori.training.runs import Run, all_runs
from irodori.training.tuning import Bench

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes as Linux shows them"),
    pytest.mark.filterwarnings("ignore"),  # Ray's about its own settings and versions
]

Contents = Callable[[Path], dict[str, str]]


def test_a_step_that_loses_a_worker(
    pictures: Path, tmp_path: Path, contents: Contents, ray: None
) -> None:
    done = [0]

    def progress(number: int, total: int, name: str) -> None:
        done[0] = number

    for name in ("local", "ray"):
        import_pictures(tmp_path / name, str(pictures), Given())
    pair(tmp_path / "local", Pairing(variants=4), workers=1)
    with killing("Map", lambda: done[0] > 5):
        pair(tmp_path / "ray", Pairing(variants=4), mapper=map_ray, progress=progress)
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """A training of two workers on few pictures, in small and many steps."""
    synthesize(tmp_path / "art", 16, size=64, workers=1)
    asked = Recipe(
        "spatial", str(tmp_path / "art"), size=64, batch=4, seed=3, held_back=4, steps=1, warmup=2
    ).simplest()
    return replace(asked, workers=0, devices=2, steps=120, every=20, precision="32")


def errors(run: Run) -> list[float]:
    return [line["valid/error"] for line in run.metrics() if "valid/error" in line]


def weights(run: Run) -> bytes:
    return (run.checkpoints()[-1].folder / "network.safetensors").read_bytes()


def test_two_workers_learn_what_one_process_does(recipe: Recipe, tmp_path: Path, ray: None) -> None:
    """The same, bit for bit, as two processes here; one process reads its batches elsewhere."""
    recipe = replace(recipe, design="baseline", rate=1e-3, every=60)
    spread = training.train(recipe, tmp_path / "ray", quiet=True)
    two = train(recipe, tmp_path / "two", quiet=True)
    one = train(replace(recipe, devices=1, batch=8), tmp_path / "one", quiet=True)
    assert errors(spread) == errors(two)
    assert weights(spread) == weights(two)
    assert errors(spread)[-1] < errors(spread)[0]
    assert errors(spread)[-1] == pytest.approx(errors(one)[-1], rel=0.2)


def test_a_training_that_loses_a_worker(recipe: Recipe, tmp_path: Path, ray: None) -> None:
    def ready() -> bool:
        runs = all_runs(tmp_path / "lost")
        return bool(runs) and len(errors(runs[-1])) > 2

    with killing("TrainWorker", ready):
        lost = training.train(recipe, tmp_path / "lost", quiet=True)
    whole = train(recipe, tmp_path / "whole", quiet=True)
    assert errors(lost) == errors(whole)
    assert weights(lost) == weights(whole)
    assert not (lost.folder / "ray").exists()


def test_a_refusal_is_told_once_and_is_no_loss(recipe: Recipe, tmp_path: Path, ray: None) -> None:
    with pytest.raises(TrainingError, match="no number any more"):
        training.train(replace(recipe, rate=1e30, clip=None), tmp_path / "torn", quiet=True)


def test_a_search_that_loses_a_worker(recipe: Recipe, tmp_path: Path, ray: None) -> None:
    told: list[str] = []
    bench = Bench(replace(recipe, devices=1, held_back=4), tmp_path / "tuning")
    with killing("_work", lambda: len(told) > 0):
        found = searching.search(
            bench,
            ["rate", "act"],
            6,
            (24, 48),
            jobs=2,
            storage=None,
            way="mesh",
            isolated=False,
            said=told.append,
        )
    assert len(found.trials) == 6
    assert not found.failures
    every = [*found.coarse.trials, *found.fine.trials]
    reasons = [str(trial.user_attrs.get("reason", "")) for trial in every]
    assert sum(reason.startswith(INTERRUPTED) for reason in reasons) == 1
    for study in (found.coarse, found.fine):
        ended = [trial for trial in study.trials if trial in found.trials]
        cells = Counter(str(sorted(trial.params.items())) for trial in ended)
        assert max(cells.values()) == 1, "no cell is tried twice"
    assert len({trial.user_attrs["worker"] for trial in every}) > 2, "another took its place"
    assert len(told) == len(every)


def interrupted(command: list[str], begun: Callable[[], bool]) -> None:
    """Run a command on Ray, press Ctrl-C once it has begun, and see that nothing stays behind."""
    others = set(processes(""))
    running = subprocess.Popen(
        [*command, "--engine", "ray"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not begun():
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all that it has started
    output, said = running.communicate(timeout=60)
    assert (running.returncode, output) == (130, ""), said
    assert said.splitlines()[-1] == "irodori: stopped"
    assert all(line.startswith(("irodori: ", "step ")) for line in said.splitlines())
    for _ in range(50):
        if not set(processes("")) - others:
            break
        time.sleep(0.1)
    assert not set(processes("")) - others


def test_ctrl_c_ends_a_step_which_then_goes_on_without_ray(
    tmp_path: Path, contents: Contents
) -> None:
    folder = tmp_path / "art"
    command = [sys.executable, "-m", "irodori", "data", "synth", str(folder), "--count", "300"]
    command += ["--size", "64", "--workers", "2"]
    journal = folder / ".synth.0-64.jsonl"
    interrupted(command, lambda: journal.exists() and journal.stat().st_size > 0)
    assert 0 < len(journal.read_bytes().splitlines()) < 300
    subprocess.run(command, check=True, capture_output=True)
    synthesize(tmp_path / "whole", 300, size=64)
    assert len(Collection.open(folder)) == 300
    assert contents(folder) == contents(tmp_path / "whole")


def test_ctrl_c_ends_a_training_which_then_goes_on_without_ray(
    recipe: Recipe, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "irodori", "train", "spatial", recipe.collection, "--debug"]
    command += ["--runs", str(tmp_path / "runs"), "--devices", "2", "--size", "64", "--seed", "3"]
    command += ["--every", "20", "--steps", "5000", "--batch-size", "4", "--precision", "32"]

    def begun() -> bool:
        runs = all_runs(tmp_path / "runs")
        return bool(runs) and len(runs[-1].checkpoints()) > 1

    interrupted(command, begun)
    (run,) = all_runs(tmp_path / "runs")
    step = run.checkpoints()[-1].step
    longer = replace(run.recipe, steps=step + 20, devices=1)
    assert train(longer, tmp_path / "runs", resume=True, quiet=True).folder == run.folder
    assert run.checkpoints()[-1].step == step + 20
