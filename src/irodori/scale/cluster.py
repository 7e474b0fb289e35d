"""The way into a Ray cluster, and out again so that nothing of ours stays running."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from irodori.scale.errors import ScaleError

_STORE = 300_000_000  # bytes of shared memory for what is on its way between processes
_TOKEN = Path.home() / ".ray" / "auth_token"
_PATIENCE = 10.0  # seconds for a cluster to open its door


@contextmanager
def cluster(address: str | None = None, *, cores: int | None = None) -> Iterator[None]:
    """A connection to a cluster, or to one on this machine that ends with the connection.

    address: "HOST:PORT" of a running cluster, or "auto" for the one that this machine is part of;
    None for $RAY_ADDRESS, and without that for a new one on this machine, with so many `cores`, or
    all. Raises ScaleError where it cannot be had.
    """
    where = address or os.environ.get("RAY_ADDRESS") or "local"
    _be_quiet()
    if (
        where != "local" and _TOKEN.exists()
    ):  # `ray start` asks for it then; `ray.init` is to be told
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    import ray

    try:
        _knock(where)
        _connect(where, cores)
    except Exception as error:  # Ray raises that itself where a process of its own is late
        ray.shutdown()
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise ScaleError(
            f"{where}: no Ray cluster to be had there ({reason}); start one with "
            "ray start --head, or leave --address away"
        ) from None
    try:
        yield
    finally:
        ray.shutdown()


def _knock(where: str) -> None:
    """Raises OSError at once where nobody listens; Ray would try for minutes."""
    host, _, port = where.rpartition(":")
    if port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()


def _connect(where: str, cores: int | None) -> None:
    import ray

    own = where == "local"
    ray.init(
        address=where,
        log_to_driver=False,
        logging_level=logging.CRITICAL,
        num_cpus=cores if own else None,  # the rest is only for one that is started here
        include_dashboard=False if own else None,
        object_store_memory=_STORE if own else None,
    )


def cores() -> int:
    """Processor cores of the whole cluster."""
    return max(1, _resource("CPU"))


def cards() -> int:
    """Graphics cards of the whole cluster."""
    return _resource("GPU")


def _resource(name: str) -> int:
    import ray

    there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call, unused-ignore]
    return int(there.get(name, 0))


def _be_quiet() -> None:
    """Ray tells a person who asked for colors about its sessions, plans and versions to come."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")  # else on stdout, between our results
    for name in ("ray", "ray.data", "ray.train", "ray.serve"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
