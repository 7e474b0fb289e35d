"""Weaknesses planted in a collection are named first, and what is offered cures them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("errors", ROOT / "benchmarks" / "errors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_planted_weaknesses_are_named_and_cured(
    benchmark: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    arguments = ["errors.py", "--folder", str(tmp_path)]
    monkeypatch.setattr("sys.argv", arguments)
    benchmark.main()
    out = capfd.readouterr().out
    turns = re.split(r"^run ", out, flags=re.MULTILINE)[1:]
    named = [re.search(r"^1\. (.*?): \d+ drawings", turn, re.MULTILINE) for turn in turns[:2]]
    rules = [found[1] for found in named if found]
    planted = {"tags: mushroom": "mushroom", "contrast": "faded", "darkness of lines": "faded"}
    kinds = [
        next(kind for text, kind in planted.items() if rule.startswith(text)) for rule in rules
    ]
    assert sorted(kinds) == ["faded", "mushroom"]
    for kind, after in zip(kinds, turns[1:], strict=True):
        share = re.search(rf"^  {kind} .*, ([0-9.]+) of it", after, re.MULTILINE)
        assert share is not None
        assert float(share[1]) < 0.8
