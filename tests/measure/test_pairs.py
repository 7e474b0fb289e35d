"""Reading pairs: files, shards, and what is wrong with them."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from irodori.color.errors import IrodoriError
from irodori.measure.extras import EvaluationError
from irodori.measure.pairs import Pairs, on_white


def encode(picture: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, lossless=True)
    return buffer.getvalue()


COLOR = np.full((30, 44, 3), (200, 40, 40), np.uint8)
LINE = np.full((30, 44), 255, np.uint8)
LINE[:, 20:23] = 0


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def shard(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


FILES = {
    "b.color.webp": encode(COLOR, "WEBP"),
    "b.line.webp": encode(LINE, "WEBP"),
    "deep/a.color.png": encode(COLOR),
    "deep/a.line.png": encode(LINE),
    "c.color.png": encode(COLOR),
    "d.line.png": encode(LINE),
    "notes.txt": b"not a picture",
}


@pytest.mark.parametrize("kind", ["files", "shards", "one shard"])
def test_pairs_are_found_wherever_they_lie(kind: str, tmp_path: Path) -> None:
    source = tmp_path
    if kind == "files":
        write(tmp_path, FILES)
    else:
        shard(tmp_path / "shard-0000.tar", FILES)
        source = tmp_path if kind == "shards" else tmp_path / "shard-0000.tar"
    pairs = Pairs(source)
    assert pairs.ids() == ["a", "b"]
    assert len(pairs) == 2
    assert pairs.without_line == 1
    for name in pairs.ids():
        pair = pairs.read(name)
        assert pair.id == pair.drawing.name == name
        assert (pair.color == COLOR).all()
        assert pair.drawing.ink.shape == (30, 44)
        assert pair.drawing.ink[5, 21] > 0.9
        assert pair.drawing.ink[5, 5] < 0.01


def test_a_limit_picks_the_same_few(tmp_path: Path) -> None:
    write(tmp_path, {f"{i:02}.{kind}.png": b"" for i in range(20) for kind in ("color", "line")})
    pairs = Pairs(tmp_path)
    assert len(pairs.ids(5)) == 5
    assert pairs.ids(5, seed=3) == pairs.ids(5, seed=3) != pairs.ids(5, seed=4)
    assert pairs.ids(99) == pairs.ids()


def test_what_is_transparent_is_white() -> None:
    picture = np.zeros((3, 5, 4), np.uint8)
    picture[:, 2:] = (10, 20, 30, 255)
    expected = [[255, 255, 255]] * 2 + [[10, 20, 30]] * 3
    assert on_white(Image.fromarray(picture))[1].tolist() == expected


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        ({"x.color.png": b"no picture", "x.line.png": encode(LINE)}, "x", "color picture cannot"),
        ({"x.color.png": encode(COLOR), "x.line.png": b"no picture"}, "x", "x"),
        (
            {"x.color.png": encode(COLOR[:20]), "x.line.png": encode(LINE)},
            "x",
            "differ in size, 44 x 20 and 44 x 30",
        ),
    ],
)
def test_a_bad_pair_is_named(
    files: dict[str, bytes], name: str, message: str, tmp_path: Path
) -> None:
    write(tmp_path, files)
    with pytest.raises(IrodoriError, match=message) as caught:
        Pairs(tmp_path).read(name)
    assert "\n" not in str(caught.value)


def test_no_pairs_and_no_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="holds no pairs; they are named"):
        Pairs(tmp_path)
    with pytest.raises(EvaluationError, match="no such file or folder"):
        Pairs(tmp_path / "nowhere")
    (tmp_path / "shard.tar").write_bytes(b"\x01 is no tar" * 100)
    with pytest.raises(EvaluationError, match="is no readable tar"):
        Pairs(tmp_path)
