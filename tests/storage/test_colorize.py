"""Drawings and colorings at addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irodori.cli import main


def test_colorize_reads_and_writes_there(
    tmp_path: Path,
    drawing: Path,
    bucket: str,
    line: Any,
    client: Any,
    content: Callable[[str], dict[str, bytes]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in ("one.png", "two.png"):
        client.put_object(
            Bucket=bucket.removeprefix("s3://"), Key=f"pages/{name}", Body=drawing.read_bytes()
        )
    assert main(["colorize", str(drawing), "-o", str(tmp_path / "here.png")]) == 0
    wanted = (tmp_path / "here.png").read_bytes()
    line.arm(5, 1.5)
    assert main(["colorize", f"{bucket}/pages", "-o", f"{bucket}/colored/"]) == 0
    assert line.breaks == 1
    assert content(f"{bucket}/colored/") == {
        "one.colored.png": wanted,
        "two.colored.png": wanted,
    }
    assert main(["colorize", f"{bucket}/pages/one.png", "-o", f"{bucket}/mine.png"]) == 0
    assert content(f"{bucket}/mine.png") == {"": wanted}
    capfd.readouterr()
    assert main(["colorize", f"{bucket}/pages/one.png", "-o", f"{bucket}/mine.png"]) == 2
    assert f"{bucket}/mine.png: exists; give another name" in capfd.readouterr().err
    assert main(["colorize", f"{bucket}/pages/none.png"]) == 2
    assert f"{bucket}/pages/none.png: there is no such file" in capfd.readouterr().err
