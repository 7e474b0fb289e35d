"""The wheel: the weights are in it, torch is not asked for, and it runs where nothing else is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import urllib.request
import venv
import zipfile
from dataclasses import dataclass
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


def test_nothing_else_is_inside(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "irodori"], cwd=ROOT / "src", capture_output=True, text=True
    )
    if listed.returncode != 0:
        pytest.skip("this is not a clone of the repository")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    told = {name for name in names if ".dist-info/" in name}
    assert names - told == {
        line for line in listed.stdout.splitlines() if (ROOT / "src" / line).exists()
    }
    assert {name.split(".dist-info/")[1] for name in told} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
        "licenses/src/irodori/studio/page/fonts/OFL.txt",
    }
    assert wheel.stat().st_size < 20e6


def test_the_source_archive_holds_what_tests_and_pages_need(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "mkdocs.yml", "Makefile", "Dockerfile"} <= names
    for folder in ("src", "tests", "docs", "examples", "scripts", "benchmarks"):
        assert any(name.startswith(f"{folder}/") for name in names), folder
    assert not [name for name in names if name.startswith((".venv", "site", "runs", "demo-out"))]


@dataclass(frozen=True)
class Environment:
    """An environment with the wheel in it, far from the source tree."""

    folder: Path

    def run(self, name: str, *arguments: object) -> str:
        """What a program of it prints on standard output; it must succeed."""
        done = subprocess.run(
            self.command(name, *arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            env=self.variables,
            timeout=900,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def command(self, name: str, *arguments: object) -> list[str]:
        return [str(self.folder / "env" / "bin" / name), *map(str, arguments)]

    @property
    def variables(self) -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "env", with_pip=True)
    found = Environment(folder)
    found.run("pip", "install", "-q", wheel)
    return found


@pytest.mark.slow
def test_installed_on_its_own_it_colors_without_torch(clean: Environment, drawing: Path) -> None:
    assert "torch" not in clean.run("pip", "list")
    clean.run("pip", "check")
    where = clean.run("python", "-c", "import irodori; print(irodori.__file__)")
    assert where.startswith(str(clean.folder))
    clean.run("irodori", "colorize", drawing)
    assert drawing.with_name("house.colored.png").is_file()
    assert "Color a drawing" in clean.run("irodori", "--help")
    extras = json.loads(clean.run("irodori", "info", "--json"))["extras"]
    assert "torch" in extras["lab"]["missing"]
    refused = subprocess.run(
        clean.command("irodori", "doctor", "x.py:program"), capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert 'pip install "irodori[lab]"' in refused.stderr


@pytest.mark.slow
def test_installed_on_its_own_the_studio_serves_its_page(clean: Environment, drawing: Path) -> None:
    options = ["--no-browser", "--store", clean.folder / "store"]
    command = clean.command("irodori", "studio", drawing, *options)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=clean.variables
    ) as studio:
        assert studio.stdout is not None
        address = studio.stdout.readline().strip()
        try:
            with urllib.request.urlopen(address.partition("#")[0], timeout=60) as page:
                assert b"<title>" in page.read()
        finally:
            studio.send_signal(signal.SIGINT)
            studio.wait(60)


@pytest.mark.slow
def test_installed_on_its_own_the_doctor_examines(clean: Environment, wheel: Path) -> None:
    clean.run("pip", "install", "-q", "-c", ROOT / "constraints-dev.txt", f"{wheel}[lab]")
    clean.run("pip", "check")
    page = (ROOT / "docs" / "doctor-on-your-model.md").read_text(encoding="utf-8")
    for name, code in re.findall(r"<!-- save as (\S+) -->\n```python\n(.*?)```", page, re.DOTALL):
        (clean.folder / name).write_text(code, encoding="utf-8")
    arguments = ["ask.py:program", "--budget", "20", "--json", "--out", "findings.html"]
    found = json.loads(clean.run("irodori", "doctor", *arguments))
    assert found["findings"][0]["code"]
    assert "activation" in [finding["family"] for finding in found["findings"]]
    assert (clean.folder / "findings.html").stat().st_size > 2000


def test_the_dockerfile_copies_what_is_let_in_and_starts_the_program() -> None:
    """Docker is seldom there where tests run; what can be read is checked."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    steps = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    assert {word for word, _ in steps} <= {
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "EXPOSE",
        "ENTRYPOINT",
        "CMD",
    }
    copied = [rest.split()[:-1] for word, rest in steps if word == "COPY" and "--from" not in rest]
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in (source for sources in copied for source in sources):
        assert (ROOT / source).exists()
        assert f"!{source}" in let_in
    assert ["USER", "irodori"] in steps
    assert json.loads(dict(steps)["ENTRYPOINT"]) == ["irodori"]
