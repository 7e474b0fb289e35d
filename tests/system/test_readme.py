"""What the README shows runs as it stands."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from irodori.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def folder(drawing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the README speaks of."""
    shutil.copy(drawing, tmp_path / "drawing.png")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_example(folder: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert (folder / "drawing.colored.png").is_file()


COMMANDS = [
    shlex.split(line, comments=True)
    for line in re.findall(r"^irodori .*$", README, re.MULTILINE)
    if "colorize" in line
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_commands(command: list[str]) -> None:
    assert main(command[1:]) == 0
