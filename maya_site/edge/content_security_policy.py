"""What a page may load and where its forms lead. No page has inline code or style, so none is allowed."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF

NO_ORIGINS: list[str] = []
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
        NO_ORIGINS,
    ),
}


def content_security_policy(*, payment_origins: list[str]) -> dict[str, Any]:
    """The value of django-csp's CONTENT_SECURITY_POLICY. `payment_origins` are where the pay button's form
    may lead."""
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
            "form-action": [SELF, *payment_origins],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "object-src": [NONE],
        }
    }
