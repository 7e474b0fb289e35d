"""Collections and shards on a plain web server: read, never written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irodori.cli import main
from irodori.collection.dataset import Dataset
from irodori.storage.errors import StorageError
from irodori.storage.places import place


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a collection of six drawn pictures, split, and its shards."""
    folder = tmp_path_factory.mktemp("site")
    col = str(folder / "col")
    small = ["--size", "128", "--workers", "1"]
    assert main(["data", "synth", col, "--count", "6", *small]) == 0
    assert main(["data", "split", col, "--ratio", "60,20,20", "--workers", "1"]) == 0
    assert main(["data", "shards", col, str(folder / "shards"), "--workers", "1"]) == 0
    return folder


@pytest.fixture
def web(site: Path, unsteady: Any) -> Iterator[Any]:
    """The line to Python's web server, a process of its own, which serves that folder."""
    with unsteady.web_server(site) as port:
        line = unsteady.Line(port)
        yield line
        line.close()


def test_samples_come_over_a_line_that_is_cut(
    site: Path, web: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("col", "shards", "shards/train-000000.tar"):
        web.arm(3, 1.5)
        here, there = Dataset(site / name, "train"), Dataset(f"{web.address}/{name}", "train")
        for position in range(len(here)):
            one, other = here[position], there[position]
            assert one.id == other.id
            np.testing.assert_array_equal(one.color, other.color)
            np.testing.assert_array_equal(one.line, other.line)
        assert web.breaks == 1, name
        begin, end = capfd.readouterr().err.splitlines()
        assert begin.startswith(f"irodori: {web.address}: does not answer (")
        assert end == f"irodori: {web.address}: answers again; going on"
        assert here.normalization == there.normalization


def test_pictures_are_imported_from_there(
    site: Path, web: Any, tmp_path: Path, local_content: Callable[[Path], dict[str, bytes]]
) -> None:
    for made, source in (("one", str(site / "shards")), ("other", f"{web.address}/shards")):
        folder = tmp_path / made
        assert main(["data", "import", str(folder), source]) == 0
    one, other = (local_content(tmp_path / name) for name in ("one", "other"))
    assert one == other
    assert len(one) > 12


def test_what_is_not_there_or_cannot_be_written(
    web: Any, tmp_path: Path, refused: Callable[..., str], site: Path
) -> None:
    assert not place(f"{web.address}/none").exists()
    assert place(f"{web.address}/col").is_dir()
    told = refused("data", "look", f"{web.address}/none", folder=tmp_path)
    assert told.startswith(f"{web.address}/none: is no collection")
    told = refused("data", "shards", str(site / "col"), f"{web.address}/new", folder=tmp_path)
    assert told == f"{web.address}/new: http can only be read; write to a folder, or to s3://"
    with pytest.raises(StorageError, match="can only be read"):
        place(f"{web.address}/x").write(b"x")  # type: ignore[attr-defined]
