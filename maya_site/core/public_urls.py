"""Links that guests carry away: in a QR code, in a message, to the payment page and back. They begin with
PUBLIC_URL, never with the Host header of a request."""

from __future__ import annotations

from django.conf import settings


def build_public_url(path: str) -> str:
    """The absolute URL of one of our own paths. The path begins with a slash."""
    return f"{settings.PUBLIC_URL}{path}"
