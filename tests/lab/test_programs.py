"""A training named on the command line, and the command itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from irodori.cli import main
from irodori.lab.errors import ProgramError
from irodori.lab.programs import load

PROGRAM = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

def program():
    torch.manual_seed(0)
    x = torch.randn(300, 4)
    y = (x[:, 0] > 0).long()
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2){last})
    return dict(
        model=model,
        loss=nn.CrossEntropyLoss(),
        optimizer=torch.optim.Adam(model.parameters(), lr=1e-2),
        train_loader=DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True),
        epochs=15,
    )

def nothing():
    return None

def part():
    return {{"model": nn.Linear(1, 1)}}

def more():
    return program() | {{"speed": 3}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "trained.py").write_text(PROGRAM.format(last=""))
    (tmp_path / "twice.py").write_text(PROGRAM.format(last=", nn.Softmax(1)"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    return tmp_path


def test_the_command_names_the_fault(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "twice.py:program", "--out", "findings.html", "--budget", "20"]) == 0
    shown = capsys.readouterr().out
    assert "1. The model ends in softmax" in shown
    assert "remedy:" in shown
    assert "<svg" in (here / "findings.html").read_text()


def test_the_command_says_when_all_is_well(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "trained:program", "--budget", "20"]) == 0
    assert "All is well" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("trained", "MODULE:FUNCTION"),
        ("absent.py:program", "no such file"),
        ("absent_module:program", "no module absent_module"),
        ("trained.py:absent", "no function absent"),
        ("trained.py:nothing", "return a dict"),
        ("trained.py:part", "without loss, optimizer, train_loader"),
        ("trained.py:more", "speed"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_line(
    here: Path, name: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ProgramError, match=word):
        load(name)
    assert main(["doctor", name]) == 2
    assert capsys.readouterr().err.count("\n") == 1
