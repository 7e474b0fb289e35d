"""The commands as a person types them: what they print, and one line where something is wrong."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irodori.cli import main

Program = Callable[..., subprocess.CompletedProcess[bytes]]
Refused = Callable[..., str]
SMALL = ["--steps", "2", "--size", "32", "--batch-size", "4", "--every", "1", "--workers", "0"]


def test_from_pictures_to_a_colored_drawing(
    pairs: Path, drawing: Path, tmp_path: Path, program: Program
) -> None:
    done = program("train", "spatial", pairs, *SMALL, "--seed", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().split() == ["runs/00000-spatial"]
    assert b"validation error" in done.stderr
    listed = program("runs", cwd=tmp_path).stdout.decode().splitlines()
    assert listed[1].split()[:2] == ["00000-spatial", "2"]
    done = program("export", "0", "-o", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = program("colorize", drawing, "--colorist", "mine", "-o", "out.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.png").exists()


class TestDryRun:
    def test_it_says_everything_and_makes_nothing(
        self, pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs = tmp_path / "runs"
        asked = ["--dry-run", "--runs", str(runs), "--adversarial", "wgan-gp", "--lr", "0.01"]
        assert main(["train", "spatial", str(pairs), *asked]) == 0
        lines = capsys.readouterr().out.replace("held back", "held").splitlines()
        said = dict(line.split(maxsplit=1) for line in lines)
        assert said["rate"].strip() == "0.01"
        assert said["seconds"].strip() == "43200.0", "without a limit a night"
        assert "wgan-gp (adversarial)" in said["losses"]
        assert said["training"].endswith("pictures")
        assert not runs.exists()

    def test_debug_is_the_simplest_self(
        self, pairs: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["train", "spatial", str(pairs), "--debug", "--dry-run", "--l2", "1"]) == 0
        said = capsys.readouterr().out
        values = {line.split()[0]: line.split()[-1] for line in said.splitlines()}
        assert [values[key] for key in ("weight_decay", "clip", "average", "l2")] == [
            *("0.0", "-", "0.0", "0.0")
        ]
        assert "(adversarial)" not in said


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["monet", "PAIRS"], "designs are baseline, spatial"),
        (["baseline", "nowhere"], "no such collection"),
        (["baseline", "PAIRS", "--from", "7"], "neither a run in"),
        (["baseline", "PAIRS", "--max-time", "soon"], "H:MM:SS"),
        (["baseline", "PAIRS", "--adversarial", "wgan"], "wgan-gp"),
        (["transfer", "PAIRS", "--pretrained", "none.pth"], "torchvision"),
        (["baseline", "PAIRS", "--steps", "0"], "steps"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: list[str], remedy: str, pairs: Path, tmp_path: Path, refused: Refused
) -> None:
    given = [str(pairs) if each == "PAIRS" else each for each in arguments]
    line = refused("train", *given, "--runs", tmp_path / "runs", folder=tmp_path)
    assert remedy in line


def test_pictures_without_lines_are_refused(pairs: Path, tmp_path: Path, refused: Refused) -> None:
    colors = tmp_path / "colors"
    colors.mkdir()
    for path in list(pairs.glob("*.color.webp"))[:4]:
        shutil.copy(path, colors / path.name.replace(".color", ""))
    collection = tmp_path / "collection"
    assert main(["data", "import", str(collection), str(colors)]) == 0
    line = refused("train", "baseline", collection, "--runs", tmp_path / "runs", folder=tmp_path)
    assert "irodori data pair" in line


def test_runs_that_are_not_there(tmp_path: Path, refused: Refused) -> None:
    assert "no runs" in refused("runs", "--runs", tmp_path / "runs", folder=tmp_path)
    (tmp_path / "r" / "cache").mkdir(parents=True)
    line = refused("export", "3", "-o", tmp_path / "x", "--runs", tmp_path / "r", folder=tmp_path)
    assert "no such run" in line
    assert "cache" not in line
