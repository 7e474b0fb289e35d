"""Pairs: true line art kept, other drawn, the same files whatever happens on the way."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from irodori.collection.dataset import Dataset
from irodori.collection.errors import CollectionError
from irodori.collection.importing import Given, import_pictures
from irodori.collection.pair import Pairing, pair
from irodori.collection.store import Collection
from irodori.color.errors import OutputError


@pytest.fixture
def folder(tmp_path: Path, pictures: Path) -> Path:
    """A collection of 12 pictures, six with true line art, without anything done to it yet."""
    import_pictures(tmp_path / "collection", pictures, Given("own", "CC0-1.0"))
    return tmp_path / "collection"


def contents(folder: Path) -> dict[str, bytes]:
    """All that a collection holds but its log."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "steps.jsonl"
    }


def test_true_line_art_is_kept_and_the_rest_is_drawn(folder: Path) -> None:
    counts = pair(folder, Pairing(), workers=1)
    assert (counts.done, counts.skipped, counts.failed) == (12, 0, 0)
    for record in Collection.open(folder).records():
        if record["line_path"] is not None:
            assert record["lines"] == [record["line_path"]]
            assert record["pens"] == ["true"]
        else:
            assert len(record["lines"]) == len(set(record["lines"])) == 2
            assert all(pen.split()[1] == "thickness" for pen in record["pens"])
        with Image.open(folder / record["path"]) as color:
            for path in [*record["lines"], record["flat_path"]]:
                with Image.open(folder / path) as other:
                    assert other.size == color.size
        assert 0.002 < record["line_cover"] < 0.5


def test_a_second_run_changes_nothing(folder: Path) -> None:
    pair(folder, Pairing(), workers=1)
    before = contents(folder)
    counts = pair(folder, Pairing(), workers=1)
    assert (counts.done, counts.skipped) == (0, 12)
    assert contents(folder) == before


def test_other_settings_leave_nothing_of_the_old_ones(folder: Path, tmp_path: Path) -> None:
    pair(folder, Pairing(variants=3, redraw=True), workers=1)
    assert len(Collection.open(folder).records("line_path IS NOT NULL")[0]["lines"]) == 4
    pair(folder, Pairing(variants=1), workers=1)
    records = Collection.open(folder).records()
    assert {len(record["lines"]) for record in records} == {1}
    assert len(list((folder / "lines").rglob("*.webp"))) == 6


def test_the_seed_chooses_other_pens(folder: Path) -> None:
    pair(folder, Pairing(), workers=1)
    first = [record["pens"] for record in Collection.open(folder).records()]
    pair(folder, Pairing(seed=1), workers=1)
    assert [record["pens"] for record in Collection.open(folder).records()] != first


def test_a_picture_without_lines_is_left_out_with_the_reason(folder: Path) -> None:
    records = Collection.open(folder).records("line_path IS NULL")
    path = folder / records[0]["path"]
    whole = path.read_bytes()
    Image.new("RGB", (48, 36), "orange").save(path, lossless=True)
    Image.new("L", (7, 7)).save(
        folder / Collection.open(folder).records("line_path IS NOT NULL")[0]["line_path"]
    )
    counts = pair(folder, Pairing(), workers=1)
    assert counts.failed == 2
    left_out = {
        record["id"]: record["reasons"] for record in Collection.open(folder).records("left_out")
    }
    assert left_out[records[0]["id"]] == ["pair: no lines worth the name could be found in it"]
    assert any("its line art is 7 x 7" in reasons[0] for reasons in left_out.values())
    assert len(Dataset(folder, None)) == 10
    path.write_bytes(whole)
    assert pair(folder, Pairing(seed=1), workers=1).failed == 1
    assert len(Dataset(folder, None)) == 11


