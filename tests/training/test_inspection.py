"""A run of the smallest kind, looked at: every part of the page is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from irodori.cli import main
from irodori.training.inspection import Inspection
from irodori.training.loop import train
from irodori.training.probes import Probe
from irodori.training.recipe import Recipe
from irodori.training.runs import Run

TITLES = [
    "What goes in",
    "Values that go in",
    "Curves",
    "The same drawings over time",
    "The worst and the best",
    "Inside, over time",
    "First filters",
    "What excites a channel",
    "One thing varied",
    "The network",
]


@pytest.fixture
def run(tiny: Callable[..., Recipe], tmp_path: Path) -> Run:
    return train(tiny("spatial", steps=4, every=2), tmp_path / "runs", quiet=True)


def test_the_page_shows_it_all(run: Run, tmp_path: Path) -> None:
    assert main(["inspect", run.folder.name, "--runs", str(run.folder.parent)]) == 0
    page = (run.folder / "inspection.html").read_text()
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == TITLES
    assert "cannot be shown" not in page
    assert len(page) < 20 * 1024 * 1024
    for name in ("inputs-0.png", "filters-0.png", "traversal-0.png", "histories-0.png"):
        with Image.open(run.folder / "inspection" / name) as picture:
            assert min(picture.size) > 30
    with Image.open(run.folder / "inspection" / "progress-1.webp") as animation:
        assert animation.width > 100


def test_drawings_are_compared_without_their_padding(run: Run, tmp_path: Path) -> None:
    look = Inspection(run, tmp_path / "cache")
    batch = look.batches("validation")[0]
    with torch.no_grad():
        picture = look.picture(look.network, batch)
    used = batch["color"].sum(1) > 0
    for number in range(len(picture)):
        rows, columns = torch.nonzero(used[number], as_tuple=True)
        assert (picture[number, :, rows.max() + 1 :] == 1).all()
        assert (picture[number, :, :, columns.max() + 1 :] == 1).all()


def test_a_hint_moves_the_part_that_it_lies_in_most(run: Run, tmp_path: Path) -> None:
    """The nearest hint is the first of a painter that only copies hints to their surroundings."""
    look = Inspection(run, tmp_path / "cache")
    probe = Probe(look.design, look.sides["validation"].read(0))

    class Copies(torch.nn.Module):
        def forward(self, ink: torch.Tensor, hints: torch.Tensor, palette: torch.Tensor) -> object:
            flowing = hints[:, 4:7] / hints[:, 7:8].clamp(min=1e-6)
            return torch.nn.functional.interpolate(flowing, size=ink.shape[2:])

    object.__setattr__(probe.design, "network", Copies())
    hints, moved = probe.hints_that_moved(20)
    x, y = probe.place
    nearest = min(
        range(len(hints.dabs)),
        key=lambda i: (hints.dabs[i].x - x) ** 2 + (hints.dabs[i].y - y) ** 2,
    )
    assert [each.change for each in moved] == sorted((m.change for m in moved), reverse=True)
    assert moved[0].change > 0
    assert str(nearest) in [each.part for each in moved[:2]]


def test_no_such_run_is_one_line(tmp_path: Path, refused: Callable[..., str], run: Run) -> None:
    line = refused("inspect", "99", "--runs", run.folder.parent, folder=run.folder)
    assert "no such run" in line


def test_a_run_may_be_watched_by_the_doctor(
    tiny: Callable[..., Recipe], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = train(tiny("baseline", steps=12, every=6, doctor=True), tmp_path / "runs", quiet=True)
    page = (run.folder / "findings.html").read_text()
    assert "What was checked" in page
    plain = train(tiny("baseline", steps=12, every=6), tmp_path / "plain", quiet=True)
    assert not (plain.folder / "findings.html").exists()
    ours, theirs = (each.best().weights() for each in (run, plain))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
