"""Training over storage whose connection is lost: the same run as here, bit for bit."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from irodori.cli import main
from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing

ROOT = Path(__file__).parents[2]
TINY = (
    *("--steps", "6", "--every", "3", "--size", "32", "--batch-size", "4", "--workers", "0"),
    *("--seed", "1", "--held-back", "4", "--adversarial", "none"),
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 pairs ID.color.webp and ID.line.webp."""
    path = ROOT / "tests" / "training" / "pictures.py"
    spec = importlib.util.spec_from_file_location("pictures_of_training", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder: Path = module.draw_folder(tmp_path_factory.mktemp("pairs"), 24)
    return folder


def upload(client: Any, folder: Path, address: str) -> str:
    """A folder's files to an address, past the line."""
    name, _, prefix = address.removeprefix("s3://").partition("/")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            key = f"{prefix}/{path.relative_to(folder).as_posix()}"
            client.put_object(Bucket=name, Key=key, Body=path.read_bytes())
    return address


def said_once(text: str, bucket: str) -> None:
    """Whether of all lines on stderr one says that we wait and one that we go on."""
    lines = [line for line in text.splitlines() if line.startswith("irodori: s3://")]
    assert len(lines) == 2, text
    assert lines[0].startswith(f"irodori: {bucket}: does not answer (")
    assert lines[1] == f"irodori: {bucket}: answers again; going on"


def same_weights(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    """The averaged weights and what is told of each checkpoint, byte for byte."""
    names = [name for name in one if name.endswith(("average.safetensors", "checkpoint.json"))]
    assert names
    for name in names:
        assert one[name] == other[name], name


def test_train_go_on_and_export(
    tmp_path: Path,
    pairs: Path,
    bucket: str,
    line: Any,
    client: Any,
    content: Callable[[str], dict[str, bytes]],
    local_content: Callable[[Path], dict[str, bytes]],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    art = upload(client, pairs, f"{bucket}/pairs")
    asked = ["train", "baseline", art, "--runs", f"{bucket}/runs", *TINY]
    line.arm(60, 1.5)
    assert main(asked) == 0
    assert line.breaks == 1
    out, said = capfd.readouterr()
    said_once(said, bucket)
    run = f"{bucket}/runs/00000-baseline"
    assert out == f"{run}\n"
    here = ["train", "baseline", str(pairs), "--runs", str(tmp_path / "runs"), *TINY]
    assert main(here) == 0
    local = tmp_path / "runs" / "00000-baseline"
    same_weights(local_content(local), content(f"{run}/"))

    # Elsewhere, with nothing of it on the disk: it goes on, over a line that is cut once more.
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
    capfd.readouterr()
    line.arm(20, 1.5)
    assert main([*asked, "--steps", "9", "--resume"]) == 0
    assert line.breaks == 1
    said_once(capfd.readouterr().err, bucket)
    assert main([*here, "--steps", "9", "--resume"]) == 0
    same_weights(local_content(local), content(f"{run}/"))

    line.arm(3, 1.5)
    assert main(["export", "0", "-o", f"{bucket}/mine", "--runs", f"{bucket}/runs"]) == 0
    assert line.breaks == 1
    assert (
        main(["export", "0", "-o", str(tmp_path / "mine"), "--runs", str(tmp_path / "runs")]) == 0
    )
    assert content(f"{bucket}/mine/") == local_content(tmp_path / "mine")
    drawing = Drawing.load(pairs / "d1.line.webp")
    seen = [Colorist.load(each) for each in (str(tmp_path / "mine"), f"{bucket}/mine")]
    one, other = (np.asarray(each.colorize(drawing).image()) for each in seen)
    np.testing.assert_array_equal(one, other)
    capfd.readouterr()
    assert main(["export", "0", "-o", f"{bucket}/mine", "--runs", f"{bucket}/runs"]) == 2
    assert f"{bucket}/mine: exists" in capfd.readouterr().err
    assert main(["runs", "--runs", f"{bucket}/runs", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["run"] == run
    assert told["metrics"][-1]["step"] == 9


def test_a_run_that_was_stopped_by_storage_goes_on(
    tmp_path: Path,
    pairs: Path,
    bucket: str,
    line: Any,
    client: Any,
    content: Callable[[str], dict[str, bytes]],
    local_content: Callable[[Path], dict[str, bytes]],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    art = upload(client, pairs, f"{bucket}/pairs")
    asked = ["train", "baseline", art, "--runs", f"{bucket}/runs", *TINY]
    monkeypatch.setattr("irodori.storage.patience.LONGEST", 0.5)
    line.arm(120, 3600.0)
    assert main(asked) == 2
    assert line.breaks == 1, line.requests
    last = capfd.readouterr().err.splitlines()[-1]
    assert "no answer for" in last
    assert "run it again" in last
    line.mend()
    monkeypatch.setattr("irodori.storage.patience.LONGEST", 300.0)
    assert main([*asked, "--resume"]) == 0
    assert capfd.readouterr().out == f"{bucket}/runs/00000-baseline\n"
    here = ["train", "baseline", str(pairs), "--runs", str(tmp_path / "runs"), *TINY]
    assert main(here) == 0
    same_weights(
        local_content(tmp_path / "runs" / "00000-baseline"),
        content(f"{bucket}/runs/00000-baseline/"),
    )


def test_evaluate_reads_pairs_and_writes_its_table_there(
    tmp_path: Path,
    pairs: Path,
    bucket: str,
    line: Any,
    client: Any,
    content: Callable[[str], dict[str, bytes]],
    local_content: Callable[[Path], dict[str, bytes]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    art = upload(client, pairs, f"{bucket}/pairs")
    how = ["--hints", "0", "--against", "blank", "--limit", "2"]
    line.arm(4, 1.5)
    assert main(["evaluate", art, *how, "--out", f"{bucket}/evaluation"]) == 0
    assert line.breaks == 1
    told, said = capfd.readouterr()
    said_once(said, bucket)
    assert main(["evaluate", str(pairs), *how, "--out", str(tmp_path / "evaluation")]) == 0
    assert capfd.readouterr().out == told
    assert content(f"{bucket}/evaluation/") == local_content(tmp_path / "evaluation")


@pytest.mark.slow
def test_tune_keeps_its_folder_there(
    tmp_path: Path,
    pairs: Path,
    bucket: str,
    line: Any,
    client: Any,
    content: Callable[[str], dict[str, bytes]],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    art = upload(client, pairs, f"{bucket}/pairs")
    asked = ["tune", "rate", art, "-o", f"{bucket}/tuning", "--pictures", "8", "--size", "32"]
    asked += ["--batch-size", "4", "--seed", "1"]
    line.arm(40, 1.5)
    assert main(asked) == 0
    assert line.breaks == 1
    out, said = capfd.readouterr()
    said_once("\n".join(row for row in said.splitlines() if "irodori: s3" in row), bucket)
    assert out.endswith(f"{bucket}/tuning/rate.html\n")
    kept = content(f"{bucket}/tuning/")
    assert {"rate.json", "rates.jsonl", "rate.html"} <= set(kept)
    assert not any("cache/" in name for name in kept)
    # On another machine the same command finds it all done.
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
    assert main(asked) == 0
    assert capfd.readouterr().out == out
    assert content(f"{bucket}/tuning/")["rates.jsonl"] == kept["rates.jsonl"]
