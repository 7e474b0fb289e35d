"""Which drawings are meant, and where their colorings go."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from irodori.color import batch
from irodori.color.batch import (
    STREAM,
    Order,
    Outcome,
    colorize_files,
    find_drawings,
    name_outputs,
)
from irodori.color.errors import DrawingError, OutputError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files by name only, which is the current one."""
    pictures = ["a.png", "b.JPG", "c.psd", "x[1].png"]
    others = ["a.colored.png", "a.colored-2.png", "a.hints.png", "notes.txt"]
    for name in pictures + others:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "out").mkdir()
    (tmp_path / "folder.png").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(source: str, output: str | None, *, many: bool = False, **order: object) -> list[str]:
    return name_outputs(source, output, many=many, order=Order(**order))  # type: ignore[arg-type]


def test_a_folder_stands_for_its_drawings(folder: Path) -> None:
    assert find_drawings(["."]) == ["a.png", "b.JPG", "c.psd", "x[1].png"]


def test_a_pattern_is_expanded_and_a_file_with_brackets_is_not(folder: Path) -> None:
    assert find_drawings(["?.*", "x[1].png"]) == ["a.png", "b.JPG", "c.psd", "x[1].png"]


def test_each_drawing_once_in_order(folder: Path) -> None:
    assert find_drawings(["c.psd", STREAM, ".", "a.png"])[:3] == ["c.psd", STREAM, "a.png"]


def test_what_is_named_is_taken_at_its_word(folder: Path) -> None:
    """A missing file is reported in its turn; somebody may want to color our own result."""
    assert find_drawings(["missing.png", "a.colored.png"]) == ["missing.png", "a.colored.png"]


@pytest.mark.parametrize("text", ["out", "*.gif"])
def test_nothing_found_is_an_error(folder: Path, text: str) -> None:
    with pytest.raises(DrawingError, match="no drawings"):
        find_drawings([text])


@pytest.mark.parametrize(
    ("source", "output", "order", "expected"),
    [
        ("in/a.png", None, {}, ["in/a.colored.png"]),
        ("a.jpeg", None, {"format": "psd"}, ["a.colored.psd"]),
        ("a.b.png", None, {}, ["a.b.colored.png"]),
        ("a.png", "x.ora", {}, ["x.ora"]),
        ("a.png", "x.ora", {"format": "psd"}, ["x.ora"]),
        ("a.png", "out", {}, ["out/a.colored.png"]),
        ("a.png", "new", {}, ["new/a.colored.png"]),
        ("a.png", "new", {"format": "webp"}, ["new"]),
        ("a.png", "new/", {"format": "webp"}, ["new/a.colored.webp"]),
        ("a.png", "x.webp", {"proposals": 2}, ["x-1.webp", "x-2.webp"]),
        ("a.png", None, {"proposals": 2}, ["a.colored-1.png", "a.colored-2.png"]),
        (STREAM, None, {}, [STREAM]),
        (STREAM, "out", {}, ["out/stdin.colored.png"]),
        ("a.png", STREAM, {}, [STREAM]),
    ],
)
def test_names(
    folder: Path, source: str, output: str | None, order: dict[str, object], expected: list[str]
) -> None:
    assert names(source, output, **order) == expected


@pytest.mark.parametrize(("output", "format"), [("out", None), ("new", None), ("new", "psd")])
def test_several_drawings_go_into_a_folder(folder: Path, output: str, format: str | None) -> None:
    found = names("in/a.png", output, many=True, format=format)
    assert found == [f"{output}/a.colored.{format or 'png'}"]


@pytest.mark.parametrize(
    ("output", "many", "order"),
    [
        ("x.png", True, {}),
        (STREAM, True, {}),
        (STREAM, False, {"proposals": 2}),
        ("x.jpg", False, {}),
    ],
)
def test_impossible_outputs(
    folder: Path, output: str, many: bool, order: dict[str, object]
) -> None:
    with pytest.raises(OutputError):
        names("a.png", output, many=many, **order)


def test_jobs_change_nothing_but_the_time(tmp_path: Path) -> None:
    drawings = [str(tmp_path / f"{number}.png") for number in range(6)]
    for number, path in enumerate(drawings):
        picture = Image.new("L", (60 + 9 * number, 40), 255)
        ImageDraw.Draw(picture).ellipse((8, 6, 40 + number, 34), outline=0, width=2)
        picture.save(path)
    (tmp_path / "2.png").write_bytes(b"no picture")
    written = {}
    for jobs in (1, 3):
        out = tmp_path / f"by-{jobs}"
        outcomes = list(colorize_files(drawings, f"{out}/", Order(jobs=jobs)))
        assert [outcome.input for outcome in outcomes] == drawings
        assert [outcome.error is not None for outcome in outcomes] == [n == 2 for n in range(6)]
        written[jobs] = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(written[1]) == 5
    assert written[1] == written[3]


def test_a_slow_drawing_idles_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first takes its time, the other job does all that is left of a small batch."""
    names = [f"{number}.png" for number in range(8)]
    others, last = threading.Event(), names[-1]

    def colored(task: batch.Task, order: Order) -> Outcome:
        if task.source == names[0]:
            assert others.wait(30), "the others waited for the first"
        elif task.source == last:
            others.set()
        return Outcome(task.source)

    monkeypatch.setattr(batch, "colored", colored)
    outcomes = colorize_files(names, f"{tmp_path}/", Order(jobs=2))
    assert [each.input for each in outcomes] == names
