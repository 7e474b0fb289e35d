"""The page's pure functions, apart from any browser; and its types."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[3] / "src" / "irodori" / "studio" / "page"


def test_pure_functions(node: str) -> None:
    tests = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    assert tests
    done = subprocess.run([node, "--test", *tests], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types() -> None:
    tsc = shutil.which("tsc")
    if tsc is None:
        pytest.skip("no TypeScript compiler: npm install --global typescript")
    done = subprocess.run([tsc, "-p", str(PAGE)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
