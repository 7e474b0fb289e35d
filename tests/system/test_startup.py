"""The program answers at once when it is only asked for its name or its help."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_answers_in_under_half_a_second(option: str) -> None:
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "irodori", option], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    # The processor's seconds, the best of three: on a busy machine the wall clock says nothing.
    assert min(taken) < 0.5


@pytest.mark.parametrize("options", [["--version"], ["--help"], ["colorize", "--help"]])
def test_imports_nothing_that_colors(options: list[str]) -> None:
    code = (
        "import sys; from irodori.cli import main; main(sys.argv[1:]); "
        "heavy = ['numpy', 'cv2', 'onnxruntime', 'PIL', 'psd_tools', 'torch']; "
        "sys.exit(', '.join(name for name in heavy if name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_coloring_needs_no_training_packages(drawing: str) -> None:
    """The base install has none of these; whoever imports them by accident fails here."""
    code = (
        "import sys\n"
        "for name in 'torch lightning_fabric onnx onnxscript skimage scipy rich'.split():\n"
        "    sys.modules[name] = None\n"
        "from irodori.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "colorize", str(drawing)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
