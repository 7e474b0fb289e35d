"""Drawings that a colorist is sure of join what it learns from, and go out when that harms."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image

from irodori.collection.importing import Given, import_pictures
from irodori.collection.pseudo import pseudo_labels
from irodori.collection.store import Collection
from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.training import self_training
from irodori.training.errors import TrainingError
from irodori.training.loop import train
from irodori.training.pairs import read_pairs
from irodori.training.recipe import Recipe
from irodori.training.runs import Run
from irodori.training.self_training import confidence_of, is_right, paint, painted_areas, self_train

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture
def run(tmp_path: Path, pictures: ModuleType, tiny: Callable[..., Recipe]) -> Run:
    """A short run on a collection of 40 pictures."""
    import_pictures(
        tmp_path / "art", pictures.draw_folder(tmp_path / "pairs"), Given(license="CC0-1.0")
    )
    recipe = tiny("baseline", collection=str(tmp_path / "art"), steps=40, every=20, rate=3e-3)
    return train(recipe, tmp_path / "runs", quiet=True)


@pytest.fixture
def drawings(tmp_path: Path, pictures: ModuleType) -> Path:
    """Six drawings without colors."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    for seed in range(200, 206):
        Image.fromarray(pictures.picture(seed)[1]).save(folder / f"d{seed}.png")
    return folder


def marked(run: Run) -> dict[str, object]:
    return dict(pseudo_labels(Collection.open(run.recipe.collection)))


def test_drawings_join_or_go_out_by_validation(run: Run, drawings: Path) -> None:
    before = len(read_pairs(Path(run.recipe.collection)).training)
    steps = list(self_train(run, [str(drawings)], confidence=0.01, rounds=1, steps=20, quiet=True))
    assert steps[0].drawings == 6
    sure = len(paint(run, [str(path) for path in drawings.iterdir()], 0.01))
    assert steps[0].pseudo_labels == sure > 0
    assert all(step.better for step in steps[:-1])
    kept = [step for step in steps if step.better]
    assert len(marked(run)) == (sure if kept else 0)
    after = read_pairs(Path(run.recipe.collection))
    assert len(after.training) == before + len(marked(run))
    assert not any(entry.facts["pseudo_label"] for entry in after.validation)
    assert steps[0].run.recipe.start == str(run.folder)
    assert steps[0].before == run.best().error


def test_a_round_that_worsens_is_taken_back(
    run: Run, drawings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def badly(recipe: Recipe, folder: Path, **settings: object) -> Run:
        done = train(recipe, folder, quiet=True)
        for checkpoint in done.checkpoints():  # as if validation had found it so
            path = checkpoint.folder / "checkpoint.json"
            path.write_text(json.dumps(json.loads(path.read_text()) | {"error": 99.0}))
        return done

    monkeypatch.setattr(self_training, "train", badly)
    (step,) = self_train(run, [str(drawings)], confidence=0.01, rounds=3, steps=5, quiet=True)
    assert not step.better
    assert str(step).endswith("worse: what joined is taken out again")
    assert marked(run) == {}


def test_stopped_in_a_round_nothing_stays(
    run: Run, drawings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*given: object, **settings: object) -> Run:
        assert marked(run)
        raise KeyboardInterrupt

    monkeypatch.setattr(self_training, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        list(self_train(run, [str(drawings)], confidence=0.01, quiet=True))
    assert marked(run) == {}


def test_what_is_refused(run: Run, drawings: Path, tiny: Callable[..., Recipe]) -> None:
    with pytest.raises(TrainingError, match="is sure of none of 6 drawings"):
        list(self_train(run, [str(drawings)], confidence=1.0, quiet=True))
    with pytest.raises(TrainingError, match="must be above 0"):
        list(self_train(run, [str(drawings)], confidence=0.0))
    loose = train(tiny("baseline", steps=1), run.folder.parent, quiet=True)
    with pytest.raises(TrainingError, match="no manifest in which"):
        list(self_train(loose, [str(drawings)]))


def test_confidence_is_of_what_was_painted(pictures: ModuleType) -> None:
    _, line = pictures.picture(3)
    drawing = Drawing(np.asarray(1 - line / np.float32(255), np.float32))
    coloring = Colorist.load().colorize(drawing)
    areas = painted_areas(coloring)
    assert not (coloring.colors[areas] > 245).all(1).any()
    assert confidence_of(coloring, lambda sure: torch.ones_like(sure)) == (1.0 if len(areas) else 0)  # type: ignore[arg-type]
    everything = is_right(coloring, coloring.flats)
    assert everything[areas].all()
    assert not is_right(coloring, 255 - coloring.flats)[areas].all()
