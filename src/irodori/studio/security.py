"""Who is let in: pure ASGI, in front of everything.

- Host: a name that is not ours means that some web page had its name point here (DNS rebinding).
- Origin: another site's page has no business here, whatever it knows. No CORS header is ever sent.
- Token: for all but the page's own files, which hold nothing. It reaches the page in the address's
  fragment, which browsers send to nobody: it is in no log and no Referer, and whoever else can open
  the port gets a page that can do nothing.
- Size: a body is counted while it comes in, whatever its header says.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

PROTOCOL = "irodori.v1"
_TOKEN = "token."
_BODY_LIMIT = 9_000_000  # of whatever is not an upload: undo history is the largest
_UPLOADS = ("/api/v1/drawings", "/api/v1/palette")

_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": (
        "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws: wss:; "
        "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
}


class Gate:
    """Middleware that refuses what is not for us.

    names: hosts that may be asked for, beside loopback; `any_address`: whether addresses written
    as numbers may be too, since rebinding needs a name.
    """

    def __init__(
        self,
        app: App,
        token: str,
        *,
        max_upload_bytes: int,
        names: frozenset[str] = frozenset(),
        any_address: bool = False,
    ) -> None:
        self._app, self._token = app, token
        self._max_upload_bytes = max_upload_bytes
        self._names = names | {"localhost", "127.0.0.1", "::1"}
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": refusal[0] + 4000})
        elif refusal is not None:
            await _answer(send, *refusal)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._pass(scope, receive, send, headers)

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            return 403, "this address is not the studio's; use the one that it printed"
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return 403, "requests from other sites are not answered"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and _is_api(scope):
            return 403, "requests from other sites are not answered"
        if _is_api(scope) and not self._knows_token(scope, headers):
            return 401, "the token is missing or wrong; open the address that the studio printed"
        return None

    def _is_ours(self, host: str) -> bool:
        name = _host_name(host)
        if name in self._names:
            return True
        if not self._any_address:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _knows_token(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        if scope["type"] == "websocket":
            offered = [each for each in scope.get("subprotocols", []) if each.startswith(_TOKEN)]
            given = offered[0].removeprefix(_TOKEN) if offered else ""
        else:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            given = given.strip() if scheme.lower() == "bearer" else ""
        return hmac.compare_digest(given.encode(), self._token.encode())

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]
    ) -> None:
        """Count the body, and add what every answer carries."""
        upload = scope["method"] == "POST" and scope["path"] in _UPLOADS
        limit = self._max_upload_bytes if upload else _BODY_LIMIT
        message = f"the upload is over the limit of {limit / 1e6:.0f} MB; scale the picture down"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 18 or int(length) > limit:
            await _answer(send, 413, message)
            return
        count, refused, started = 0, False, False

        async def counted() -> MutableMapping[str, Any]:
            nonlocal count, refused
            event = await receive()
            count += len(event.get("body", b""))
            if count > limit and not refused:
                refused = True
                if not started:
                    await _answer(send, 413, message)
            return {"type": "http.disconnect"} if refused else event

        async def dressed(event: MutableMapping[str, Any]) -> None:
            nonlocal started
            if refused:
                return
            if event["type"] == "http.response.start":
                started = True
                event["headers"] = [*event.get("headers", []), *_extra(scope)]
            await send(event)

        try:
            await self._app(scope, counted, dressed)
        except Exception:
            if not refused:
                raise


def _headers(scope: Scope) -> dict[str, str]:
    """Header values by name; of one that comes twice, both, so that neither passes alone."""
    found: dict[str, str] = {}
    for key, value in scope["headers"]:
        name, text = key.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _host_name(host: str) -> str:
    """`[::1]:8765` -> `::1`, `localhost:8765` -> `localhost`."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_api(scope: Scope) -> bool:
    path: str = scope["path"]
    return path == "/api" or path.startswith("/api/")


def _extra(scope: Scope) -> list[tuple[bytes, bytes]]:
    caching = {"cache-control": "no-store" if _is_api(scope) else "no-cache"}
    return [(key.encode(), value.encode()) for key, value in (_HEADERS | caching).items()]


async def _answer(send: Send, status: int, error: str) -> None:
    body = json.dumps({"error": error}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
