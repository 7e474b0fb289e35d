"""A collection on storage whose connection is lost in the middle of every step is the same one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from irodori.cli import main
from irodori.collection.dataset import Dataset

SECONDS = 1.0
STEPS = {
    "import": ("--license", "CC0-1.0"),
    "synth": ("--count", "3", "--size", "160", "--workers", "1"),
    "clean": ("--set", "least_side=32", "--workers", "1"),
    "pair": ("--variants", "1", "--workers", "1"),
    "balance": ("--by", "source"),
    "split": ("--ratio", "60,20,20", "--workers", "1"),
    "shards": ("--per-shard", "3", "--workers", "1"),
    "look": (),
    "report": (),
}
"""Each command, and what it is told."""

MIDDLE = {"balance": 3, "shards": 12, "report": 20}
"""At which request the line is cut, where it is not the eighth."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve colored drawings, six of them with their line art; not square, no two alike."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(12):
        random = np.random.default_rng(number)
        color = Image.new("RGB", (150, 110), "white")
        line = Image.new("L", color.size, 255)
        for _ in range(6):
            left, top = (int(each) for each in random.integers(0, 80, 2))
            box = (left, top, left + 20 + int(random.integers(40)), top + 25)
            fill = tuple(int(each) for each in random.integers(60, 256, 3))
            ImageDraw.Draw(color).ellipse(box, fill=fill, outline="black", width=2)
            ImageDraw.Draw(line).ellipse(box, fill=255, outline=0, width=2)
        (folder / "set").mkdir(exist_ok=True)
        color.save(folder / "set" / f"{number:02d}.color.png")
        if number % 2:
            line.save(folder / "set" / f"{number:02d}.line.png")
    return folder


def arguments(step: str, col: str, pictures: Path) -> list[str]:
    """The command line of a step on a collection."""
    more = {
        "import": [str(pictures)],
        "shards": [f"{col}-shards"],
        "look": ["-o", f"{col}-look.png"],
        "report": ["-o", f"{col}-report.html"],
    }
    return ["data", step, col, *more.get(step, []), *STEPS[step]]


def test_every_step_waits_says_so_and_finishes_right(
    tmp_path: Path,
    pictures: Path,
    bucket: str,
    line: Any,
    content: Callable[[str], dict[str, bytes]],
    local_content: Callable[[Path], dict[str, bytes]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    here, there = tmp_path / "col", f"{bucket}/col"
    for step in STEPS:
        line.arm(None)
        assert main(arguments(step, str(here), pictures)) == 0
        told = capfd.readouterr().out
        line.arm(MIDDLE.get(step, 8), SECONDS)
        assert main(arguments(step, there, pictures)) == 0
        out, said = capfd.readouterr()
        assert line.breaks == 1, f"{step}: only {line.requests} requests"
        assert out == told.replace(str(here), there), step
        assert len(said.splitlines()) == 2, (step, said)
        begin, end = said.splitlines()
        assert begin.startswith(f"irodori: {bucket}: does not answer (")
        assert begin.endswith("); waiting, trying again")
        assert end == f"irodori: {bucket}: answers again; going on"
    assert content(f"{there}/") == local_content(here)
    assert content(f"{there}-shards/") == local_content(tmp_path / "col-shards")
    assert content(f"{there}-look.png") == {"": (tmp_path / "col-look.png").read_bytes()}
    page = content(f"{there}-report.html")[""]
    assert page == (tmp_path / "col-report.html").read_bytes().replace(
        str(here).encode(), there.encode()
    )
    same_samples(tmp_path, there)


def same_samples(tmp_path: Path, there: str) -> None:
    """The same samples come from the folder, its shards, and both on storage."""
    sources = [tmp_path / "col", tmp_path / "col-shards", there, f"{there}-shards"]
    sets = [Dataset(source, "train", seed=3) for source in sources]
    for position in range(len(sets[0])):
        samples = [each[position] for each in sets]
        assert len({each.id for each in samples}) == 1
        for each in samples[1:]:
            np.testing.assert_array_equal(each.color, samples[0].color)
            np.testing.assert_array_equal(each.line, samples[0].line)


def test_a_step_that_was_killed_goes_on(
    tmp_path: Path,
    pictures: Path,
    bucket: str,
    line: Any,
    content: Callable[[str], dict[str, bytes]],
) -> None:
    there = f"{bucket}/col"
    assert main(arguments("import", there, pictures)) == 0
    line.arm(16, 3600.0)  # until the program is killed
    command = [sys.executable, "-m", "irodori", *arguments("clean", there, pictures)]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not line.breaks and time.monotonic() < until:
        time.sleep(0.1)
    running.kill()
    running.wait()
    assert line.breaks == 1
    line.mend()
    line.arm(None)
    assert main(arguments("clean", there, pictures)) == 0
    reread = line.requests
    line.arm(None)
    other = f"{bucket}/other"
    assert main(arguments("import", other, pictures)) == 0
    line.arm(None)
    assert main(arguments("clean", other, pictures)) == 0
    assert reread < line.requests, "what was measured before the kill was measured again"
    assert content(f"{there}/manifest.parquet") == content(f"{other}/manifest.parquet")


def test_errors_are_one_line(
    tmp_path: Path, bucket: str, line: Any, refused: Callable[..., str]
) -> None:
    assert refused("data", "clean", f"{bucket}/none", folder=tmp_path) == (
        f"{bucket}/none: is no collection (it has no manifest.parquet); make one with irodori "
        "data import or irodori data crawl"
    )
    told = refused("data", "synth", "s3://no-such-bucket/col", folder=tmp_path)
    assert told == (
        "s3://no-such-bucket/col/manifest.parquet: there is no bucket no-such-bucket; make it "
        "first, or name another"
    )
    told = refused("data", "shards", f"{bucket}/none", "http://127.0.0.1/x", folder=tmp_path)
    assert "is no collection" in told
