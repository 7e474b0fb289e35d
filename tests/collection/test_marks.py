"""The five marks: figures that follow from what is known, and verdicts on the right side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irodori.collection.marks import (
    LIMITS,
    balanced,
    diverse,
    evenness,
    five_marks,
    low_noise,
    relevant,
    sufficient,
    vendi,
)

Record = dict[str, Any]


def rows(count: int, **facts: Any) -> list[Record]:
    start: Record = {"source": "a", "path": "a/x.png", "reasons": [], "line_path": None}
    return [{**start, "id": f"{i}", "sha256": f"{i}", **facts} for i in range(count)]


counts = st.dictionaries(st.text(), st.integers(1, 1000), min_size=2, max_size=9)


@given(counts)
def test_evenness_lies_between_nothing_and_all(found: dict[str, int]) -> None:
    assert 0 <= evenness(found) <= 1 + 1e-9
    even = evenness(dict.fromkeys(found, 7))
    assert even == pytest.approx(1)
    assert evenness(found) <= even + 1e-9


def test_evenness_of_a_known_case() -> None:
    # H(3/4, 1/4) = 0.8113 bits of 1 bit
    assert evenness({"a": 3, "b": 1}) == pytest.approx(0.8113, abs=1e-4)
    assert evenness({"a": 3}) == 1


def flat(*grays: int) -> np.ndarray:
    return np.array([np.full((8, 8, 3), gray) for gray in grays], np.uint8)


def test_alike_pictures_are_worth_one_and_different_ones_all() -> None:
    assert vendi(flat(90, 90, 90, 90)) == pytest.approx(1)
    assert vendi(flat(0, 128, 255)) == pytest.approx(3, abs=0.2)
    assert vendi(flat()) == 0


@given(st.lists(st.integers(0, 255), min_size=1, max_size=12))
def test_copies_add_nothing(grays: list[int]) -> None:
    once, twice = vendi(flat(*grays)), vendi(flat(*grays, *grays))
    assert 1 - 1e-9 <= once <= len(grays) + 1e-9
    assert twice == pytest.approx(once, rel=1e-6)


@pytest.mark.parametrize(("rare", "verdict"), [(1.0, "poor"), (9.0, "good"), (8.3, "fair")])
def test_balance_is_judged_by_weights(rare: float, verdict: str) -> None:
    kept = rows(90, classes=["x"], weight=1.0) + rows(10, classes=["y"], weight=rare)
    mark = balanced(kept, "DIR")
    assert mark.verdict == verdict
    assert mark.figure == f"± {abs(90 / (45 + 5 * rare) - 1):.1%}"
    # pictures of other parts do not count
    assert balanced(kept + rows(50, part="test", classes=["z"], weight=1.0), "DIR") == mark


def test_without_weights_folders_are_compared() -> None:
    mark = balanced(rows(50) + rows(50, path="b/x.png"), "DIR")
    assert (mark.figure, mark.verdict) == ("1.00", "good")
    assert balanced(rows(99) + rows(1, path="b/x.png"), "DIR").verdict == "poor"
    assert "balance DIR" in (mark.advice or "")


@pytest.mark.parametrize(("count", "verdict"), [(999, "poor"), (1000, "fair"), (5000, "good")])
def test_sufficient(count: int, verdict: str) -> None:
    assert sufficient(rows(count)).verdict == verdict


def test_a_rare_class_is_not_sufficient() -> None:
    mark = sufficient(rows(5000) + rows(19, path="b/x.png"))
    assert mark.verdict == "fair"
    assert "smallest of 2 classes has 19, 1 have fewer than 20" in mark.meaning


def test_noise_needs_cleaning_to_be_measured() -> None:
    kept = rows(100) + rows(1)
    mark = low_noise(kept, kept, "DIR")
    assert (mark.figure, mark.verdict) == ("1", "not measured yet")  # one copy
    assert mark.advice == "irodori data clean DIR"


def test_noise_is_what_no_check_has_passed() -> None:
    checked = {"clean_settings": "abc", "clean_error": None}
    kept = rows(97, **checked) + rows(3, clean_settings=None, clean_error=None, sha256=None)
    left = rows(25, **checked, reasons=["clean: blank"])
    mark = low_noise(kept + left, kept, "DIR")
    assert (mark.figure, mark.verdict) == ("97.0%", "fair")
    assert "25 of 125 (20.0%)" in mark.meaning
    assert low_noise(kept[:97] + left, kept[:97], "DIR").verdict == "good"


def test_relevant_is_line_art_and_one_character() -> None:
    paired = rows(80, line_path="x") + rows(16, lines=["y"]) + rows(4)
    assert (relevant(paired, "DIR").figure, relevant(paired, "DIR").verdict) == ("96.0%", "good")
    labeled = [record | {"label_characters": 1 + i % 2} for i, record in enumerate(paired)]
    mark = relevant(labeled, "DIR")
    assert (mark.figure, mark.verdict) == ("48.0%", "poor")
    assert "50.0% show one character" in mark.meaning


def test_diverse() -> None:
    assert diverse(rows(3), flat(0, 128, 255)).verdict == "good"
    mark = diverse(rows(9) + rows(1, source="b"), flat(*[90] * 10))
    assert mark.verdict == "poor"
    assert "largest source, a, holds 90%" in mark.meaning


def test_nothing_kept_is_no_error() -> None:
    left = rows(3, reasons=["clean: blank"])
    found = five_marks(left, flat())
    assert [mark.name for mark in found] == [
        "Balanced",
        "Sufficient",
        "Low noise",
        "Relevant",
        "Diverse",
    ]
    assert len(LIMITS) >= len(found)
