"""What a page may load and ask for. No inline code or style anywhere, so none is allowed for."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF

NOBODY: list[str] = []
PERMISSIONS: dict[str, Any] = {
    "microphone": ["self"],
    **dict.fromkeys(
        [
            "accelerometer",
            "browsing-topics",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "midi",
            "payment",
            "usb",
        ],
        NOBODY,
    ),
}


def content_security_policy(*, pays_at: list[str]) -> dict[str, Any]:
    """`pays_at` is where the form of the pay button may lead."""
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF],
            "img-src": [SELF, "data:"],
            "media-src": [SELF, "blob:"],
            "font-src": [SELF],
            "connect-src": [SELF],  # and this host's own stream: see middleware.PagePolicy
            "worker-src": [SELF],
            "manifest-src": [SELF],
            "form-action": [SELF, *pays_at],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "object-src": [NONE],
        }
    }
