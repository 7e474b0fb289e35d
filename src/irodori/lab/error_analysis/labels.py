"""Labels that may be wrong, by confident learning (Northcutt, Jiang, Chuang, 2021; cleanlab)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from irodori.lab.errors import LabError


@dataclass(frozen=True)
class LabelIssue:
    """A label that the others speak against: what is given, what is likelier, and how sure that is.

    number: of the sample. quality: 0 surely wrong .. 1 surely right.
    """

    number: int
    given: str
    likely: str
    quality: float


def label_issues(
    labels: Sequence[str], probabilities: NDArray[Any], names: Sequence[str]
) -> list[LabelIssue]:
    """The labels that are likely wrong, the least credible first.

    probabilities: (N, K), of any classifier on samples that it was not fitted to, such as
    `cross_validated` gives; a column for each of `names`. Raises LabError where they do not fit.
    """
    table = np.asarray(probabilities, float)
    if table.shape != (len(labels), len(names)):
        raise LabError(
            f"probabilities of shape {table.shape} do not fit {len(labels)} labels of "
            f"{len(names)} classes; give a row for each label, a column for each class"
        )
    if not np.isfinite(table).all():
        raise LabError("some probabilities are not numbers; mend the classifier first")
    place = {name: number for number, name in enumerate(names)}
    unknown = next((label for label in labels if label not in place), None)
    if unknown is not None:
        raise LabError(f"label {unknown!r} is none of the classes {', '.join(names[:8])}")
    given = np.array([place[label] for label in labels])
    if len(np.unique(given)) < 2:
        return []
    wrong = find_label_issues(given, table, n_jobs=1)
    quality = get_label_quality_scores(given, table)
    found = [
        LabelIssue(i, labels[i], names[int(table[i].argmax())], round(float(quality[i]), 4))
        for i in np.flatnonzero(wrong).tolist()
    ]
    return sorted(found, key=lambda issue: issue.quality)


def tag_issues(
    tags: Sequence[Sequence[str]], probabilities: NDArray[Any], names: Sequence[str]
) -> list[LabelIssue]:
    """The same for samples with any number of tags: tags that are wrong, or that are missing.

    probabilities: (N, K) that a sample has each of `names`, each by itself.
    """
    table = np.asarray(probabilities, float)
    found = []
    for column, name in enumerate(names):
        absent, present = f"not {name}", name
        labels = [present if name in own else absent for own in tags]
        both = np.column_stack([1 - table[:, column], table[:, column]])
        found += label_issues(labels, both, [absent, present])
    return sorted(found, key=lambda issue: issue.quality)


def cross_validated(
    features: NDArray[Any], labels: Sequence[str], *, folds: int = 5, seed: int = 0
) -> tuple[NDArray[np.float64], list[str]]:
    """Probabilities (N, K) of each label by a logistic regression that did not see the sample.

    features: (N, C), such as a network's. Also returns the K names, in order. Raises LabError for a
    label with fewer samples than folds.
    """
    names, given = np.unique(np.asarray(labels, str), return_inverse=True)
    counts = np.bincount(given)
    if len(names) < 2 or counts.min() < folds:
        few = str(names[counts.argmin()]) if len(names) else ""
        raise LabError(
            f"label {few!r} has {counts.min() if len(counts) else 0} samples; labels are checked "
            f"against each other, with {folds} samples of each of two at least"
        )
    regression = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    table = cross_val_predict(
        regression, np.nan_to_num(features), given, cv=parts, method="predict_proba"
    )
    return np.asarray(table, float), [str(name) for name in names]
