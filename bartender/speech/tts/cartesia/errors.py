"""What can be wrong with Cartesia, by code and never by the words of a message."""

from __future__ import annotations

from typing import Any

from maya_site.core.errors import ProviderDown, ProviderRejected

NAME = "cartesia"


class CartesiaFailure(ProviderDown):
    """`kind`: network, timeout, protocol, quota, upstream."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(NAME, f"{kind}, {reason}")
        self.kind = kind


class CartesiaRejected(ProviderRejected):
    """A key that is not theirs, a voice or a model that they do not have."""

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
    """An error event."""
    status = error.get("status_code")
    return error_for_status(status if isinstance(status, int) else 500)
