"""Turns a client's address into the key that every limit counts by. Nothing else reads addresses.

The server's first layer (TrustedProxyMiddleware in maya_site/edge/request_limits.py) has already put in the
address that our own PROXY_HOPS proxies name. Nobody else's X-Forwarded-For is believed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

UNKNOWN = "unknown"  # as on a unix socket


def client_key(address: str) -> str:
    """An IPv4 address whole, also when it is written as IPv6; of an IPv6 address the /64, because a home has
    all of its 2^64 addresses."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address or UNKNOWN
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False).network_address)
    return str(known)


def scope_client_key(scope: Mapping[str, Any]) -> str:
    """The key for an ASGI connection's client."""
    return client_key(scope_address(scope))


def scope_address(scope: Mapping[str, Any]) -> str:
    """The whole address of an ASGI connection's client, or "" if the server does not know it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def request_client_key(request: HttpRequest) -> str:
    return client_key(request.META.get("REMOTE_ADDR", ""))


def login_client_address(request: HttpRequest) -> str | None:
    """The address that django-axes stores for a login, or None."""
    found = request_client_key(request)
    return None if found == UNKNOWN else found
