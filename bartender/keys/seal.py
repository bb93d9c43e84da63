"""Sealing what a guest brought: with the house's master key, for one visit, for two hours at most.

A sealed text begins with the name of the master key that sealed it. Several master keys by commas: the first
seals, the others still open, so that one can replace another within two hours.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

LASTS = timedelta(hours=2)
HOW_TO_MAKE_ONE = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


class CannotOpen(Exception):
    """Sealed by a master key that is gone, for another visit, too long ago, or not by us at all."""


class Keys(dict[str, str]):
    """A guest's keys by provider. Whatever shows its variables does not show these."""

    def __repr__(self) -> str:
        return f"<keys of {', '.join(sorted(self)) or 'nobody'}>"

    __str__ = __repr__


def offered() -> bool:
    """Whether this house can keep a guest's key."""
    return bool(settings.MAYA_MASTER_KEY)


def seal(visit_code: str, keys: Mapping[str, str]) -> str:
    inside = json.dumps({"visit": visit_code, "keys": dict(keys)})
    return f"{_name(_parts()[0])}:{_box(settings.MAYA_MASTER_KEY).encrypt(inside.encode()).decode()}"


def opened(visit_code: str, sealed: str) -> Keys:
    """Raises CannotOpen. Says why only in kind: what was sealed is never part of it."""
    from cryptography.fernet import InvalidToken

    if not offered():
        raise CannotOpen("there is no master key any more")
    name, _, token = sealed.partition(":")
    try:
        inside = json.loads(
            _box(settings.MAYA_MASTER_KEY).decrypt(token.encode(), ttl=int(LASTS.total_seconds()))
        )
    except InvalidToken:
        known = name in map(_name, _parts())
        raise CannotOpen("too old or tampered with" if known else "sealed by another master key") from None
    if inside["visit"] != visit_code:
        raise CannotOpen("sealed for another visit")
    return Keys(inside["keys"])


def malformed(master_keys: str) -> bool:
    """Told without importing what would use them."""
    return any(not _is_32_bytes(part) for part in _split(master_keys))


def _is_32_bytes(part: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(part.encode())) == 32
    except (binascii.Error, ValueError):
        return False


def _parts() -> list[str]:
    return _split(settings.MAYA_MASTER_KEY)


def _split(master_keys: str) -> list[str]:
    return [part.strip() for part in master_keys.split(",")]


def _name(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()[:8]


@lru_cache(maxsize=4)
def _box(master_keys: str) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(part) for part in _split(master_keys)])
