"""What can be wrong with Cartesia, by code and never by the words of a message."""

from __future__ import annotations

from typing import Any

from maya_site.lib.errors import ProviderDown, ProviderRejected

NAME = "cartesia"


class Fault(ProviderDown):
    """`kind`: network, timeout, protocol, quota, upstream."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(NAME, f"{kind}, {reason}")
        self.kind = kind


class Unwelcome(ProviderRejected):
    """A key that is not theirs, a voice or a model that they do not have."""

    kind = "auth"

    def __init__(self, status: int) -> None:
        super().__init__(NAME, f"refused with {status}")


def refused(status: int) -> Fault | Unwelcome:
    if status == 429:
        return Fault("quota", "429")
    if 400 <= status < 500 and status != 408:
        return Unwelcome(status)
    return Fault("upstream", str(status))


def told(error: dict[str, Any]) -> Fault | Unwelcome:
    """An error event."""
    status = error.get("status_code")
    return refused(status if isinstance(status, int) else 500)
