"""Everything a person may get wrong: one line that says what to do, exit code 2, no new file."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from irodori.cli import main

Refused = Callable[..., str]


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims any size without holding a pixel of it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def flat(width: int, height: int, gray: int) -> Callable[[Path], None]:
    return lambda path: Image.new("L", (width, height), gray).save(path)


def holding(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


CORPUS = {
    "empty.png": holding(b""),
    "text.png": holding(b"Dear artist, this is a letter.\n" * 20),
    "html.jpg": holding(b"<!DOCTYPE html><html><body>404</body></html>"),
    "program.webp": holding(b"\x7fELF\x02\x01\x01" + bytes(200)),
    "zip.ora": holding(b"PK\x05\x06" + bytes(18)),
    "bomb.png": holding(png_header(60_000, 60_000)),
    "lying.png": holding(png_header(300, 200)),
    "dot.png": flat(1, 1, 0),
    "line.png": flat(300, 1, 0),
    "white.png": flat(64, 48, 255),
    "black.png": flat(64, 48, 0),
    "gray.png": flat(64, 48, 128),
    "drawing.txt": holding(b"a text"),
    "vector.svg": holding(b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
}


@pytest.mark.parametrize("name", CORPUS)
def test_a_file_that_is_no_drawing(name: str, tmp_path: Path, refused: Refused) -> None:
    CORPUS[name](tmp_path / name)
    line = refused("colorize", tmp_path / name, folder=tmp_path)
    assert name in line


def test_a_bomb_is_told_by_its_header(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "bomb.png").write_bytes(png_header(40_000, 30_000))
    line = refused("colorize", tmp_path / "bomb.png", folder=tmp_path)
    assert "40000 x 30000" in line
    assert "--max-megapixels" in line


def test_the_limit_is_the_persons_to_set(drawing: Path, tmp_path: Path, refused: Refused) -> None:
    line = refused("colorize", drawing, "--max-megapixels", "0.005", folder=tmp_path)
    assert "--max-megapixels" in line


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif"])
def test_a_truncated_file(name: str, keep: float, drawing: Path, refused: Refused) -> None:
    folder = drawing.parent / "cut"
    folder.mkdir()
    path = folder / name
    with Image.open(drawing) as picture:
        picture.save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    assert name in refused("colorize", path, folder=folder)


def test_a_name_that_is_not_there(tmp_path: Path, refused: Refused) -> None:
    assert "nothing.png" in refused("colorize", tmp_path / "nothing.png", folder=tmp_path)


def test_a_folder_without_drawings(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "notes.txt").write_text("none")
    assert "no drawings" in refused("colorize", tmp_path, folder=tmp_path)


def test_a_pattern_without_drawings(tmp_path: Path, refused: Refused) -> None:
    assert "no drawings" in refused("colorize", tmp_path / "*.png", folder=tmp_path)


@pytest.mark.parametrize(
    "hint",
    [
        "40,60,red",
        "40,60,#12",
        "40,60,#12345g",
        "40,60",
        "x,60,#ff0000",
        "40,60,#ff0000,big",
        "400,60,#ff0000",
        "40,-6,#ff0000",
        "nan,60,#ff0000",
        "40,60,#ff0000,-3",
        "",
    ],
)
def test_a_hint_that_cannot_be_meant(
    hint: str, drawing: Path, tmp_path: Path, refused: Refused
) -> None:
    # "--hint=" since an option's value may not begin with a minus otherwise
    assert "hint" in refused("colorize", drawing, f"--hint={hint}", folder=tmp_path)


@pytest.mark.parametrize(
    "hints",
    [
        {"dabs": [{"x": 1, "y": 1, "color": "red"}]},
        {"dabs": [{"x": 1, "y": 1, "color": "#12"}]},
        {"dabs": [{"x": 1, "y": 1, "color": "#ff0000", "colour": "#00ff00"}]},
        {"dots": [{"x": 1, "y": 1, "color": "#ff0000"}]},
        {"dabs": [{"x": 1000, "y": 1, "color": "#ff0000"}]},
        {"dabs": [{"y": 1, "color": "#ff0000"}]},
        {"dabs": {"x": 1}},
        {"strokes": [{"points": [], "color": "#ff0000", "radius": 2}]},
        {"strokes": [{"points": [[1]], "color": "#ff0000", "radius": 2}]},
        [1, 2],
        "text",
        None,
    ],
    ids=lambda hints: json.dumps(hints)[:50],
)
def test_a_hints_file_that_cannot_be_meant(
    hints: object, drawing: Path, tmp_path: Path, refused: Refused
) -> None:
    path = tmp_path / "hints.json"
    path.write_text(json.dumps(hints))
    refused("colorize", drawing, "--hints", path, folder=tmp_path)


def test_a_hints_file_that_is_no_json(drawing: Path, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "hints.json"
    path.write_text('{"dabs": [')
    assert "hints.json" in refused("colorize", drawing, "--hints", path, folder=tmp_path)


def test_a_hints_picture_of_another_size(drawing: Path, tmp_path: Path, refused: Refused) -> None:
    Image.new("RGBA", (60, 40), (255, 0, 0, 255)).save(tmp_path / "hints.png")
    line = refused("colorize", drawing, "--hints", tmp_path / "hints.png", folder=tmp_path)
    assert "60 x 40" in line
    assert "120 x 80" in line


def test_a_hints_file_that_is_not_there(drawing: Path, tmp_path: Path, refused: Refused) -> None:
    line = refused("colorize", drawing, "--hints", tmp_path / "lost.json", folder=tmp_path)
    assert "lost.json" in line


@pytest.mark.parametrize("palette", ["red", "#12", "#ff0000,blue", "lost.png", "#ff00000"])
def test_a_palette_that_cannot_be_meant(
    palette: str, drawing: Path, tmp_path: Path, refused: Refused
) -> None:
    refused("colorize", drawing, "--palette", palette, folder=tmp_path)


def test_a_palette_with_too_many_colors(drawing: Path, tmp_path: Path, refused: Refused) -> None:
    colors = ",".join(f"#{value:06x}" for value in range(17))
    line = refused("colorize", drawing, "--palette", colors, folder=tmp_path)
    assert "16" in line


def test_an_unknown_colorist(drawing: Path, tmp_path: Path, refused: Refused) -> None:
    line = refused("colorize", drawing, "--colorist", "monet", folder=tmp_path)
    assert "monet" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "gif"],
        ["--proposals", "0"],
        ["--proposals", "many"],
        ["--threads", "0"],
        ["--seed", "1.5"],
        ["--colour"],
        ["--json", "-o", "-"],
        ["--proposals", "2", "-o", "-"],
    ],
)
def test_an_option_that_cannot_be_meant(
    arguments: list[str], drawing: Path, tmp_path: Path, refused: Refused
) -> None:
    refused("colorize", drawing, *arguments, folder=tmp_path)


@pytest.mark.parametrize("name", ["a.jpg", "a.xcf", "a.colored.tiff"])
def test_an_output_in_no_known_format(
    name: str, drawing: Path, tmp_path: Path, refused: Refused
) -> None:
    line = refused("colorize", drawing, "-o", tmp_path / name, folder=tmp_path)
    assert "psd" in line


def test_several_drawings_into_one_file(drawing: Path, tmp_path: Path, refused: Refused) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(drawing.read_bytes())
    line = refused("colorize", drawing, other, "-o", tmp_path / "one.png", folder=tmp_path)
    assert "folder" in line


def test_an_unknown_command(tmp_path: Path, refused: Refused) -> None:
    assert "colourise" in refused("colourise", folder=tmp_path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_never_end_in_a_traceback(
    data: st.DataObject, drawing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any bytes, or a good file with some bytes changed: colored, or refused in one line."""
    good = drawing.read_bytes()
    kind = data.draw(st.sampled_from(["noise", "changed", "cut"]))
    if kind == "noise":
        broken = data.draw(st.binary(max_size=400))
    elif kind == "cut":
        broken = good[: data.draw(st.integers(0, len(good) - 1))]
    else:
        changed = bytearray(good)
        for _ in range(data.draw(st.integers(1, 5))):
            changed[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
        broken = bytes(changed)
    path = drawing.with_name("broken.png")
    path.write_bytes(broken)
    code = main(["colorize", str(path), "--force"])
    errors = capsys.readouterr().err
    assert (code, errors.count("\n")) in [(0, 0), (2, 1)], errors
