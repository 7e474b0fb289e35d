"""The command line, in this process: what it writes, prints and returns."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageDraw

from irodori import __version__
from irodori.cli import main

Capture = pytest.CaptureFixture[str]


def test_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"irodori {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_names_the_commands(arguments: list[str], capsys: Capture) -> None:
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "colorize" in shown
    assert "evaluate" in shown


def test_every_promised_option_is_there(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["colorize", "--help"]) == 0
    shown = capsys.readouterr().out
    promised = (
        "--output -o --hints --hint --palette --proposals --seed --format --colorist --threads "
        "--max-megapixels --json --force"
    )
    assert [option for option in promised.split() if option not in shown] == []


def test_default_output_lies_beside_the_drawing(
    drawing: Path, capsys: Capture, chroma: Callable[[Path], float]
) -> None:
    assert main(["colorize", str(drawing)]) == 0
    output = drawing.with_name("house.colored.png")
    assert capsys.readouterr().out == f"{output}\n"
    with Image.open(output) as picture:
        assert picture.size == (120, 80)
    assert chroma(output) > 2  # of 255: not a gray picture


def test_a_dab_is_obeyed(drawing: Path, tmp_path: Path) -> None:
    output = tmp_path / "red.png"
    arguments = ["colorize", str(drawing), "--hint", "40,60,#D02040,5", "-o", str(output)]
    assert main([*arguments, "--format", "png"]) == 0
    with Image.open(output) as picture:
        red = np.asarray(picture.convert("RGB"), np.int16)[60, 40]
    assert red[0] > red[1] + 100


def test_hints_from_json_and_from_a_picture(drawing: Path, tmp_path: Path) -> None:
    hints = {"dabs": [{"x": 40, "y": 60, "color": "#20A040", "radius": 4}], "strokes": []}
    (tmp_path / "hints.json").write_text(json.dumps(hints))
    painted = Image.new("RGBA", (120, 80))
    painted.paste((32, 160, 64, 255), (36, 56, 45, 65))
    painted.save(tmp_path / "hints.png")
    for name in ("hints.json", "hints.png"):
        output = tmp_path / f"{name}.webp"
        assert (
            main(["colorize", str(drawing), "--hints", str(tmp_path / name), "-o", str(output)])
            == 0
        )
        with Image.open(output) as picture:
            green = np.asarray(picture.convert("RGB"), np.int16)[60, 40]
        assert green[1] > green[0] + 60


def test_the_same_seed_gives_the_same_picture(drawing: Path, tmp_path: Path) -> None:
    written = []
    for name in ("a.png", "b.png"):
        assert main(["colorize", str(drawing), "--seed", "7", "-o", str(tmp_path / name)]) == 0
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_proposals_are_numbered_and_differ(drawing: Path, capsys: Capture) -> None:
    assert main(["colorize", str(drawing), "--proposals", "3"]) == 0
    paths = [drawing.with_name(f"house.colored-{number}.png") for number in (1, 2, 3)]
    assert capsys.readouterr().out.splitlines() == [str(path) for path in paths]
    assert len({path.read_bytes() for path in paths}) == 3


@pytest.mark.parametrize(
    ("name", "start"), [("a.psd", b"8BPS"), ("a.ora", b"PK"), ("a.webp", b"RIFF")]
)
def test_the_name_chooses_the_format(
    drawing: Path, tmp_path: Path, name: str, start: bytes
) -> None:
    assert main(["colorize", str(drawing), "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_bytes().startswith(start)


def test_json_is_one_object_per_drawing(drawing: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    arguments = ["--json", "--hint", "40,60,#D02040", "--palette", "#ffffff,#204080"]
    assert main(["colorize", str(tmp_path), *arguments]) == 2
    output, errors = capsys.readouterr()
    broken, house = (json.loads(line) for line in output.splitlines())
    assert broken["input"].endswith("broken.png")
    assert broken["error"] in errors
    assert broken["output"] == []
    assert house.pop("seconds") > 0
    assert house == {
        "input": str(drawing),
        "output": [str(drawing.with_name("house.colored.png"))],
        "size": [120, 80],
        "hints": 1,
        "palette": 2,
    }


def test_one_bad_drawing_does_not_stop_the_others(
    drawing: Path, tmp_path: Path, capsys: Capture
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    assert main(["colorize", str(bad), str(drawing), "-o", str(tmp_path / "out")]) == 2
    output, errors = capsys.readouterr()
    assert errors.count("\n") == 1
    assert "bad.png" in errors
    assert output == f"{tmp_path / 'out' / 'house.colored.png'}\n"


def test_nothing_is_overwritten_without_force(
    drawing: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    output = tmp_path / "house.colored.png"
    output.write_bytes(b"precious")
    assert "--force" in refused("colorize", drawing, folder=tmp_path)
    assert main(["colorize", str(drawing), "--force"]) == 0
    assert output.read_bytes() != b"precious"


def test_the_drawing_itself_is_never_overwritten(
    drawing: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    line = refused("colorize", drawing, "-o", drawing, "--force", folder=tmp_path)
    assert "the drawing itself" in line


def test_a_pattern_that_the_shell_left_alone(drawing: Path, tmp_path: Path) -> None:
    shutil.copy(drawing, tmp_path / "hut.png")
    assert main(["colorize", str(tmp_path / "h*.png"), "-o", str(tmp_path / "out")]) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["house.colored.png", "hut.colored.png"]


def test_from_stdin_to_stdout(
    drawing: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(drawing.read_bytes())))
    assert main(["colorize", "-"]) == 0
    with Image.open(io.BytesIO(capfdbinary.readouterr().out)) as picture:
        assert picture.size == (120, 80)


def test_evaluate_prints_a_table_and_writes_figures_and_pictures(
    drawing: Path, tmp_path: Path, capsys: Capture
) -> None:
    pairs, out = tmp_path / "pairs", tmp_path / "out"
    pairs.mkdir()
    with Image.open(drawing) as lines:
        colors = lines.convert("RGB")
        for place, color in (((40, 60), "#d0a060"), ((42, 25), "#b03030"), ((97, 22), "#f0d020")):
            ImageDraw.floodfill(colors, place, ImageColor.getrgb(color))
        for name in ("one", "two"):
            lines.save(pairs / f"{name}.line.webp", lossless=True)
            colors.save(pairs / f"{name}.color.webp", lossless=True)
    options = ["--hints", "0,2,r2", "--against", "blank", "--out", str(out), "--limit", "1"]
    assert main(["evaluate", str(pairs), *options]) == 0
    table = capsys.readouterr().out
    assert "ours" in table
    assert "blank" in table
    assert (out / "evaluation.csv").read_text().startswith("picture,by,hints,")
    with Image.open(out / "sheet.png") as sheet:
        assert sheet.width > 400


@pytest.mark.parametrize(
    "options",
    [[], ["--hints", "five"], ["--hints", "-3"], ["--against", "monet"], ["--colorist", "monet"]],
)
def test_evaluate_refuses_in_one_line(
    options: list[str], tmp_path: Path, refused: Callable[..., str]
) -> None:
    refused("evaluate", tmp_path, *options, folder=tmp_path)
