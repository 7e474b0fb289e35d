"""The front of the command line: help in the order of the journey, what scripts read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from irodori import __version__
from irodori.cli import journey, main
from irodori.cli.commands import app, info

Capture = pytest.CaptureFixture[str]

COLOR = re.compile(r"\x1b\[[0-9;]*3[0-7]")


def _help(**environment: str) -> str:
    command = [sys.executable, "-m", "irodori", "--help"]
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    done = subprocess.run(command, capture_output=True, text=True, env={**env, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_follows_the_journey(option: str, capsys: Capture) -> None:
    assert main([option]) == 0
    shown = capsys.readouterr().out
    places = [shown.index(heading) for heading in journey.JOURNEY]
    assert places == sorted(places)
    commands = re.findall(r"^│ ([a-z][a-z-]*) ", shown, re.MULTILINE)
    order = [name for names in journey.JOURNEY.values() for name in names]
    assert commands == [name for name in order if name in commands]


def test_every_command_has_a_place_in_the_journey() -> None:
    names = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    placed = {name for known in journey.JOURNEY.values() for name in known}
    assert names <= placed


def test_colors_are_shown_and_can_be_refused() -> None:
    assert COLOR.search(_help(FORCE_COLOR="1", TERM="xterm-256color"))
    assert not COLOR.search(_help(FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="1"))


def test_the_shell_is_told_what_may_follow() -> None:
    environment = {
        **os.environ,
        "_IRODORI_COMPLETE": "complete_bash",
        "COMP_WORDS": "irodori colorize --pro",
        "COMP_CWORD": "2",
    }
    code = "import sys; from irodori.cli import main; sys.exit(main([]))"
    program = Path(sys.executable).with_name("irodori")
    command = [str(program)] if program.exists() else [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout.split() == ["--proposals"]


def test_info_for_a_person(capsys: Capture) -> None:
    assert main(["info"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"irodori {__version__}, Python 3.")
    assert re.search(r"^colorist +quick, \d+\.\d MB", shown, re.MULTILINE)
    assert len(shown.splitlines()) < 20


def test_info_for_a_script(capsys: Capture) -> None:
    assert main(["info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["irodori"] == __version__
    assert found["packages"]["numpy"]
    assert "quick" in [colorist["name"] for colorist in found["colorists"]]
    for colorist in found["colorists"]:
        assert 5e6 < colorist["bytes"] < 16 * 2**20
        assert Path(colorist["path"], "MODEL_CARD.md").is_file()


def test_what_an_extra_lacks_and_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    required = [
        "numpy>=2.0",
        "numpy>=2; extra == 'lab'",
        "not-there>=1; extra == 'lab'",
        "irodori[data,lab]; extra == 'train'",
        "neither[x]>=1; extra == 'data'",
    ]
    monkeypatch.setattr(info.metadata, "requires", lambda name: required)
    assert info.missing("lab") == ["not-there"]
    assert info.missing("train") == ["neither", "not-there"]
    assert info.missing("scale") == []
    assert main(["info"]) == 0
    shown = capsys.readouterr().out
    assert 'pip install "irodori[train]"; missing: neither, not-there' in shown


def test_doctor_speaks_json(tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("torch")
    program = tmp_path / "twice.py"
    program.write_text(
        "import torch\nfrom torch import nn\n"
        "from torch.utils.data import DataLoader, TensorDataset\n\n\n"
        "def program():\n"
        "    torch.manual_seed(0)\n"
        "    x = torch.randn(192, 5)\n"
        "    y = (x[:, 0] + x[:, 1] > 0).long() + (x[:, 2] > 0).long()\n"
        "    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(1))\n"
        "    return {'model': model, 'loss': nn.CrossEntropyLoss(),\n"
        "            'optimizer': torch.optim.Adam(model.parameters()),\n"
        "            'train_loader': DataLoader(TensorDataset(x, y), 12, shuffle=True)}\n"
    )
    assert main(["doctor", f"{program}:program", "--budget", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["task"].startswith("classification")
    assert "activation" in [finding["family"] for finding in found["findings"]]
    assert all(finding["remedy"] for finding in found["findings"])


def test_evaluate_speaks_json(drawing: Path, tmp_path: Path, capsys: Capture) -> None:
    pairs = tmp_path / "pairs"
    pairs.mkdir()
    for kind in ("line", "color"):
        (pairs / f"one.{kind}.png").write_bytes(drawing.read_bytes())
    arguments = ["--hints", "0,2", "--against", "blank", "--out", str(tmp_path / "out"), "--json"]
    assert main(["evaluate", str(pairs), *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"ours", "blank"}
    assert found["ours"]["0"]["pictures"] == 1
