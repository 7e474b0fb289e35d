"""The wheel: the weights are in it, torch is not asked for, and it runs where nothing else is."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LARGEST_NETWORK = 16 * 1024 * 1024  # bytes, of all graphs of a colorist


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that a release would publish."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_weights_and_their_card_are_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    quick = "irodori/color/colorists/quick"
    graphs = [sizes[f"{quick}/{name}.onnx"] for name in ("encode", "color")]
    assert sum(graphs) <= LARGEST_NETWORK
    assert f"{quick}/MODEL_CARD.md" in sizes
    assert "irodori/py.typed" in sizes
    assert not [name for name in sizes if name.startswith(("tests", "examples", "benchmarks"))]


def test_the_whole_page_is_inside(wheel: Path) -> None:
    source = ROOT / "src"
    page = source / "irodori" / "studio" / "page"
    files = {path.relative_to(source).as_posix() for path in page.rglob("*") if path.is_file()}
    assert "irodori/studio/page/index.html" in files
    with zipfile.ZipFile(wheel) as archive:
        assert files <= set(archive.namelist())


def test_the_base_asks_for_no_training_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    required = [line for line in lines if line.startswith("Requires-Dist:")]
    base = [line.split()[1].split(">")[0] for line in required if "extra ==" not in line]
    assert sorted(base) == [
        "fastapi",
        "numpy",
        "onnxruntime",
        "opencv-python-headless",
        "pillow",
        "platformdirs",
        "psd-tools",
        "python-multipart",
        "rich",
        "typer",
        "uvicorn[standard]",
    ]


@pytest.mark.slow
def test_installed_on_its_own_it_colors_without_torch(
    wheel: Path, drawing: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True)
    seen = subprocess.run([python, "-m", "pip", "list"], check=True, capture_output=True, text=True)
    assert "torch" not in seen.stdout
    program = tmp_path / "env" / "bin" / "irodori"
    done = subprocess.run([program, "colorize", str(drawing)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert drawing.with_name("house.colored.png").is_file()
