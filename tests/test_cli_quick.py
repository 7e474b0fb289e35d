"""What is read without Typer is what Typer would have read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irodori.cli import commands, quick
from irodori.cli.quick import Asked

WORDS = st.text("ab.-=1,#", max_size=4)
NUMBERS = st.one_of(
    st.integers(-3, 20).map(str),
    st.sampled_from(["1_0", "+2", " 3", "1e2", "0.5", ".5", "nan", ""]),
)
OPTIONS = st.sampled_from(
    [*(f"--{name}" for name in quick._VALUES), *quick._FLAGS, "-o", "-h", "--seeds", "--", "-", "x"]
)
PIECES = st.one_of(
    st.tuples(OPTIONS, st.one_of(NUMBERS, WORDS, st.sampled_from(["png", "gif"]))),
    st.tuples(OPTIONS, st.one_of(NUMBERS, WORDS)).map(lambda pair: (f"{pair[0]}={pair[1]}",)),
    st.tuples(st.one_of(WORDS, OPTIONS)),
)

EVERY = """a.png -o out --hints h.json --hint 1,2,#000000 --hint=3,4,#ffffff b.png
--palette #010203 --proposals 3 --seed=-4 --format psd --colorist own --threads 2 --jobs 5
--max-megapixels 2.5 --json --force"""


def _by_typer(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> Asked | None:
    """What Typer hands to the command; None where it refuses or only shows its help."""
    seen: list[Asked] = []

    def note(asked: Asked) -> int:
        seen.append(asked)
        return 0

    monkeypatch.setattr(commands.color, "color", note)
    commands.run(["colorize", *arguments])
    return seen[0] if seen else None


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=4))
def test_both_read_the_same(pieces: list[tuple[str, ...]]) -> None:
    arguments = [word for piece in pieces for word in piece]
    read = quick.read(arguments)
    if read is not None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            assert read == _by_typer(arguments, monkeypatch)


def test_every_option_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = EVERY.split()
    asked = quick.read(arguments)
    assert asked == _by_typer(arguments, monkeypatch)
    assert asked is not None
    left = [name for name, default in vars(Asked(())).items() if getattr(asked, name) == default]
    assert left == []
    assert asked.drawings == ("a.png", "b.png")
    assert asked.hint == ("1,2,#000000", "3,4,#ffffff")


@pytest.mark.parametrize(
    "arguments",
    ["", "--help", "a.png --help", "a.png --seed x", "a.png --proposals 17", "a.png --form png"],
)
def test_what_is_not_plain_is_left_to_typer(arguments: str) -> None:
    assert quick.read(arguments.split()) is None


def test_coloring_does_without_typer(drawing: str, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from irodori.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "heavy = ['typer', 'pydantic', 'rich', 'psd_tools', 'xml', 'PIL.ImageCms', 'numpy.ma']\n"
        "sys.exit(code or ', '.join(name for name in heavy if name in sys.modules) or 0)"
    )
    command = [sys.executable, "-c", code, "colorize", str(drawing), "--hint", "40,60,#D02040,5"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
