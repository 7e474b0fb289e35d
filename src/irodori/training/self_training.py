"""Self-training of a colorist: drawings without colors, painted by it, join what it learns from.

Only paintings join of which it is sure, and how sure is calibrated on held-back pictures: of the
areas it painted with a confidence of 0.8, 80 % should have the artist's color. Each is marked in
the collection's manifest (`collection/pseudo`) and can be taken out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from irodori.collection import pseudo
from irodori.collection.pseudo import Painted
from irodori.collection.store import Collection
from irodori.color.batch import find_drawings
from irodori.color.coloring import Coloring
from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.space import to_even
from irodori.lab.ensemble import Platt, fit_confidence
from irodori.storage.places import place
from irodori.training.errors import TrainingError
from irodori.training.loop import train
from irodori.training.measuring import Tell, colorist_of, read_pair, some
from irodori.training.pairs import read_pairs
from irodori.training.runs import Run

NEAR = 10.0
"""Even color within which an area counts as painted right, as votes count for a color."""
SMALLEST = 0.002
"""Areas below this share of a drawing say little; they are not looked at."""

Progress = Callable[[], AbstractContextManager[Tell]]
"""Opens something to be told what is done, what there is in all, and a name."""


@contextmanager
def silent() -> Iterator[Tell]:
    """Progress that nobody watches."""
    yield lambda done, total, name: None


@dataclass(frozen=True)
class Step:
    """A round: what joined, and the least validation error before and after."""

    run: Run
    pseudo_labels: int
    drawings: int
    before: float
    after: float

    def __str__(self) -> str:
        verdict = "kept" if self.better else "worse: what joined is taken out again"
        return (
            f"{self.run.folder.name}: {self.pseudo_labels} of {self.drawings} drawings joined, "
            f"validation error {self.before:.2f} -> {self.after:.2f}, {verdict}"
        )

    @property
    def better(self) -> bool:
        """Whether validation error fell."""
        return self.after < self.before


def self_train(
    run: Run,
    drawings: Sequence[str],
    *,
    confidence: float = 0.8,
    rounds: int = 3,
    steps: int = 500,
    quiet: bool = False,
    progress: Progress = silent,
) -> Iterator[Step]:
    """Rounds of painting and learning; each yields what came of it. Ends when validation worsens.

    drawings: files, folders or patterns. A round goes on from the weights of the best run so far,
    for `steps` batches. One that worsens is the last, and its pseudo-labels are those before
    again. Raises TrainingError where the run's data set is no collection, CollectionError.
    """
    if not 0 < confidence <= 1:
        raise TrainingError(f"--confidence {confidence:g}: must be above 0 and at most 1")
    collection = open_collection(run)
    files = find_drawings(drawings)
    for _ in range(rounds):
        earlier = pseudo.pseudo_labels(collection)
        kept = False
        try:
            painted = paint(run, files, confidence, progress)
            step = _learn(run, collection, painted, steps=steps, quiet=quiet, drawings=len(files))
            kept = step.better
        finally:  # stopped, too, nothing is left half done
            if not kept:
                pseudo.restore_pseudo_labels(collection, earlier)
        yield step
        if not step.better:
            return
        run = step.run


def _learn(
    run: Run,
    collection: Collection,
    painted: Sequence[Painted],
    *,
    steps: int,
    quiet: bool,
    drawings: int,
) -> Step:
    if not painted:
        raise TrainingError(
            f"{run.folder.name}: is sure of none of {drawings} drawings; give a lower "
            "--confidence, or train it longer first"
        )
    count = pseudo.add_pseudo_labels(collection, run.folder.name, painted)
    recipe = replace(run.recipe, start=run.address, steps=steps, seconds=None)
    after = train(recipe, run.home, quiet=quiet)
    return Step(after, count, drawings, run.best().error, after.best().error)


def open_collection(run: Run) -> Collection:
    """What the run learnt from. Raises TrainingError where that has no manifest."""
    folder = place(run.recipe.collection)
    if not (folder / "manifest.parquet").exists():
        raise TrainingError(
            f"{folder}: has no manifest in which pseudo-labels could be marked; bring it into a "
            f"collection with irodori data import DIR {folder}, and train on that"
        )
    return Collection.open(folder)


def paint(
    run: Run, files: Sequence[str], confidence: float, progress: Progress = silent
) -> list[Painted]:
    """The drawings of which the run's best checkpoint is sure enough, painted without hints."""
    checkpoint = run.best()
    design = run.design(checkpoint)
    design.network.load_state_dict(checkpoint.weights())
    colorist = colorist_of(design.network, run.recipe.size)
    found = []
    with progress() as tell:
        curve = calibrate(colorist, run, tell)
        for number, file in enumerate(files):
            tell(number, len(files), Path(file).name)
            coloring = colorist.colorize(Drawing.load(file))
            sure = confidence_of(coloring, curve)
            if sure >= confidence:
                ink = np.asarray(coloring.drawing.ink, np.float32)
                found.append(Painted(Path(file).name, coloring.color(), ink, sure))
    return found


def calibrate(colorist: Colorist, run: Run, tell: Tell) -> Platt:
    """How often the colorist is right where it says how sure it is, over the held-back pictures.

    Areas left as paper are not looked at: to know them is no art.
    """
    entries = some(read_pairs(place(run.recipe.collection)).validation, run.recipe.held_back)
    certain, right, share = [], [], []
    for number, entry in enumerate(entries):
        tell(number, len(entries), entry.id)
        drawing, truth = read_pair(entry)
        coloring = colorist.colorize(drawing)
        areas = painted_areas(coloring)
        certain.append(coloring.certainty[areas])
        right.append(is_right(coloring, truth.color)[areas])
        share.append(_share(coloring)[areas])
    if not any(len(each) for each in certain):
        raise TrainingError(
            f"{run.folder.name}: leaves all {len(entries)} held-back drawings as paper, so how "
            "sure it is means nothing yet; train it longer first"
        )
    return fit_confidence(
        *(torch.from_numpy(np.concatenate(each)).float() for each in (certain, right, share))
    )


def confidence_of(coloring: Coloring, curve: Platt) -> float:
    """How much of what was painted is expected to be right, by area, 0..1; 0 for bare paper."""
    areas = painted_areas(coloring)
    if not len(areas):
        return 0.0
    sure = curve(torch.from_numpy(coloring.certainty[areas])).numpy()
    return float(np.average(sure, weights=_share(coloring)[areas]))


def painted_areas(coloring: Coloring) -> NDArray[np.intp]:
    """Numbers of the areas that are no specks and have a color other than white."""
    share = _share(coloring)
    is_white = (coloring.colors > 245).all(1) | coloring.paper
    is_white[0] = True
    return np.flatnonzero((share >= SMALLEST) & ~is_white)


def is_right(coloring: Coloring, truth: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each area's color is near the mean of the artist's in it, off the lines."""
    off_line = coloring.drawing.ink < 0.1
    labels = coloring.labels[off_line]
    count = np.maximum(np.bincount(labels, minlength=len(coloring.colors)), 1)
    mean = np.stack(
        [
            np.bincount(labels, truth[..., channel][off_line], len(coloring.colors)) / count
            for channel in range(3)
        ],
        1,
    )
    apart = np.linalg.norm(to_even(mean / 255) - to_even(coloring.colors / 255), axis=1)
    return np.asarray(apart < NEAR)


def _share(coloring: Coloring) -> NDArray[np.float64]:
    """Of the drawing's pixels, by area; entry 0 is unused."""
    return np.bincount(coloring.labels.ravel(), minlength=len(coloring.colors)) / np.float64(
        coloring.labels.size
    )