def test_what_cannot_be_met_changes_nothing(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    (tmp_path / "text.onnx").write_text("not a network")
    with pytest.raises(CollectionError, match="no network in ONNX"):
        pair(folder, Pairing(network=str(tmp_path / "text.onnx")))
    with pytest.raises(CollectionError, match="needs 1 at least"):
        pair(folder, Pairing(variants=0))
    with pytest.raises(CollectionError, match="is no collection"):
        pair(tmp_path, Pairing())
    assert contents(folder) == before


def test_on_a_full_disk_it_stops_and_goes_on_once_there_is_room(
    folder: Path, tmp_path: Path, mount: Callable[[Path, str], None]
) -> None:
    disk = tmp_path / "disk"
    mount(disk, "size=300k")
    try:
        shutil.copytree(folder, disk / "collection")
        ballast = disk / "ballast"
        with suppress(OSError):
            ballast.write_bytes(bytes(1 << 20))
        ballast.write_bytes(bytes(ballast.stat().st_size - (48 << 10)))  # 48 kB stay free
        before = (disk / "collection" / "manifest.parquet").read_bytes()
        with pytest.raises(OutputError, match="No space left"):
            pair(disk / "collection", Pairing(), workers=1)
        assert (disk / "collection" / "manifest.parquet").read_bytes() == before
        ballast.unlink()
        assert pair(disk / "collection", Pairing(), workers=1).failed == 0
        pair(folder, Pairing(), workers=1)
        assert contents(disk / "collection") == contents(folder)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_line_network_draws_a_share(folder: Path, tmp_path: Path) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["gray"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["one", "gray"], ["lines"]),
    ]
    graph = helper.make_graph(
        nodes,
        "lines",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("lines", TensorProto.FLOAT, [1, 1, "h", "w"])],
        [helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])],
    )
    path = tmp_path / "lines.onnx"
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    assert pair(folder, Pairing(variants=10, network=str(path)), workers=1).failed == 0
    drawn, exact = 0, 0
    for record in Collection.open(folder).records("line_path IS NULL"):
        color = np.asarray(Image.open(folder / record["path"]).convert("RGB"), np.float32)
        for line, pen in zip(record["lines"], record["pens"], strict=True):
            drawn += pen.startswith("network ")
            if pen == "network thickness +0.00 strength 1.00":
                ink = 1 - np.asarray(Image.open(folder / line).convert("L"), np.float32) / 255
                dark = 1 - color.mean(2) / 255
                assert np.abs(ink - dark)[dark > 0.11].max() < 0.01
                exact += 1
    assert 20 <= drawn <= 40  # of 60
    assert exact > 0
    assert pair(folder, Pairing(variants=10, network=str(path)), workers=1).done == 0


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of 60 patchworks, large enough to take a while."""
    source = tmp_path / "many" / "x"
    source.mkdir(parents=True)
    for number in range(60):
        pixels = np.random.default_rng(number).integers(0, 256, (6, 9, 3), np.uint8)
        large = Image.fromarray(pixels).resize((360, 240), Image.Resampling.NEAREST)
        large.save(source / f"{number:02}.png")
    return source.parent


def start(folder: Path) -> subprocess.Popen[bytes]:
    """`irodori data pair` in a process group of its own."""
    command = [sys.executable, "-m", "irodori", "data", "pair", str(folder), "--workers", "2"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, start_new_session=True, **pipes)


def wait_for(folder: Path, pictures: int, process: subprocess.Popen[bytes]) -> None:
    """Until so many are in the journal of the run that is under way, or it has ended."""
    deadline = time.monotonic() + 120
    while journalled(folder) < pictures and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def journalled(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.glob(".pair.*.jsonl"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_hand_it_says_so_and_keeps_what_is_done(
    how: signal.Signals, tmp_path: Path, many: Path
) -> None:
    folder = tmp_path / "stopped"
    import_pictures(folder, many, Given("own"))
    before = (folder / "manifest.parquet").read_bytes()
    process = start(folder)
    wait_for(folder, 5, process)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, b"irodori: stopped\n")
    assert (folder / "manifest.parquet").read_bytes() == before
    assert 5 <= journalled(folder) < 60


def test_killed_in_the_middle_it_ends_with_the_same_bytes(tmp_path: Path, many: Path) -> None:
    for name in ("whole", "killed"):
        import_pictures(tmp_path / name, many, Given("own"))
    pair(tmp_path / "whole", Pairing(), workers=2)

    killed, chance = tmp_path / "killed", random.Random(1)
    kills = 0
    for goal in (5, 25, 45):
        process = start(killed)
        wait_for(killed, goal, process)
        time.sleep(chance.uniform(0, 0.05))
        if process.poll() is None:
            kills += 1
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert kills == 3
    assert 45 <= journalled(killed) < 60
    process = start(killed)
    assert process.communicate() == (None, b"")
    assert process.returncode == 0
    assert contents(killed) == contents(tmp_path / "whole")
