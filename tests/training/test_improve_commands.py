"""Teams, self-training and smaller colorists as a person types them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from irodori.cli import main
from irodori.color.colorist import Colorist
from irodori.training.export import export_run
from irodori.training.loop import train
from irodori.training.recipe import Recipe
from irodori.training.runs import Run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

Refused = Callable[..., str]


@pytest.fixture(scope="module")
def run(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Four steps of a design that answers with a picture, a checkpoint at each."""
    torch.set_num_threads(1)
    recipe = Recipe(
        "baseline",
        collection=str(pairs),
        steps=4,
        size=32,
        batch=4,
        precision="32",
        every=1,
        keep=5,
        workers=0,
        held_back=12,
    )
    return train(recipe, tmp_path_factory.mktemp("improve") / "runs", quiet=True)


def test_one_run_stands_for_its_checkpoints(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["-o", str(tmp_path / "mean"), "--how", "weights", "--limit", "3"]
    assert main(["ensemble", str(run.folder), *asked]) == 0
    lines = capsys.readouterr().out.splitlines()
    steps = [line.split()[2] for line in lines[1:6]]
    assert steps == ["0", "1", "2", "3", "4"]
    assert lines[-1] == str(tmp_path / "mean")


def test_smaller_variants_are_colorists_with_a_curve(
    run: Run, pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, out = export_run(run, tmp_path / "mine"), tmp_path / "small"
    asked = ["--sparsity", "0.5", "--limit", "2"]
    assert main(["shrink", str(whole), str(pairs), "-o", str(out), *asked]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = ["as it is", "no dead channels", "sparse 50 %", "int8"]
    assert [line[:18].strip() for line in lines[1:5]] == names
    figures = [[float(each) for each in line[18:].split()] for line in lines[1:5]]
    stored, packed = ([row[column] for row in figures] for column in (2, 3))
    assert stored[1] <= stored[0]
    assert packed[2] < 0.8 * packed[0]
    assert stored[3] < 0.75 * stored[0]
    made = ["curve.png", "int8", "no-dead", "sparse-50"]
    assert sorted(path.name for path in out.iterdir()) == made
    with Image.open(out / "curve.png") as curve:
        assert curve.width > 2 * curve.height
    for name in ("no-dead", "sparse-50", "int8"):
        assert Colorist.load(out / name).name == "mine"


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["ensemble", "7", "8", "-o", "x"], "no such run"),
        (["ensemble", "RUN", "RUN", "-o", "x"], "named twice"),
        (["ensemble", "RUN", "-o", "x"], "--how weights"),
        (["ensemble", "RUN", "-o", "mine"], "use --force"),
        (["self-train", "RUN"], "which drawings?"),
        (["self-train", "RUN", "mine"], "no manifest in which"),
        (["self-train", "RUN", "--undo"], "no manifest in which"),
        (["shrink", "mine", "nowhere", "-o", "x"], "no such collection"),
        (["shrink", "nobody", "PAIRS", "-o", "x"], "no such colorist"),
        (["shrink", "quick", "PAIRS", "-o", "mine"], "give another name"),
        (["shrink", "quick", "PAIRS", "-o", "x", "--sparsity", "half"], "0.3,0.5"),
        (["shrink", "quick", "PAIRS", "-o", "x", "--sparsity", "1.5"], "below 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: list[str],
    remedy: str,
    run: Run,
    pairs: Path,
    tmp_path: Path,
    refused: Refused,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    names = {"RUN": str(run.folder), "PAIRS": str(pairs)}
    line = refused(*(names.get(each, each) for each in arguments), folder=tmp_path)
    assert remedy in line
