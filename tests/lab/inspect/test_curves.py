"""Curves: the right lines in the right panel, what is odd is marked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from irodori.lab.errors import LabError
from irodori.lab.inspect.curves import Event, curves, events, read_metrics


def run(folder: Path, loss: Callable[[int], float], *, steps: int = 200) -> Path:
    folder.mkdir()
    with (folder / "metrics.jsonl").open("w") as file:
        for step in range(steps):
            file.write(json.dumps({"step": step, "seconds": 0.1, "train/loss": loss(step)}) + "\n")
            if step % 20 == 0:
                line = {"step": step, "validation/loss": loss(step) + 0.1, "note": "text"}
                file.write(json.dumps(line) + "\n")
        file.write('{"step": 200, "train/lo')  # cut off
    return folder


def test_both_sides_share_a_panel(tmp_path: Path) -> None:
    figure = curves(run(tmp_path / "one", lambda step: 1 / (1 + step)))
    assert [axis.get_title() for axis in figure.axes if axis.get_title()] == ["loss"]
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["train/loss", "validation/loss"]
    figure.savefig(tmp_path / "x.png")


def test_runs_lie_over_each_other(tmp_path: Path) -> None:
    runs = [run(tmp_path / name, lambda step: 2.0 + step) for name in ("a", "b", "c")]
    labels = [text.get_text() for text in curves(*runs).axes[0].get_legend().get_texts()]
    assert [label.split()[0] for label in labels] == ["a", "a", "b", "b", "c", "c"]


def test_a_healthy_fall_is_not_marked() -> None:
    assert events([(step, 1 / (1 + 0.05 * step)) for step in range(200)]) == []


def test_a_surge_a_plateau_and_nan() -> None:
    surge = [(step, 5.0 if 100 <= step < 120 else 1 - step / 400) for step in range(200)]
    (found,) = events(surge)
    assert found.kind == "surge"
    assert abs(found.start - 100) <= 3
    assert abs(found.end - 119) <= 3
    flat = [(step, max(0.5, 1 - step / 60)) for step in range(200)]
    assert events(flat) == [Event("plateau", 100, 199)]
    broken = [(step, 1 - step / 100 if step < 50 else float("nan")) for step in range(80)]
    assert events(broken)[0] == Event("not finite", 50, 50)


def test_nan_draws(tmp_path: Path) -> None:
    folder = run(tmp_path / "n", lambda step: float("nan") if step > 90 else 1.0)
    curves(folder).savefig(tmp_path / "x.png")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no such metrics"):
        read_metrics(tmp_path)
    folder = run(tmp_path / "one", lambda step: 1.0)
    with pytest.raises(LabError, match="no metric 'accuracy'"):
        curves(folder, metrics=["accuracy"])
