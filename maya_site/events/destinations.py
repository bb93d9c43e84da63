"""Where events may be posted to. An address that staff type in must not lead into the bar's own network."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from maya_site.core.errors import Refusal

PRIVATE = "{host} is this machine or in a private network. EVENTS_TO_PRIVATE_NETWORKS=on allows that."


class DestinationRefused(Refusal):
    """The text says why, for people."""


@dataclass(frozen=True)
class Destination:
    """`address` is the one that was judged: it is connected to, so that a name cannot mean another one a
    moment later."""

    url: str
    host: str
    port: int
    address: str


def resolve_destination(url: str) -> Destination:
    """Asks the name's addresses, and judges all of them. Raises DestinationRefused for an address that is not
    allowed and OSError if the name is unknown."""
    check_url(url)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not may_be_private() and any(is_private(address) for address in found):
        raise DestinationRefused(PRIVATE.format(host=host))
    return Destination(url, host, port, found[0])


def check_url(url: str) -> None:
    """Judges what can be seen without asking anybody. Raises DestinationRefused."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise DestinationRefused("Enter an address that begins with https:// and names a host.")
    if parts.username or parts.password:
        raise DestinationRefused("Leave user and password out of the address: the signature says who we are.")
    if parts.scheme != "https" and not may_be_private():
        raise DestinationRefused("Enter an address that begins with https://, so that nobody reads along.")
    if not may_be_private() and _is_literal(host) and is_private(host):
        raise DestinationRefused(PRIVATE.format(host=host))


def may_be_private() -> bool:
    return bool(settings.EVENTS_TO_PRIVATE_NETWORKS or not settings.PRODUCTION)


def _is_literal(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def is_private(address: str) -> bool:
    """Whether an IP address is anything but a public one: loopback, private, link-local, multicast, reserved.
    IPv4 in IPv6's clothes is judged as IPv4."""
    judged = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(judged, "ipv4_mapped", None) or getattr(judged, "sixtofour", None)
    judged = inner or judged
    return not judged.is_global or judged.is_multicast
