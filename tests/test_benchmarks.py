"""The suite of benchmarks: verdicts, and going on where one fails."""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("suite")


@pytest.mark.parametrize(
    ("value", "limit", "at_least", "holds"),
    [
        (2.0, 2, False, True),
        (2.1, 2, False, False),
        (1.6, 1.6, True, True),
        (1.5, 1.6, True, False),
    ],
)
def test_verdicts(
    suite: ModuleType, value: float, limit: float, at_least: bool, holds: bool
) -> None:
    ratio = suite.Ratio("a ratio", value, "a reference", limit, at_least)
    assert ratio.holds is holds
    assert ratio.line().endswith("does NOT hold") is not holds


def test_what_could_not_be_measured_keeps_no_promise(suite: ModuleType) -> None:
    assert suite.Ratio("a ratio", math.nan, "a reference", 2).holds is False
    assert suite.Ratio("a ratio", 7, "a reference").holds is None


def test_every_benchmark_of_the_suite_is_there_and_in_the_docs(suite: ModuleType) -> None:
    page = (BENCHMARKS.parent / "docs" / "figures.md").read_text()
    for each in suite.BENCHMARKS:
        assert (BENCHMARKS / f"{each.name}.py").is_file()
        assert f"benchmarks/{each.name}.py" in page


def test_one_that_fails_is_told_and_the_others_go_on(
    suite: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    quick = "--rounds 1"
    chosen = (suite.Benchmark("no_such_file"), suite.Benchmark("hint_update", "", quick))
    monkeypatch.setattr(suite, "BENCHMARKS", chosen)
    found = tmp_path / "bench.json"
    monkeypatch.setattr("sys.argv", ["suite.py", "--quick", "--json", str(found)])
    assert suite.main() == 1
    shown = capfd.readouterr().out
    assert "failed: python benchmarks/no_such_file.py" in shown
    told = json.loads(found.read_text())
    assert told["machine"]["cores"] >= 1
    assert told["machine"]["multiply_adds_per_second_and_core"] > 1e8
    assert [each["name"] for each in told["ratios"]] == [
        "one more hint, 512 px",
        "one more hint, 2048 px",
    ]
    assert all(each["command"].startswith("python benchmarks/") for each in told["ratios"])
    assert len(told["failed"]) == 1
