"""What the tests of training share: a small collection and the smallest recipe."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from irodori.training.recipe import Recipe


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def pictures() -> ModuleType:
    """The module that draws small pictures."""
    return _load("pictures")


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory, pictures: ModuleType) -> Path:
    """A folder of 60 pairs; about six are held back."""
    folder: Path = pictures.draw_folder(tmp_path_factory.mktemp("pairs"), 60)
    return folder


@pytest.fixture
def tiny(pairs: Path) -> Callable[..., Recipe]:
    """The smallest recipe: ``tiny("baseline", steps=8)``."""

    def make(design: str, **changes: Any) -> Recipe:
        plain: dict[str, Any] = {
            "collection": str(pairs),
            "steps": 6,
            "size": 32,
            "batch": 4,
            "precision": "32",
            "every": 3,
            "workers": 0,
            "warmup": 10,
            "average": 0.9,
            "held_back": 12,
            "adversarial": "none",
        }
        return Recipe(design, **(plain | changes))

    return make


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
