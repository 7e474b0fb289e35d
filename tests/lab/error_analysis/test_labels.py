"""Labels that were made wrong are found, in classes and among tags."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from irodori.lab.error_analysis import cross_validated, label_issues, tag_issues
from irodori.lab.errors import LabError


def test_digits_with_wrong_labels() -> None:
    digits = load_digits()
    names = [str(digit) for digit in digits.target[:900]]
    random = np.random.default_rng(0)
    wrong = random.permutation(900)[:27]
    given = list(names)
    for i in wrong:
        given[i] = str((int(names[i]) + random.integers(1, 10)) % 10)
    table, classes = cross_validated(digits.data[:900], given)
    assert table.shape == (900, 10)
    found = label_issues(given, table, classes)
    assert [issue.quality for issue in found] == sorted(issue.quality for issue in found)
    hit = [issue for issue in found if issue.number in wrong]
    assert len(hit) >= 22
    assert len(hit) >= 0.7 * len(found)
    assert sum(issue.likely == names[issue.number] for issue in hit) >= 20
    assert all(issue.given == given[issue.number] for issue in found)


def test_tags_that_are_wrong_or_missing() -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(400, 4))
    true = features[:, :2] > 0.3
    names = ["red", "round"]
    given = true.copy()
    given[:6, 0] ^= True
    tags = [[name for name, has in zip(names, row, strict=True) if has] for row in given]
    table = np.where(true, 0.95, 0.05)
    found = tag_issues(tags, table, names)
    assert {issue.number for issue in found} == set(range(6))
    for issue in found:
        has = given[issue.number, 0]
        assert (issue.given, issue.likely) == (("red", "not red") if has else ("not red", "red"))


def test_right_labels_raise_no_alarm() -> None:
    labels = ["a", "b"] * 50
    table = np.array([[0.9, 0.1], [0.1, 0.9]] * 50)
    assert label_issues(labels, table, ["a", "b"]) == []
    assert label_issues(["a"] * 9, np.ones((9, 1)), ["a"]) == []


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(LabError, match=r"shape \(2, 3\) do not fit 2 labels of 2"):
        label_issues(["a", "b"], np.full((2, 3), 0.3), ["a", "b"])
    with pytest.raises(LabError, match="'c' is none of the classes a, b"):
        label_issues(["a", "c"], np.full((2, 2), 0.5), ["a", "b"])
    with pytest.raises(LabError, match="not numbers"):
        label_issues(["a", "b"], np.full((2, 2), np.nan), ["a", "b"])
    with pytest.raises(LabError, match="label 'rare' has 2 samples"):
        cross_validated(np.ones((12, 2)), ["often"] * 10 + ["rare"] * 2)
