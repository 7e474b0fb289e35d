"""What README and the pages in docs/ show runs as it stands, and prints what they say it prints.

A mark before a block says what to do with it; the blocks of a page share a folder and their names:

    <!-- run -->                          each line is a command; after "$ ..." its output too
    <!-- run slow -->                     the same, in the tests that take minutes
    <!-- run slow: 8:00:00 as 0:00:20 --> with one text put for another
    <!-- save as train.py -->             the block is a file of the reader's
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from irodori.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>(?:run|save as)[^>]*?) -->\n)?^```(?P<kind>\w*)[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    mark: str
    kind: str
    text: str

    @property
    def slow(self) -> bool:
        return self.mark.startswith("run slow")

    @property
    def target(self) -> str:
        """The file that it is to be saved as; empty for one to run."""
        return self.mark.removeprefix("save as ") if self.mark.startswith("save as") else ""

    @property
    def code(self) -> str:
        """The text, with what its mark puts for something else."""
        change = re.search(r": (\S+) as (\S+)", self.mark)
        return self.text.replace(change[1], change[2]) if change else self.text


def blocks(page: Path) -> list[Block]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(m["mark"] or "", m["kind"], m["text"]) for m in found]


def marked(page: Path, *, slow: bool) -> list[Block]:
    return [b for b in blocks(page) if b.mark and (b.slow == slow or b.target)]


def pages(*, slow: bool) -> list[Any]:
    found = [page for page in PAGES if any(not b.target for b in marked(page, slow=slow))]
    return [pytest.param(page, id=page.name) for page in found]


@pytest.fixture
def folder(drawing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the pages speak of."""
    shutil.copy(drawing, tmp_path / "drawing.png")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("page", pages(slow=False))
def test_what_a_page_shows(page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    follow(marked(page, slow=False), folder, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("page", pages(slow=True))
def test_what_takes_longer(page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    follow(marked(page, slow=True), folder, capsys)


def test_everything_in_the_readme_is_run_but_the_set_up() -> None:
    """The set-up is run by test_demo.py and, in an environment of its own, test_wheel.py."""
    (left,) = (block for block in blocks(ROOT / "README.md") if not block.mark)
    assert [line.split()[:2] for line in left.text.splitlines()] == [
        ["make", "demo"],
        [".venv/bin/irodori", "studio"],
    ]


def follow(shown: list[Block], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Do what a reader would."""
    names: dict[str, Any] = {"__name__": "page"}
    for block in shown:
        if block.target:
            (folder / block.target).write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            exec(compile(block.code, "page", "exec"), names)
        else:
            for command, expected in commands(block.code):
                printed = run(command, folder, capsys)
                assert expected is None or alike(expected, printed), (command, printed)


def commands(text: str) -> list[tuple[str, str | None]]:
    r"""Commands with their output, None where none is shown; a line that ends in \ goes on."""
    text = text.replace("\\\n", " ")
    if "$ " not in text:
        return [(line, None) for line in text.splitlines() if line.strip()]
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(line, output) for line, _, output in (part.partition("\n") for part in parts)]


def run(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints. Those of the program run here, which saves starting it anew."""
    if command.startswith("irodori ") and not re.search(r"[|<>]|&&", command.split("#")[0]):
        capsys.readouterr()
        assert main(shlex.split(command, comments=True)[1:]) == 0, capsys.readouterr().err
        return capsys.readouterr().out
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def alike(expected: str, printed: str) -> bool:
    """Whether both are the same, where "..." stands for anything."""
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(expected, printed, options)


def test_output_that_differs_is_noticed() -> None:
    assert alike("a  1.2 s\n", "a 1.2 s\n")
    assert alike("took ... s\n", "took 3.4 s\n")
    assert not alike("took ... s\n", "took 3.4 minutes\n")
    assert commands("one \\\n  more\n") == [("one    more", None)]
    assert commands("$ one\n1\n2\n$ two\n") == [("one", "1\n2\n"), ("two", "")]
