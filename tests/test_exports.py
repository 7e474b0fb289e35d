"""The public names: all there, all documented, and free until used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import irodori

HEAVY = ["PIL", "cv2", "numpy", "onnxruntime", "psd_tools", "pydantic", "rich", "scipy", "torch"]


def test_names_are_sorted_and_listed() -> None:
    assert sorted(irodori.__all__) == irodori.__all__
    assert set(irodori.__all__) <= set(dir(irodori))


@pytest.mark.parametrize("name", irodori.__all__)
def test_every_name_exists_and_says_what_it_is(name: str) -> None:
    thing = getattr(irodori, name)
    assert inspect.getdoc(thing)
    assert thing.__name__ == name
    assert thing.__module__.startswith("irodori.color.")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Colourist'"):
        _ = irodori.Colourist  # type: ignore[attr-defined]


def test_all_errors_are_irodori_errors() -> None:
    errors = [name for name in irodori.__all__ if name.endswith("Error")]
    assert len(errors) == 6
    assert all(issubclass(getattr(irodori, name), irodori.IrodoriError) for name in errors)


@pytest.mark.parametrize("module", ["irodori", "irodori.cli"])
def test_importing_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.split() == []
