"""Errors of Cartesia, classified by status code and never by message text."""

from __future__ import annotations

from typing import Any

from maya_site.core.errors import ProviderDown, ProviderRejected

NAME = "cartesia"


class CartesiaFailure(ProviderDown):
    """It may work later; `kind` is network, timeout, protocol, quota or upstream."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(NAME, f"{kind}, {reason}")
        self.kind = kind


class CartesiaRejected(ProviderRejected):
    """Cartesia refused the key, the voice or the model."""

    kind = "auth"

    def __init__(self, status: int) -> None:
        super().__init__(NAME, f"refused with {status}")


def error_for_status(status: int) -> CartesiaFailure | CartesiaRejected:
    if status == 429:
        return CartesiaFailure("quota", "429")
    if 400 <= status < 500 and status != 408:
        return CartesiaRejected(status)
    return CartesiaFailure("upstream", str(status))


def error_from_event(error: dict[str, Any]) -> CartesiaFailure | CartesiaRejected:
    """The error for an error event of the WebSocket."""
    status = error.get("status_code")
    return error_for_status(status if isinstance(status, int) else 500)
