"""Who is let in, and how much of what: refused or served, never a crash."""

from __future__ import annotations

import contextlib
import socket
import struct
import zlib
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.studio.samples import AUTH, TOKEN, Program, png

from irodori.studio.app import create_app
from irodori.studio.core import Studio
from irodori.studio.security import PROTOCOL, Gate

Add = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "10.0.0.1",
        "[::2]",
        "",
        "127.0.0.1@evil.example",
    ],
)
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    for path in ("/", "/page/index.html", "/api/v1/about"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 403
        assert TOKEN not in answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9999", "[::1]:8765", "LOCALHOST:1"])
def test_names_of_this_machine_are_served(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/about", headers={"host": host}).status_code == 200


def test_two_host_headers_do_not_pass(studio: Studio) -> None:
    gate = Gate(create_app(studio, TOKEN), TOKEN, max_upload_bytes=1)
    scope = {
        "type": "http",
        "path": "/api/v1/about",
        "headers": [(b"host", b"localhost"), (b"host", b"evil.example")],
    }
    refusal = gate._refusal(scope, _joined(scope["headers"]))
    assert refusal is not None
    assert refusal[0] == 403


def _joined(headers: Any) -> dict[str, str]:
    from irodori.studio.security import _headers

    return _headers({"headers": headers})


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1.evil", "https://localhost", "http://[::1]"],
)
def test_a_foreign_origin_is_refused(client: TestClient, origin: str) -> None:
    answer = client.post("/api/v1/sessions", json={}, headers={"origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_our_own_origin_is_served_and_nobody_is_invited(client: TestClient) -> None:
    own = {"origin": "http://127.0.0.1"}
    answer = client.post("/api/v1/sessions", json={}, headers=own)
    assert answer.status_code == 200
    asked = client.options(
        "/api/v1/sessions", headers={**own, "access-control-request-method": "GET"}
    )
    assert not [name for name in (*answer.headers, *asked.headers) if "access-control" in name]
    assert client.get("/api/v1/about", headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]
)
def test_nothing_but_the_page_without_the_token(studio: Studio, given: str | None) -> None:
    app = create_app(studio, TOKEN)
    paths = [*app.openapi()["paths"], "/api/v1/openapi.json", "/api", "/api/x"]
    with TestClient(app, base_url="http://127.0.0.1") as client:
        headers = {} if given is None else {"authorization": given}
        for path in paths:
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
                answer = client.request(method, path, headers=headers)
                assert answer.status_code == 401, (method, path)
        page = client.get("/")
        assert page.status_code == 200
        assert TOKEN not in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("protocols", [[], [PROTOCOL], [PROTOCOL, "token.wrong"], ["token."]])
def test_no_live_loop_without_the_token(client: TestClient, protocols: list[str]) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://127.0.0.1/api/v1/live", subprotocols=protocols),
    ):
        pass


def test_no_live_loop_for_a_foreign_origin(client: TestClient) -> None:
    protocols = [PROTOCOL, f"token.{TOKEN}"]
    path = "ws://127.0.0.1/api/v1/live"
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(path, protocols, headers={"origin": "http://evil.example"}),
    ):
        pass


@pytest.mark.parametrize(
    "path",
    [
        "/page/../store.py",
        "/page/..%2fstore.py",
        "/page/%2e%2e/store.py",
        "/page/%2e%2e%2f%2e%2e%2fcolor%2fink.py",
        "/page//etc/passwd",
        "/page/..\\store.py",
        "/api/v1/drawings/..%2f..%2ftoken",
        "/api/v1/drawings/%2e%2e/history",
        "/api/v1/palettes/..%2f..%2ftoken",
        "/api/v1/exports/..%2f..%2ftoken/file",
        "/api/v1/sessions/..%2f..",
    ],
)
def test_no_path_leads_out(program: Program, path: str) -> None:
    """Over a real socket, since clients clean paths up before they send them."""
    host, port = program.base.removeprefix("http://").split(":")
    for method in ("GET", "DELETE"):
        request = (
            f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
            f"Authorization: Bearer {program.token}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection((host, int(port)), timeout=20) as link:
            link.sendall(request.encode())
            answer = b""
            while block := link.recv(65536):
                answer += block
        assert int(answer.split()[1]) in (400, 403, 404, 405, 422), answer[:200]
        assert b"def " not in answer
        assert b"root:" not in answer


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is huge, and begins to be."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_of_60000_pixels_a_side_is_refused_by_its_header(client: TestClient) -> None:
    answer = client.post("/api/v1/drawings", files={"file": ("bomb.png", bomb(60000, 60000))})
    assert answer.status_code == 422
    assert "60000 x 60000" in answer.json()["error"]
    answer = client.post("/api/v1/palette", files={"file": ("bomb.png", bomb(60000, 60000))})
    assert answer.status_code == 422


def test_an_upload_that_says_it_is_2_gb_is_refused_at_once(program: Program) -> None:
    host, port = program.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as link:
        link.sendall(
            f"POST /api/v1/drawings HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2000000000\r\n"
            f"Authorization: Bearer {program.token}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        assert link.recv(65536).split()[1] == b"413"


def test_an_upload_that_never_ends_is_refused_on_the_way(program: Program) -> None:
    """2 GB in chunks of unknown sum: refused at the limit, and the rest is not taken."""
    sent = 0

    def endless() -> Any:
        nonlocal sent
        start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        yield start
        block = bytes(1 << 20)
        for _ in range(2000):
            sent += len(block)
            yield block

    headers = {**program.headers, "content-type": "multipart/form-data; boundary=x"}
    with contextlib.suppress(httpx2.WriteError, httpx2.RemoteProtocolError, httpx2.ReadError):
        answer = httpx2.post(
            f"{program.base}/api/v1/drawings", content=endless(), headers=headers, timeout=60
        )
        assert answer.status_code == 413
    assert sent < 400_000_000  # the limit is 256 MB; some more is on its way when it is reached
    with program.client() as client:
        assert client.get("/about").status_code == 200


def test_uploads_over_the_limit_leave_nothing(client: TestClient, studio: Studio) -> None:
    answer = client.post("/api/v1/drawings", files={"file": ("a.png", bytes(6_000_000))})
    assert answer.status_code == 413
    assert not list(studio.store.temporary.iterdir())
    answer = client.put(f"/api/v1/drawings/{'a' * 26}/history", content=bytes(10_000_000))
    assert answer.status_code == 413


def test_a_listener_for_other_machines_answers_to_numbers_and_its_names(studio: Studio) -> None:
    app = create_app(studio, TOKEN, names=frozenset({"atelier.local"}), any_address=True)
    with TestClient(app, base_url="http://192.168.1.7:8765", headers=AUTH) as client:
        assert client.get("/api/v1/about").status_code == 200
        for host, status in (
            ("atelier.local:8765", 200),
            ("evil.example", 403),
            ("[fe80::1]", 200),
        ):
            assert client.get("/api/v1/about", headers={"host": host}).status_code == status


def test_a_session_shows_nothing_of_another(client: TestClient, add: Add) -> None:
    first, second = add(), add(png())
    assert first["session"] != second["session"]
    listed = client.get(f"/api/v1/sessions/{first['session']}").json()["drawings"]
    assert [each["id"] for each in listed] == [first["id"]]
    taken = client.patch(f"/api/v1/sessions/{first['session']}", json={"current": second["id"]})
    assert taken.status_code == 400
