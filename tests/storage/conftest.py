"""An S3-compatible server behind a line that can be cut, and the environment that leads to it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import boto3
import pytest

from irodori.storage import patience

ROOT = Path(__file__).parents[2]


def _unsteady() -> ModuleType:
    path = ROOT / "benchmarks" / "unsteady.py"
    spec = importlib.util.spec_from_file_location("unsteady", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["unsteady"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def unsteady() -> ModuleType:
    return _unsteady()


@pytest.fixture(scope="session")
def store_port(unsteady: ModuleType) -> Iterator[int]:
    with unsteady.object_store() as port:
        yield port


@pytest.fixture(scope="session")
def line(
    unsteady: ModuleType, store_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The line; for the whole session, since a filesystem of fsspec keeps its first address."""
    line = unsteady.Line(store_port)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in unsteady.KEYS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL", line.address)
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield line
    line.close()


@pytest.fixture(autouse=True)
def _a_busy_machine_is_no_slow_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SLOW", 120.0)


@pytest.fixture
def client(store_port: int, line: Any) -> Any:
    """A client of the server that goes round the line."""
    return boto3.client("s3", endpoint_url=f"http://127.0.0.1:{store_port}")


@pytest.fixture
def bucket(client: Any, line: Any) -> str:
    """The address of a new bucket, over a line that is whole."""
    line.arm(None)
    name = f"art-{uuid4().hex[:8]}"
    client.create_bucket(Bucket=name)
    return f"s3://{name}"


@pytest.fixture
def content(client: Any) -> Callable[[str], dict[str, bytes]]:
    """What lies under an address: ``content("s3://bucket/col")``, by the way to it."""

    def read(address: str) -> dict[str, bytes]:
        name, _, prefix = address.removeprefix("s3://").partition("/")
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return {
            key.removeprefix(prefix).lstrip("/"): client.get_object(Bucket=name, Key=key)[
                "Body"
            ].read()
            for key in keys
        }

    return read


@pytest.fixture
def local_content() -> Callable[[Path], dict[str, bytes]]:
    """The same of a local folder."""

    def read(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return read
