"""A crawl into a collection elsewhere: gallery-dl works here, what it brings is sent there."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from irodori.cli import main
from irodori.collection.crawl import Rules, crawl
from irodori.collection.sites import find_site
from irodori.collection.store import Collection

SETS = ("1girl solo", "cat outdoors")


def _boards() -> ModuleType:
    path = Path(__file__).parents[1] / "collection" / "boards.py"
    spec = importlib.util.spec_from_file_location("boards_of_storage", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["boards_of_storage"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_a_crawl_elsewhere_is_the_crawl_here_and_goes_on(
    tmp_path: Path,
    bucket: str,
    line: Any,
    content: Callable[[str], dict[str, bytes]],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boards = _boards()
    with boards.served(boards.many_posts(24, SETS)) as board:
        site = find_site(board.root)
        crawl(tmp_path / "here", site, SETS, Rules(), limit=1000, rate=0)
        there = f"{bucket}/col"
        crawl(there, site, SETS[:1], Rules(), limit=1000, rate=0)
        before = dict(board.fetched)

        # Go on on another machine, over a line that is cut while pictures are sent.
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
        capfd.readouterr()
        line.arm(30, 2.0)
        crawl(there, site, SETS, Rules(), limit=1000, rate=0)
        assert line.breaks == 1
        assert "answers again" in capfd.readouterr().err
        first = {post.number for post in board.found(SETS[0])}
        assert all(board.fetched[number] == before[number] for number in first)
    found = content(f"{there}/")
    here = Collection.open(tmp_path / "here").records()
    assert Collection.open(there).records() == here
    for record in here:
        assert found[record["path"]] == (tmp_path / "here" / record["path"]).read_bytes()
    assert main(["data", "clean", there, "--set", "least_side=8", "--workers", "1"]) == 0
