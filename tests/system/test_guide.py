"""The guide's commands are commands, its pictures are there; the tutorial really runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from irodori.cli import main

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "guide").glob("[1-6]-*.md"))
PAGE_NAMES = [page.name for page in PAGES]


def commands(page: Path) -> list[str]:
    """The lines of code blocks that call Irodori."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    lines = [
        line.removeprefix("$ ")
        for language, block in blocks
        if not language
        for line in block.splitlines()
    ]
    return [line.removesuffix(" &") for line in lines if line.startswith("irodori ")]


def test_the_guide_has_six_pages_each_leading_to_the_next() -> None:
    assert [name[0] for name in PAGE_NAMES] == list("123456")
    for page, following in pairwise(PAGES):
        assert f"({following.name})" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_every_command_has_the_options_that_the_guide_gives_it(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help comes after the options were understood: a wrong one is an error all the same."""
    found = commands(page)
    assert found
    for command in found:
        assert main([*shlex.split(command)[1:], "--help"]) == 0, command
    assert main(["data", "synth", "x", "--conut", "3", "--help"]) == 2
    capsys.readouterr()


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_pictures_and_pages_that_are_linked_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    for link in links:
        if not link.startswith("https://"):
            assert (page.parent / link).is_file(), link
    for picture in (link for link in links if link.endswith(".webp")):
        assert (page.parent / picture).stat().st_size < 200_000, picture
        with Image.open(page.parent / picture) as image:
            assert image.width >= 300


def test_what_the_guide_shows_is_what_the_tutorial_runs() -> None:
    script = (ROOT / "scripts" / "tutorial").read_text(encoding="utf-8")
    run = {" ".join(line.split()[1:4]) for line in script.splitlines() if "run irodori" in line}
    run |= {f"irodori train {design}" for design in ("baseline", "spatial", "palette", "blind")}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for command in re.findall(r"^\$ (irodori .*)$", text, re.M):
            assert " ".join(command.split()[:3]) in run, command


def test_the_program_that_is_shown_is_the_one_that_is_examined() -> None:
    page = (ROOT / "docs" / "guide" / "5-debug.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```python\n(.*?)^```", page, re.S | re.M)
    assert shown in (ROOT / "examples" / "my_training.py").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_tutorial_runs_and_leaves_a_picture_of_each_part(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [ROOT / "scripts" / "tutorial", tmp_path / "out"],
        env=environment, capture_output=True, text=True, timeout=45 * 60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    parts = {path.name[0] for path in (tmp_path / "out" / "pictures").iterdir()}
    assert parts == set("123456")
