"""A studio in this process, and the real program on a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.studio.samples import AUTH, TOKEN, Program, png, running

from irodori.color.colorist import Colorist
from irodori.studio.app import create_app
from irodori.studio.core import Limits, Studio
from irodori.studio.store import Store


@pytest.fixture(scope="session")
def colorist() -> Colorist:
    return Colorist.load(threads=1)


@pytest.fixture
def studio(tmp_path: Path, colorist: Colorist) -> Studio:
    return Studio(Store(tmp_path / "store"), colorist, Limits(max_upload_bytes=5_000_000))


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    """A page's way in: the right host and the token."""
    app = create_app(studio, TOKEN)
    with TestClient(app, base_url="http://127.0.0.1", headers=AUTH) as client:
        yield client


@pytest.fixture
def add(client: TestClient) -> Callable[..., dict[str, Any]]:
    """Load a drawing: ``add()``, ``add(png(picture), session=id)``."""

    def load(data: bytes | None = None, name: str = "house.png", **query: str) -> dict[str, Any]:
        answer = client.post(
            "/api/v1/drawings", files={"file": (name, data or png())}, params=query
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    return load


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One program for the tests of a module."""
    with running(tmp_path_factory.mktemp("store")) as started:
        yield started
