"""What travels from the host to Daphne, and what belongs to one connection alone."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from maya_site.web.asgi import Header, Scope
from maya_site.web.guards import address

OF_ONE_CONNECTION = {
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
# Who is asking is said by us: whatever the guest claims of it stays behind.
OURS = {b"x-forwarded-for", b"x-forwarded-proto"}


def onward(scope: Scope) -> list[Header]:
    """Daphne believes the one hop before it: us."""
    told = [(name.lower(), value) for name, value in scope["headers"]]
    kept = [(name, value) for name, value in told if name not in OF_ONE_CONNECTION | OURS]
    safe = scope.get("scheme", "https") in {"https", "wss"}
    by_us = [
        (b"x-forwarded-for", address(scope).encode()),
        (b"x-forwarded-proto", b"https" if safe else b"http"),
    ]
    return [*kept, *by_us]


def back(headers: Iterable[tuple[bytes, bytes]]) -> list[Header]:
    return [(bytes(name), bytes(value)) for name, value in headers if bytes(name) not in OF_ONE_CONNECTION]


def target(scope: Scope) -> bytes:
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope.get("query_string") or b""
    return path.split(b"?")[0] + (b"?" + query if query else b"")
