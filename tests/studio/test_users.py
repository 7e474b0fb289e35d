"""Several people at once, as `benchmarks/users.py` measures them: everybody is answered."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

USERS = Path(__file__).parents[2] / "benchmarks" / "users.py"


def test_all_of_several_users_are_answered(tmp_path: Path) -> None:
    command = [sys.executable, str(USERS), "--users", "5", "--seconds", "3"]
    command += ["--json", str(tmp_path / "users.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    ratios = {each["name"]: each for each in json.loads((tmp_path / "users.json").read_text())}
    assert ratios["5 users: errors"]["value"] == 0
    assert ratios["5 users: errors"]["holds"] is True
    rows = [line.split() for line in done.stdout.splitlines() if line[:1].isdigit()]
    answers = [int(row[1]) for row in rows if row[0].isdigit() and len(row) == 4]
    assert len(answers) == 5
    assert min(answers) > 0
    assert all(count % 90 == 0 for count in answers), "every change of every stroke was shown"
