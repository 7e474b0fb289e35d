"""Rivals: white paper, the watershed and, where it is installed, G'MIC."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from irodori.color.hints import Dab, Hints
from irodori.measure import gmic
from irodori.measure.extras import EvaluationError, RivalError, need
from irodori.measure.rivals import RIVALS, Blank, Watershed, check_rivals
from irodori.measure.truth import Truth

RED, BLUE = (200, 40, 40), (40, 60, 190)
HINTS = Hints((Dab(8.5, 20.5, RED), Dab(70.5, 30.5, BLUE)))

with_gmic = pytest.mark.skipif(
    shutil.which("gmic") is None, reason="gmic is not installed; apt-get install gmic"
)


def test_blank_is_white(halves: Truth) -> None:
    flats = Blank().paint(halves.ink, HINTS)
    assert flats.shape == (48, 80, 3)
    assert (flats == 255).all()


def test_watershed_fills_two_halves_to_the_line(halves: Truth) -> None:
    flats = Watershed().paint(halves.ink, HINTS)
    assert flats.dtype == np.uint8
    assert (flats[:, :38] == RED).all()
    assert (flats[:, 42:] == BLUE).all()


def test_watershed_floods_through_no_closed_line_while_another_hint_is_inside() -> None:
    ink = np.zeros((40, 60), np.float32)
    ink[10:30, 20:50] = 1
    ink[12:28, 22:48] = 0
    flats = Watershed().paint(ink, Hints((Dab(35.5, 20.5, RED), Dab(2.5, 2.5, BLUE))))
    assert (flats[12:28, 22:48] == RED).all()
    assert (flats[ink == 0].reshape(-1, 3) == BLUE).all(1).sum() == 40 * 60 - 20 * 30


@pytest.mark.parametrize("name", ["blank", "watershed"])
def test_without_hints_the_paper_stays_white(name: str, halves: Truth) -> None:
    assert (RIVALS[name]().paint(halves.ink, Hints()) == 255).all()


@with_gmic
def test_gmic_fills_two_halves(halves: Truth) -> None:
    flats = gmic.Gmic().paint(halves.ink, HINTS)
    assert flats.shape == (48, 80, 3)
    assert flats[10, 10].tolist() == list(RED)
    assert flats[40, 72].tolist() == list(BLUE)


def test_spots_are_opaque_where_something_was_said() -> None:
    layer = gmic.spots(HINTS, 48, 80)
    assert layer[20, 8].tolist() == [*RED, 255]
    assert layer[0, 40].tolist() == [0, 0, 0, 0]


def test_without_the_program_gmic_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(RivalError, match="apt-get install gmic"):
        RIVALS["gmic"]()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo starting >&2; echo no such filter >&2; exit 1", "gmic failed: no such filter"),
        ("exit 0", "gmic failed: it said nothing"),
    ],
)
def test_a_failing_gmic_is_one_line(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, halves: Truth
) -> None:
    program = tmp_path / "gmic"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RivalError, match=message) as caught:
        gmic.Gmic().paint(halves.ink, HINTS)
    assert "\n" not in str(caught.value)


def test_a_gmic_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, halves: Truth) -> None:
    def hang(*args: object, **options: object) -> None:
        raise subprocess.TimeoutExpired("gmic", 120)

    monkeypatch.setattr(shutil, "which", lambda name: "/bin/gmic")
    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(RivalError, match="gmic took over 120 s"):
        gmic.Gmic().paint(halves.ink, HINTS)


def test_unknown_rivals_are_named() -> None:
    assert check_rivals([" blank "]) == ["blank"]
    with pytest.raises(RivalError, match=r"'photoshop' is no rival; there are blank, watershed"):
        check_rivals(["blank", "photoshop"])


def test_a_missing_library_says_what_installs_it() -> None:
    with pytest.raises(EvaluationError, match=r'pip install "irodori\[data\]"'):
        need("no_such_library.inside")
