"""Encrypts a guest's keys with the venue's master key, bound to one visit and valid for two hours.

A ciphertext begins with a fingerprint of its master key. `MAYA_MASTER_KEY` may list several keys, separated
by commas: the first encrypts and all of them decrypt, so that a key can be rotated within two hours.
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

KEY_LIFETIME = timedelta(hours=2)
GENERATE_MASTER_KEY_COMMAND = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


class DecryptionFailed(Exception):
    """The ciphertext is too old, was tampered with, or belongs to another visit or a removed master key."""


class OwnKeys(dict[str, str]):
    """A guest's keys by provider name. Its repr hides them, so that tracebacks and logs do not show them."""

    def __repr__(self) -> str:
        return f"<keys of {', '.join(sorted(self)) or 'nobody'}>"

    __str__ = __repr__


def own_keys_enabled() -> bool:
    """Whether a master key is configured, without which no guest's key can be stored."""
    return bool(settings.MAYA_MASTER_KEY)


def encrypt_keys(visit_code: str, keys: Mapping[str, str]) -> str:
    inside = json.dumps({"visit": visit_code, "keys": dict(keys)})
    fingerprint = _master_key_fingerprint(_master_keys()[0])
    return f"{fingerprint}:{_fernet_for(settings.MAYA_MASTER_KEY).encrypt(inside.encode()).decode()}"


def decrypt_keys(visit_code: str, ciphertext: str) -> OwnKeys:
    """Raises DecryptionFailed, whose text never contains what was encrypted."""
    from cryptography.fernet import InvalidToken

    if not own_keys_enabled():
        raise DecryptionFailed("there is no master key any more")
    name, _, token = ciphertext.partition(":")
    try:
        inside = json.loads(
            _fernet_for(settings.MAYA_MASTER_KEY).decrypt(
                token.encode(), ttl=int(KEY_LIFETIME.total_seconds())
            )
        )
    except InvalidToken:
        known = name in map(_master_key_fingerprint, _master_keys())
        raise DecryptionFailed(
            "too old or tampered with" if known else "sealed by another master key"
        ) from None
    if inside["visit"] != visit_code:
        raise DecryptionFailed("sealed for another visit")
    return OwnKeys(inside["keys"])


def has_malformed_master_key(master_keys: str) -> bool:
    """For the system check: it does not import the cryptography package."""
    return any(not _is_32_bytes(part) for part in _split_master_keys(master_keys))


def _is_32_bytes(part: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(part.encode())) == 32
    except (binascii.Error, ValueError):
        return False


def _master_keys() -> list[str]:
    return _split_master_keys(settings.MAYA_MASTER_KEY)


def _split_master_keys(master_keys: str) -> list[str]:
    return [part.strip() for part in master_keys.split(",")]


def _master_key_fingerprint(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()[:8]


@lru_cache(maxsize=4)
def _fernet_for(master_keys: str) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(part) for part in _split_master_keys(master_keys)])
