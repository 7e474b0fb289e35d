"""Replicas color what the studio's server would have colored itself, and are replaced when lost."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from tests.scale.lost import processes
from tests.studio.samples import WALL, png, running

from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.hints import Dab, Hints
from irodori.color.palette import Palette
from irodori.scale.serving import served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Ray's about its own settings and versions
]


def test_what_a_replica_colors_is_what_is_colored_here(examples: Path, ray: None) -> None:
    own = Colorist.load(threads=1)
    drawing = Drawing.load(examples / "farmer.png")
    hints, palette = Hints((Dab(200, 150, "#c03030"),)), Palette.of(["#2040c0", "#e0c080"])
    with served("quick", 2) as colorist:
        assert colorist.name == own.name
        encoding = colorist.encode(drawing)
        for asked in (encoding, encoding.shrunk(300)):
            for said, wanted, seed in ((hints, palette, 0), (Hints(), None, 3)):
                there = colorist.colorize(asked, said, wanted, seed=seed)
                here = own.colorize(asked, said, wanted, seed=seed)
                assert np.array_equal(np.asarray(there.image()), np.asarray(here.image()))
                assert np.array_equal(there.certainty, here.certainty)
        lost = processes("_Painter")
        assert len(lost) == 2
        for process in lost:
            os.kill(process, signal.SIGKILL)
        again = colorist.colorize(encoding, hints, palette)
        assert np.array_equal(
            np.asarray(again.image()), np.asarray(own.colorize(encoding, hints, palette).image())
        )
        assert not set(processes("_Painter")) & set(lost)


def test_the_studio_with_replicas_answers_as_without(tmp_path: Path) -> None:
    pictures = []
    for options in ((), ("--engine", "ray", "--replicas", "1")):
        with running(tmp_path / str(len(options)), *options) as program, program.client() as client:
            made = client.post("/drawings", files={"file": ("house.png", png())}).json()
            answer = client.post(f"/drawings/{made['id']}/colorize", json={"hints": [WALL]})
            assert answer.status_code == 200, answer.text
            pictures.append(io.BytesIO(answer.content).getvalue())
            assert bool(processes("_Painter")) == bool(options)
            program.process.send_signal(signal.SIGINT)
            assert program.process.wait(60) == 130
    assert pictures[0] == pictures[1]
    assert not processes("_Painter")
