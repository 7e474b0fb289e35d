"""The command that says what is installed here, and what could be: for reports, and for scripts."""

from __future__ import annotations

import json
import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from irodori import __version__
from irodori.cli.app import app

_SHOWN = ("numpy", "onnxruntime", "opencv-python-headless", "pillow", "torch")
_FOR_WHOM = {
    "data": "gather pictures, measure",
    "lab": "doctor, inspector, tuner for any PyTorch model",
    "train": "grow a colorist",
    "remote": "keep pictures and runs on S3-compatible storage",
    "scale": "work on several machines",
}
"""The extras that a user may want; those for work on Irodori itself are not told."""

_REQUIREMENT = re.compile(
    r"""(?P<name>[A-Za-z0-9._-]+)(\[(?P<inner>[^]]*)\])?.*?extra\s*==\s*['"](?P<extra>[\w-]+)"""
)


@app.command()
def info(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show versions, devices, colorists, where work is kept, and what is not installed."""
    found = installation()
    print(json.dumps(found, indent=2) if as_json else told(found))


def installation() -> dict[str, Any]:
    """What is here, as JSON takes it; sizes in bytes, None for what is not installed."""
    return {
        "irodori": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in _SHOWN},
        "devices": _devices(),
        "colorists": _colorists(),
        "studio": _folder(_studio_folder()),
        "extras": {extra: {"missing": missing(extra)} for extra in _FOR_WHOM},
    }


def missing(extra: str) -> list[str]:
    """The packages of an extra, and of those it brings along, that are not installed; sorted."""
    lacking: set[str] = set()
    for line in metadata.requires("irodori") or []:
        match = _REQUIREMENT.match(line)
        if match is None or match["extra"] != extra:
            continue
        if match["name"] == "irodori":
            for inner in (match["inner"] or "").split(","):
                lacking.update(missing(inner.strip()))
        elif _version(match["name"]) is None:
            lacking.add(match["name"])
    return sorted(lacking)


def told(found: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [f"irodori {found['irodori']}, Python {found['python']}, {found['system']}"]
    versions = (f"{name} {version or '-'}" for name, version in found["packages"].items())
    lines += ["", "packages    " + ", ".join(versions)]
    lines += [f"device      {device}" for device in found["devices"]]
    for each in found["colorists"]:
        lines.append(f"colorist    {each['name']}, {each['bytes'] / 1e6:.1f} MB, {each['path']}")
    studio = found["studio"]
    lines.append(f"studio      {studio['bytes'] / 1e6:.1f} MB in {studio['path']}")
    lines.append("")
    for extra, state in found["extras"].items():
        lines.append(f"{extra:<12}{_state(extra, state['missing'])}")
    return "\n".join(lines)


def _state(extra: str, lacking: list[str]) -> str:
    if not lacking:
        return f"installed ({_FOR_WHOM[extra]})"
    return f'to {_FOR_WHOM[extra]}: pip install "irodori[{extra}]"; missing: {", ".join(lacking)}'


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _devices() -> list[str]:
    """The processor, and the cards that PyTorch sees where it is installed."""
    found = [f"processor, {os.cpu_count()} cores"]
    if _version("torch") is None:
        return found
    import torch

    cards = range(torch.cuda.device_count())
    found += [f"cuda:{card}, {torch.cuda.get_device_name(card)}" for card in cards]
    if torch.backends.mps.is_available():
        found.append("mps, Apple graphics")
    return found


def _colorists() -> list[dict[str, Any]]:
    import irodori.color

    folder = Path(irodori.color.__file__).parent / "colorists"
    names = sorted(path.name for path in folder.iterdir() if (path / "colorist.json").is_file())
    return [{"name": name, **_folder(folder / name)} for name in names]


def _studio_folder() -> Path:
    from irodori.studio.serve import default_store

    return default_store()


def _folder(path: Path) -> dict[str, Any]:
    files = (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else ()
    return {"path": str(path), "bytes": sum(file.stat().st_size for file in files)}
