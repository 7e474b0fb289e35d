"""Training: it learns, it goes on bit for bit where it was killed, it says what is wrong."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor

from irodori.training import lesson, loop
from irodori.training.designs import ADVERSARIAL, DESIGNS
from irodori.training.errors import TrainingError
from irodori.training.loop import train
from irodori.training.recipe import Recipe
from irodori.training.runs import Run, all_runs

Tiny = Callable[..., Recipe]


def errors(run: Run) -> list[float]:
    return [line["valid/error"] for line in run.metrics() if "valid/error" in line]


def learns(tiny: Tiny, folder: Path, design: str, *, steps: int = 200, **changes: Any) -> bool:
    """Whether that many steps bring the validation error clearly below its start."""
    recipe = tiny(design, steps=steps, every=steps, **changes)
    found = errors(train(recipe, folder, quiet=True))
    return found[-1] < 0.9 * found[0]


class TestLearning:
    @pytest.mark.parametrize(
        ("design", "adversarial"), [("baseline", "none"), ("spatial", "hinge")]
    )
    def test_a_design_learns(
        self, design: str, adversarial: str, tiny: Tiny, tmp_path: Path
    ) -> None:
        assert learns(tiny, tmp_path, design, adversarial=adversarial)

    @pytest.mark.slow
    @pytest.mark.parametrize("adversarial", ["none", *ADVERSARIAL])
    @pytest.mark.parametrize("design", DESIGNS)
    def test_every_design_learns_with_every_adversary(
        self, design: str, adversarial: str, tiny: Tiny, tmp_path: Path
    ) -> None:
        assert learns(tiny, tmp_path, design, adversarial=adversarial)

    def test_a_broken_twin_does_not(
        self, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its loss asks for the opposite of the artist's colors."""
        real = lesson.Lesson._terms

        def opposite(self: lesson.Lesson, answer: Tensor, batch: dict[str, Tensor]) -> Any:
            return real(self, answer, batch | {"color": 1 - batch["color"]})

        monkeypatch.setattr(lesson.Lesson, "_terms", opposite)
        assert not learns(tiny, tmp_path, "baseline", steps=60)

    @pytest.mark.parametrize("broken", [False, True], ids=["whole", "broken twin"])
    def test_the_baseline_overfits_8_pictures(
        self, broken: bool, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A twin of which only the last bias learns stays far below."""
        if broken:
            real = loop.freeze

            def all_but_the_last_bias(design: Any) -> None:
                real(design)
                for name, weight in design.network.named_parameters():
                    weight.requires_grad_(requires_grad=name == "to_rgb.bias")

            monkeypatch.setattr(loop, "freeze", all_but_the_last_bias)
        steps = 60 if broken else 600
        # Of some seeds a channel starts dead and stays so: 18 dB, with any hints.
        recipe = tiny("baseline", steps=steps, every=steps, batch=8, seed=2).simplest()
        run = train(recipe, tmp_path, quiet=True)
        best = max(line["valid/psnr"] for line in run.metrics() if "valid/psnr" in line)
        assert (best > 30) != broken, best


def final_weights(run: Run) -> dict[str, Tensor]:
    last = run.checkpoints()[-1]
    return {
        f"{which}.{name}": value
        for which in ("network", "average", "judge")
        if (last.folder / f"{which}.safetensors").exists()
        for name, value in last.weights(which).items()
    }


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


class TestSeeds:
    def test_the_same_seed_gives_the_same_weights_and_another_others(
        self, tiny: Tiny, tmp_path: Path
    ) -> None:
        recipe = tiny("spatial", adversarial="dragan")
        one, same, other = (
            final_weights(train(replace(recipe, seed=seed), tmp_path, quiet=True))
            for seed in (1, 1, 2)
        )
        assert_equal(one, same)
        assert any(not torch.equal(one[name], other[name]) for name in one)

    def test_the_number_of_workers_changes_nothing(self, tiny: Tiny, tmp_path: Path) -> None:
        one, other = (
            final_weights(train(tiny("baseline", workers=workers), tmp_path, quiet=True))
            for workers in (0, 2)
        )
        assert_equal(one, other)

    @pytest.mark.parametrize("design", ["spatial", "blind", "quick"])
    def test_a_stopped_run_goes_on_bit_for_bit(
        self, design: str, tiny: Tiny, tmp_path: Path
    ) -> None:
        recipe = tiny(design, steps=6, adversarial="wgan-gp", schedule="constant")
        whole = train(recipe, tmp_path / "a", quiet=True)
        train(replace(recipe, steps=3), tmp_path / "b", quiet=True)
        rest = train(recipe, tmp_path / "b", resume=True, quiet=True)
        assert_equal(final_weights(whole), final_weights(rest))
        steps = [line["step"] for line in rest.metrics()]
        assert steps == sorted(steps)


def command(recipe: Recipe, runs: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "irodori", "train", recipe.design, recipe.collection),
        *("--steps", str(recipe.steps), "--size", "32", "--batch-size", "4", "--seed", "3"),
        *("--every", "4", "--workers", "0", "--held-back", "4", "--runs", str(runs), *more),
    ]


def kill_and_resume(recipe: Recipe, runs: Path, kills: int, seed: int) -> None:
    """Kill the program `kills` times, each some time after another checkpoint; then let it end."""
    dice = random.Random(seed)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": ""}
    last_step = -1
    for _ in range(kills):
        process = subprocess.Popen(
            command(recipe, runs, "--resume"), env=environment, stderr=subprocess.DEVNULL
        )
        wait_for = last_step + dice.randint(1, 6)
        began = time.monotonic()
        while process.poll() is None and time.monotonic() - began < 900:
            steps = [int(p.name) for p in runs.glob("*/checkpoints/[0-9]*")]
            if steps and max(steps) >= wait_for:
                break
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        for checkpoint in all_runs(runs)[0].checkpoints():
            last_step = checkpoint.step
            checkpoint.weights("network")
            checkpoint.weights("average")
            checkpoint.state()
    done = subprocess.run(
        command(recipe, runs, "--resume"), env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_killed_at_random_steps_it_ends_with_the_same_weights(
    kills: int, tiny: Tiny, tmp_path: Path
) -> None:
    recipe = tiny("spatial", steps=8 * kills)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": ""}
    subprocess.run(
        command(recipe, tmp_path / "whole"), env=environment, check=True, capture_output=True
    )
    kill_and_resume(recipe, tmp_path / "torn", kills, seed=kills)
    (whole,), (torn,) = (all_runs(tmp_path / name) for name in ("whole", "torn"))
    assert_equal(final_weights(whole), final_weights(torn))


class TestTroubles:
    def test_a_full_disk_stops_with_one_line_and_the_last_checkpoint_intact(
        self, tiny: Tiny, tmp_path: Path, mount: Callable[[Path, str], None]
    ) -> None:
        disk = tmp_path / "disk"
        mount(disk, "size=60m")
        recipe = tiny("baseline", steps=400, every=4, keep=50)
        done = subprocess.run(
            command(recipe, disk / "runs", "--keep", "50", "--every", "1"),
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": ""},
        )
        try:
            (run,) = all_runs(disk / "runs")
            there = run.checkpoints()
            for checkpoint in there:
                checkpoint.weights()
                checkpoint.state()
        finally:
            subprocess.run(["umount", str(disk)], check=True)
        lines = [line for line in done.stderr.splitlines() if line.startswith("irodori:")]
        assert done.returncode == 2, done.stderr
        assert len(lines) == 1
        assert done.stderr.splitlines()[-1] == lines[0]
        assert "--resume" in lines[0]
        assert len(there) > 1

    def test_no_numbers_in_the_data_are_named(
        self, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = loop.Trainer._on_device

        def spoilt(self: loop.Trainer, batch: dict[str, Tensor]) -> dict[str, Tensor]:
            batch = real(self, batch)
            batch["color"][1, 0, 5, 6] = float("nan")
            return batch

        monkeypatch.setattr(loop.Trainer, "_on_device", spoilt)
        with pytest.raises(TrainingError, match=r"^d\d+: its color .*NaN.*irodori data clean"):
            train(tiny("baseline"), tmp_path, quiet=True)

    def test_a_loss_that_explodes_is_told_from_bad_data(self, tiny: Tiny, tmp_path: Path) -> None:
        with pytest.raises(TrainingError, match="lower --lr"):
            train(
                tiny("painter", rate=1e30, clip=None, warmup=1, weight_decay=0.0, steps=20),
                tmp_path,
                quiet=True,
            )

    def test_a_batch_that_does_not_fit(
        self, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def hungry(self: lesson.Lesson, batch: dict[str, Tensor]) -> dict[str, float]:
            torch.empty(2**46)
            return {}

        monkeypatch.setattr(lesson.Lesson, "step", hungry)
        with pytest.raises(TrainingError, match=r"does not fit in memory.*--batch-size"):
            train(tiny("baseline"), tmp_path, quiet=True)

    def test_names_that_are_none(self, tiny: Tiny, tmp_path: Path) -> None:
        with pytest.raises(TrainingError, match=r"monet: no such design; .*baseline, spatial"):
            train(tiny("monet"), tmp_path, quiet=True)
        with pytest.raises(TrainingError, match="neither a run"):
            train(tiny("baseline", start="00077"), tmp_path, quiet=True)
        assert not list(tmp_path.glob("0*")), "what is refused leaves no run"

    def test_a_checkpoint_of_another_design(self, tiny: Tiny, tmp_path: Path) -> None:
        train(tiny("painter", steps=1, every=1), tmp_path, quiet=True)
        with pytest.raises(TrainingError, match="another design's"):
            train(tiny("baseline", start="0"), tmp_path, quiet=True)

    def test_a_run_without_end_is_refused(self, tiny: Tiny) -> None:
        with pytest.raises(TrainingError, match="--steps or --max-time"):
            tiny("baseline", steps=None)


class TestFrom:
    def test_each_design_starts_from_the_one_before(self, tiny: Tiny, tmp_path: Path) -> None:
        before = train(tiny("baseline", steps=40, every=40, rate=3e-3), tmp_path, quiet=True)
        reached = errors(before)[-1]
        for number, design in enumerate(("spatial", "palette", "blind")):
            run = train(tiny(design, steps=1, every=1, start=str(number)), tmp_path, quiet=True)
            scratch = train(tiny(design, steps=1, every=1), tmp_path / "scratch", quiet=True)
            assert errors(run)[0] < errors(scratch)[0], design
            if design == "spatial":
                assert errors(run)[0] == pytest.approx(reached, rel=0.05)

    def test_the_bundled_colorist_goes_on_learning(self, tiny: Tiny, tmp_path: Path) -> None:
        scratch = train(tiny("quick", steps=1, every=1, size=96), tmp_path, quiet=True)
        bundled = train(
            tiny("quick", steps=1, every=1, size=96, start="quick"), tmp_path, quiet=True
        )
        assert errors(bundled)[0] < errors(scratch)[0]


def test_time_ends_a_run(tiny: Tiny, tmp_path: Path) -> None:
    run = train(tiny("baseline", steps=None, seconds=3.0, every=1000), tmp_path, quiet=True)
    last = run.checkpoints()[-1]
    assert last.state()["count"]["seconds"] >= 3
    assert last.step == run.metrics()[-1]["step"]


def test_patience_ends_a_run(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny("baseline", steps=500, every=1, rate=1e-12, patience=2, warmup=1)
    run = train(recipe, tmp_path, quiet=True)
    assert run.checkpoints()[-1].step < 20


def test_regularizers_are_weighed_against_the_losses(tiny: Tiny, tmp_path: Path) -> None:
    run = train(tiny("baseline", l2=1e-2, l1=1e-5, variation=0.1), tmp_path, quiet=True)
    (shares,) = [line for line in run.metrics() if "share/l1" in line]
    named = {key: value for key, value in shares.items() if key.startswith("share/")}
    assert named.keys() == {
        "share/l1",
        "share/l1 of weights",
        "share/l2 of weights",
        "share/variation",
    }
    assert sum(named.values()) == pytest.approx(1, abs=1e-3)
    assert named["share/l2 of weights"] > 0.5, "a regularizer that dominates is seen"


@pytest.mark.parametrize("adversarial", ["none", pytest.param("wgan-gp", marks=pytest.mark.slow)])
def test_two_processes_learn_what_one_does(
    adversarial: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without normalization over the batch, two halves of a batch are as good as the whole.

    In debug the design has none; the order of batches differs, so all are the same 8 pictures.
    """
    recipe = replace(
        tiny("spatial", steps=4, every=4, adversarial=adversarial).simplest(), workers=0
    )
    two = train(replace(recipe, devices=2, batch=4), tmp_path / "two", quiet=True)
    one = train(replace(recipe, batch=8), tmp_path / "one", quiet=True)
    assert two.checkpoints()[-1].step == one.checkpoints()[-1].step == 4
    assert errors(two)[-1] == pytest.approx(errors(one)[-1], rel=0.05)
    assert errors(two)[-1] < errors(two)[0]


def test_frozen_layers_do_not_move_and_the_others_do(tiny: Tiny, tmp_path: Path) -> None:
    from irodori.network.encoders import ResNet18

    torch.manual_seed(1)
    seer = ResNet18(8)
    path = tmp_path / "resnet.pth"
    torch.save(seer.state_dict(), path)
    run = train(tiny("transfer", pretrained=str(path), steps=8, every=8), tmp_path, quiet=True)
    after = run.checkpoints()[-1].weights("network")
    for name, value in seer.state_dict().items():
        stays = name.startswith(("conv1.", "bn1.", "layer1."))
        same = torch.equal(after[f"seer.{name}"], value)
        assert same if stays else (not same or not value.is_floating_point()), name


def test_sheets_and_a_board_are_there_to_look_at(tiny: Tiny, tmp_path: Path) -> None:
    run = train(tiny("palette"), tmp_path, quiet=True)
    sheets = sorted(path.name for path in (run.folder / "samples").iterdir())
    assert sheets == ["00000000.png", "00000003.png", "00000006.png"]
    events = EventAccumulator(str(run.folder / "tensorboard"), {"images": 0}).Reload()
    assert set(events.Tags()["images"]) == {"samples", "filters"}
    assert {"loss/l1", "valid/error", "rate"} <= set(events.Tags()["scalars"])
    kinds = {tag.split("/")[0] for tag in events.Tags()["histograms"]}
    assert kinds == {"weights", "biases", "gradients", "outputs"}
    first = Image.open(io.BytesIO(events.Images("filters")[0].encoded_image_string))
    assert min(first.size) > 30
    asked = json.loads((run.folder / "run.json").read_text())["asked"]
    assert Recipe(**asked) == run.recipe
